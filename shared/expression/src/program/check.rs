//! What is wrong with a program before it runs.

use std::collections::BTreeSet;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::path::Part;

use super::source::offset;
use super::term;
use crate::{CompileError, prelude};

/// Most filters that may run within each other.
///
/// Each takes its share of the stack, also in unoptimised builds, on threads of 2 MiB.
const DEPTH_MAX: usize = 200;

/// How deep filters of the prelude run, at most, beside their arguments.
const BUILTIN_DEPTH: usize = 8;

/// What a checked program needs.
pub(super) struct Facts {
    /// The global variables that it uses, without dollar sign.
    pub variables: BTreeSet<String>,
    /// See [`crate::Expression::secrets`].
    pub secrets: Option<BTreeSet<String>>,
    /// See [`crate::Expression::reads_input`].
    pub reads_input: bool,
}

/// The variable whose members must be known before a program runs.
const SECRETS: &str = "$secrets";

/// Checks a program that may use the given global variables (without dollar sign).
pub(super) fn check(
    text: &str,
    term: &Term<&str>,
    globals: &BTreeSet<&str>,
) -> Result<Facts, CompileError> {
    let mut checker = Checker {
        text,
        globals,
        used: BTreeSet::new(),
        secrets: Some(BTreeSet::new()),
        reads_input: false,
        variables: Vec::new(),
        filters: Vec::new(),
        cut_off: false,
        level: 0,
    };
    if checker.term(term)? > DEPTH_MAX {
        return Err(too_deep());
    }
    Ok(Facts {
        variables: checker.used,
        secrets: checker.secrets,
        reads_input: checker.reads_input,
    })
}

struct Checker<'s, 'g> {
    text: &'s str,
    globals: &'g BTreeSet<&'g str>,
    used: BTreeSet<String>,
    /// The members of `$secrets` that it names; none once it uses it in any other way.
    secrets: Option<BTreeSet<String>>,
    /// Whether something in it may read `.`.
    reads_input: bool,
    /// Local variables in scope, with dollar sign.
    variables: Vec<&'s str>,
    /// Local filters in scope, the innermost last.
    filters: Vec<Local<'s>>,
    /// Whether something around takes only so many of the outputs.
    cut_off: bool,
    /// How deep in the text the check is; how deep the program runs is another matter.
    level: usize,
}

struct Local<'s> {
    name: &'s str,
    arguments: usize,
    /// How deep it runs; `None` while it is being defined.
    depth: Option<usize>,
}

type Depth = Result<usize, CompileError>;

impl<'s> Checker<'s, '_> {
    /// Checks a term; tells how many filters it nests when it runs.
    fn term(&mut self, term: &Term<&'s str>) -> Depth {
        if self.level >= DEPTH_MAX {
            return Err(too_deep());
        }
        self.level += 1;
        let depth = self.inner(term);
        self.level -= 1;
        depth
    }

    fn inner(&mut self, term: &Term<&'s str>) -> Depth {
        self.reads_input |= match term {
            Term::Id | Term::Recurse | Term::Call(..) | Term::Str(Some(_), _) => true,
            // `{a}` is `{a: .a}`.
            Term::Obj(entries) => entries.iter().any(|(_, value)| value.is_none()),
            Term::Num(_)
            | Term::Str(None, _)
            | Term::Arr(_)
            | Term::Neg(_)
            | Term::BinOp(..)
            | Term::Label(..)
            | Term::Break(_)
            | Term::Fold(..)
            | Term::TryCatch(..)
            | Term::IfThenElse(..)
            | Term::Def(..)
            | Term::Var(_)
            | Term::Path(..) => false,
        };
        Ok(1 + match term {
            Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) => 0,
            Term::Var(name) => self.variable(name)?,
            Term::Str(format, parts) => {
                if let Some(format) = format {
                    self.call(format, &[])?;
                }
                let terms = parts.iter().filter_map(|part| match part {
                    StrPart::Term(term) => Some(term),
                    StrPart::Str(_) | StrPart::Char(_) => None,
                });
                self.deepest(terms)? + levels(parts.len())
            }
            Term::Arr(inner) => self.deepest(inner.as_deref())?,
            Term::Obj(entries) => {
                let terms = entries
                    .iter()
                    .flat_map(|(key, value)| [Some(key), value.as_ref()]);
                self.deepest(terms.flatten())? + levels(entries.len())
            }
            Term::Neg(inner) | Term::Label(_, inner) => self.term(inner)?,
            Term::BinOp(left, BinaryOp::Comma, right) => self.comma(left, right)?,
            Term::BinOp(left, BinaryOp::Pipe(Some(pattern)), right) => {
                let left = self.term(left)?;
                left.max(self.binding(pattern, [&**right])?)
            }
            Term::BinOp(left, _, right) => self.term(left)?.max(self.term(right)?),
            Term::Fold(name, items, pattern, arguments) => {
                self.fold(name, items, pattern, arguments)?
            }
            Term::TryCatch(body, handler) => {
                self.term(body)?.max(self.deepest(handler.as_deref())?)
            }
            Term::IfThenElse(branches, otherwise) => {
                let terms = branches
                    .iter()
                    .flat_map(|(condition, branch)| [condition, branch]);
                self.deepest(terms.chain(otherwise.as_deref()))? + branches.len()
            }
            Term::Def(definitions, body) => self.definitions(definitions, body)?,
            Term::Call(name, arguments) => self.call(name, arguments)?,
            Term::Path(head, path) => {
                let parts = path.0.iter().flat_map(|(part, _)| match part {
                    Part::Index(index) => [Some(index), None],
                    Part::Range(from, upto) => [from.as_ref(), upto.as_ref()],
                });
                let head = if self.secret(head, &path.0) {
                    0
                } else {
                    self.term(head)?
                };
                head.max(self.deepest(parts.flatten())?) + path.0.len()
            }
        })
    }

    fn deepest<'t>(&mut self, terms: impl IntoIterator<Item = &'t Term<&'s str>>) -> Depth
    where
        's: 't,
    {
        terms
            .into_iter()
            .try_fold(0, |deepest: usize, term| Ok(deepest.max(self.term(term)?)))
    }

    /// A row of commas is rewritten to a tree.
    fn comma(&mut self, left: &Term<&'s str>, right: &Term<&'s str>) -> Depth {
        let mut deepest = self.term(right)?;
        let (mut count, mut rest) = (2, left);
        while let Term::BinOp(left, BinaryOp::Comma, right) = rest {
            deepest = deepest.max(self.term(right)?);
            (count, rest) = (count + 1, left);
        }
        Ok(deepest.max(self.term(rest)?) + 2 * levels(count))
    }

    fn fold(
        &mut self,
        name: &'s str,
        items: &Term<&'s str>,
        pattern: &Pattern<&'s str>,
        arguments: &[Term<&'s str>],
    ) -> Depth {
        let needed = if name == "reduce" { 2..=2 } else { 2..=3 };
        if !needed.contains(&arguments.len()) {
            return Err(self.error(name, &format!("`{name}` needs `(initial; update)`")));
        }
        let items = self.term(items)?;
        let initial = self.deepest(&arguments[..1])?;
        Ok(items
            .max(initial)
            .max(self.binding(pattern, &arguments[1..])?))
    }

    /// Checks terms in which a pattern's variables are bound.
    fn binding<'t>(
        &mut self,
        pattern: &Pattern<&'s str>,
        terms: impl IntoIterator<Item = &'t Term<&'s str>>,
    ) -> Depth
    where
        's: 't,
    {
        let keys = self.deepest(term::pattern_keys(pattern))?;
        let before = self.variables.len();
        term::bound(pattern, &mut self.variables);
        let depth = self.deepest(terms);
        self.variables.truncate(before);
        Ok(keys.max(depth?))
    }

    fn definitions(&mut self, definitions: &[Def<&'s str>], body: &Term<&'s str>) -> Depth {
        let (filters, variables) = (self.filters.len(), self.variables.len());
        for definition in definitions {
            let (name, arguments) = (definition.name, definition.args.len());
            self.filters.push(Local {
                name,
                arguments,
                depth: None,
            });
            let own = self.filters.len();
            for argument in &definition.args {
                if argument.starts_with('$') {
                    self.variables.push(argument);
                } else {
                    self.filters.push(Local {
                        name: argument,
                        arguments: 0,
                        depth: Some(0),
                    });
                }
            }
            // What is around the definition is not around all of its calls.
            let cut_off = std::mem::replace(&mut self.cut_off, false);
            let depth = self.term(&definition.body)?;
            self.cut_off = cut_off;
            self.filters.truncate(own);
            self.variables.truncate(variables);
            if let Some(local) = self.filters.last_mut() {
                local.depth = Some(depth + 1);
            }
        }
        let depth = self.term(body);
        self.filters.truncate(filters);
        depth
    }

    fn call(&mut self, name: &'s str, arguments: &[Term<&'s str>]) -> Depth {
        let count = arguments.len();
        let mut locals = self.filters.iter().rev();
        let local = locals.find(|local| local.name == name && local.arguments == count);
        if let Some(local) = local {
            let Some(depth) = local.depth else {
                return Err(self.error(
                    name,
                    &format!("`{name}` calls itself; recursive definitions are not supported"),
                ));
            };
            return Ok(depth + self.deepest(arguments)?);
        }
        self.builtin(name, count)?;
        let limiting = matches!(
            (name, count),
            ("limit" | "nth", 2) | ("first" | "isempty", 1)
        );
        let cut_off = self.cut_off;
        self.cut_off |= limiting;
        let depth = self.deepest(arguments);
        self.cut_off = cut_off;
        Ok(depth? + BUILTIN_DEPTH)
    }

    /// Whether there is such a filter, and it may be used here.
    fn builtin(&self, name: &'s str, count: usize) -> Result<(), CompileError> {
        if let Some(reason) = refused(name) {
            return Err(self.error(name, &format!("`{name}` is not supported: {reason}")));
        }
        let endless = matches!(
            (name, count),
            ("repeat", 1) | ("while" | "until", 2) | ("recurse", 1 | 2) | ("infinite", 0)
        );
        if endless && !self.cut_off {
            return Err(self.error(
                name,
                &format!(
                    "`{name}` may go on without end; use it inside `limit(n; …)` or `first(…)`"
                ),
            ));
        }
        let known = if name.starts_with('_') {
            Vec::new()
        } else {
            prelude::arities(name)
        };
        if known.contains(&count) {
            return Ok(());
        }
        Err(self.error(
            name,
            &match known.first() {
                None => format!("there is no filter `{name}`"),
                Some(0) => format!("`{name}` takes no arguments, but {count} are given"),
                Some(_) => {
                    let known: Vec<String> = known.iter().map(usize::to_string).collect();
                    let known = known.join(" or ");
                    format!("`{name}` takes {known} arguments, but {count} are given")
                }
            },
        ))
    }

    /// Whether this is `$secrets` followed by the name of one.
    fn secret<O>(&mut self, head: &Term<&'s str>, path: &[(Part<Term<&'s str>>, O)]) -> bool {
        let Term::Var(SECRETS) = head else {
            return false;
        };
        let Some((Part::Index(Term::Str(None, parts)), _)) = path.first() else {
            return false;
        };
        let [StrPart::Str(name)] = parts.as_slice() else {
            return false;
        };
        if self.variables.contains(&SECRETS) {
            return false;
        }
        self.used.insert(SECRETS.trim_start_matches('$').to_owned());
        if let Some(secrets) = &mut self.secrets {
            secrets.insert((*name).to_owned());
        }
        true
    }

    fn variable(&mut self, name: &'s str) -> Depth {
        if self.variables.contains(&name) {
            return Ok(0);
        }
        let bare = name.trim_start_matches('$');
        if self.globals.contains(bare) {
            if name == SECRETS {
                self.secrets = None;
            }
            self.used.insert(bare.to_owned());
            return Ok(0);
        }
        let reason = match name {
            "$ENV" => ": expressions cannot read the environment",
            "$__loc__" => ": expressions have no location",
            _ => "",
        };
        let mut available: Vec<String> =
            self.globals.iter().map(|name| format!("${name}")).collect();
        available.extend(self.variables.iter().map(|name| (*name).to_owned()));
        Err(self.error(
            name,
            &format!(
                "there is no `{name}` here{reason}; available: {}",
                available.join(" ")
            ),
        ))
    }

    fn error(&self, at: &'s str, message: &str) -> CompileError {
        CompileError {
            message: message.to_owned(),
            offset: offset(self.text, at),
        }
    }
}

fn too_deep() -> CompileError {
    CompileError {
        message: format!(
            "the expression nests more than the {DEPTH_MAX} filters allowed; split it"
        ),
        offset: 0,
    }
}

/// jq filters left out on purpose.
fn refused(name: &str) -> Option<&'static str> {
    Some(match name {
        "input" | "inputs" | "input_filename" | "input_line_number" => {
            "an expression has one input, `.`"
        }
        "env" => "expressions cannot read the environment",
        "now" => {
            "expressions cannot read the clock; use `$workflow.startedAt` or `$task.startedAt`"
        }
        "localtime" | "strflocaltime" => "the result would depend on the machine; use UTC",
        "debug" | "stderr" => "expressions cannot write",
        "halt" | "halt_error" => "use `error` to end an expression with an error",
        "get_search_list" | "import" | "include" | "modulemeta" => {
            "an expression stands for itself"
        }
        "tostream" | "fromstream" | "truncate_stream" | "getstream" | "ltrimstream" => {
            "streaming forms are left out; use `paths` and `getpath`"
        }
        "jn" | "yn" => "their cost cannot be bounded",
        _ => return None,
    })
}

/// Levels of a balanced tree over so many terms.
fn levels(count: usize) -> usize {
    count.max(1).next_power_of_two().trailing_zeros() as usize
}
