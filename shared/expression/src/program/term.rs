//! Walking over parsed programs.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "jaq's syntax is not ours to list"
)]

use std::collections::BTreeSet;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::path::{Part, Path};

/// Names and numbers of arguments of all filters that a term may call, local ones included.
pub(crate) fn calls<'s>(term: &Term<&'s str>) -> Vec<(&'s str, usize)> {
    let mut found = BTreeSet::new();
    let mut open = vec![term];
    while let Some(term) = open.pop() {
        match term {
            Term::Call(name, arguments) => {
                found.insert((*name, arguments.len()));
            }
            Term::Str(Some(format), _) => {
                found.insert((*format, 0));
            }
            _ => {}
        }
        for_each(term, &mut |child| open.push(child));
    }
    found.into_iter().collect()
}

/// Calls `visit` with every term directly within this one.
pub(super) fn for_each<'t, 's>(term: &'t Term<&'s str>, visit: &mut impl FnMut(&'t Term<&'s str>)) {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => {}
        Term::Str(_, parts) => {
            for part in parts {
                if let StrPart::Term(term) = part {
                    visit(term);
                }
            }
        }
        Term::Arr(inner) => inner.iter().for_each(|inner| visit(inner)),
        Term::Obj(entries) => {
            for (key, value) in entries {
                visit(key);
                value.iter().for_each(&mut *visit);
            }
        }
        Term::Neg(inner) | Term::Label(_, inner) => visit(inner),
        Term::BinOp(left, op, right) => {
            visit(left);
            if let BinaryOp::Pipe(Some(pattern)) = op {
                for_each_key(pattern, visit);
            }
            visit(right);
        }
        Term::Fold(_, items, pattern, arguments) => {
            visit(items);
            for_each_key(pattern, visit);
            arguments.iter().for_each(visit);
        }
        Term::TryCatch(body, handler) => {
            visit(body);
            if let Some(handler) = handler {
                visit(handler);
            }
        }
        Term::IfThenElse(branches, otherwise) => {
            for (condition, branch) in branches {
                visit(condition);
                visit(branch);
            }
            if let Some(otherwise) = otherwise {
                visit(otherwise);
            }
        }
        Term::Def(definitions, body) => {
            for definition in definitions {
                visit(&definition.body);
            }
            visit(body);
        }
        Term::Call(_, arguments) => arguments.iter().for_each(visit),
        Term::Path(head, path) => {
            visit(head);
            for (part, _) in &path.0 {
                match part {
                    Part::Index(index) => visit(index),
                    Part::Range(from, upto) => from.iter().chain(upto).for_each(&mut *visit),
                }
            }
        }
    }
}

fn for_each_key<'t, 's>(pattern: &'t Pattern<&'s str>, visit: &mut impl FnMut(&'t Term<&'s str>)) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(parts) => parts.iter().for_each(|part| for_each_key(part, visit)),
        Pattern::Obj(parts) => {
            for (key, part) in parts {
                visit(key);
                for_each_key(part, visit);
            }
        }
    }
}

/// The variables that a pattern binds.
pub(super) fn bound<'s>(pattern: &Pattern<&'s str>, found: &mut Vec<&'s str>) {
    match pattern {
        Pattern::Var(name) => found.push(name),
        Pattern::Arr(parts) => parts.iter().for_each(|part| bound(part, found)),
        Pattern::Obj(parts) => parts.iter().for_each(|(_, part)| bound(part, found)),
    }
}

/// The terms that a pattern evaluates to find what it binds.
pub(super) fn pattern_keys<'t, 's>(pattern: &'t Pattern<&'s str>) -> Vec<&'t Term<&'s str>> {
    let mut keys = Vec::new();
    for_each_key(pattern, &mut |key| keys.push(key));
    keys
}

/// Replaces every term directly within this one.
pub(super) fn map<'s>(
    term: Term<&'s str>,
    change: &mut dyn FnMut(Term<&'s str>) -> Term<&'s str>,
) -> Term<&'s str> {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => term,
        Term::Str(format, parts) => {
            let part = |part| match part {
                StrPart::Term(term) => StrPart::Term(change(term)),
                literal @ (StrPart::Str(_) | StrPart::Char(_)) => literal,
            };
            Term::Str(format, parts.into_iter().map(part).collect())
        }
        Term::Arr(inner) => Term::Arr(inner.map(|inner| Box::new(change(*inner)))),
        Term::Obj(entries) => {
            let entry = |(key, value): (_, Option<_>)| (change(key), value.map(&mut *change));
            Term::Obj(entries.into_iter().map(entry).collect())
        }
        Term::Neg(inner) => Term::Neg(Box::new(change(*inner))),
        Term::Label(name, inner) => Term::Label(name, Box::new(change(*inner))),
        Term::BinOp(left, op, right) => {
            let left = change(*left);
            let op = match op {
                BinaryOp::Pipe(pattern) => {
                    BinaryOp::Pipe(pattern.map(|pattern| map_keys(pattern, change)))
                }
                other => other,
            };
            Term::BinOp(Box::new(left), op, Box::new(change(*right)))
        }
        Term::Fold(name, items, pattern, arguments) => {
            let items = Box::new(change(*items));
            let pattern = map_keys(pattern, change);
            Term::Fold(
                name,
                items,
                pattern,
                arguments.into_iter().map(change).collect(),
            )
        }
        Term::TryCatch(body, handler) => {
            let body = Box::new(change(*body));
            Term::TryCatch(body, handler.map(|handler| Box::new(change(*handler))))
        }
        Term::IfThenElse(branches, otherwise) => {
            let branches = branches.into_iter();
            let branches = branches.map(|(condition, branch)| (change(condition), change(branch)));
            let branches = branches.collect();
            Term::IfThenElse(
                branches,
                otherwise.map(|otherwise| Box::new(change(*otherwise))),
            )
        }
        Term::Def(definitions, body) => {
            let definitions = definitions.into_iter();
            let definitions = definitions.map(|definition| Def {
                body: change(definition.body),
                name: definition.name,
                args: definition.args,
            });
            let definitions = definitions.collect();
            Term::Def(definitions, Box::new(change(*body)))
        }
        Term::Call(name, arguments) => {
            Term::Call(name, arguments.into_iter().map(change).collect())
        }
        Term::Path(head, path) => {
            let head = Box::new(change(*head));
            let part = |(part, optional)| {
                let part = match part {
                    Part::Index(index) => Part::Index(change(index)),
                    Part::Range(from, upto) => {
                        Part::Range(from.map(&mut *change), upto.map(&mut *change))
                    }
                };
                (part, optional)
            };
            Term::Path(head, Path(path.0.into_iter().map(part).collect()))
        }
    }
}

pub(super) fn map_keys<'s>(
    pattern: Pattern<&'s str>,
    change: &mut dyn FnMut(Term<&'s str>) -> Term<&'s str>,
) -> Pattern<&'s str> {
    match pattern {
        Pattern::Var(name) => Pattern::Var(name),
        Pattern::Arr(parts) => Pattern::Arr(
            parts
                .into_iter()
                .map(|part| map_keys(part, change))
                .collect(),
        ),
        Pattern::Obj(parts) => {
            let part = |(key, part)| (change(key), map_keys(part, change));
            Pattern::Obj(parts.into_iter().map(part).collect())
        }
    }
}
