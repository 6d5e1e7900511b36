//! Making a checked program stoppable.
//!
//! Values count what is done with them, but a program can also multiply itself without touching
//! any: `(., .) | (., .) | …`, `def f(g): g | g;`. So every comma, every definition and every
//! long pipe gets a filter that takes a step and ends the program when there is none left.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "jaq's syntax is not ours to list"
)]

use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::Math;

use super::term;

/// Stages of a pipe between two ticks.
const STAGES: usize = 32;

/// Parts of an object or a string that are added up in a row rather than as a tree.
const PARTS: usize = 4;

/// No program can name this variable.
const OPERAND: &str = "$!";

/// Rewrites a program, or the body of a definition of the prelude.
pub(crate) fn rewrite(term: Term<&str>) -> Term<&str> {
    match term {
        Term::BinOp(left, BinaryOp::Comma, right) => {
            let mut operands = vec![rewrite(*right)];
            let mut rest = *left;
            while let Term::BinOp(left, BinaryOp::Comma, right) = rest {
                operands.push(rewrite(*right));
                rest = *left;
            }
            operands.push(rewrite(rest));
            operands.reverse();
            balance(operands, &|left, right| {
                binary(left, BinaryOp::Comma, tick("!tick", right))
            })
        }
        Term::BinOp(left, BinaryOp::Pipe(pattern), right) => pipe(*left, pattern, *right),
        Term::BinOp(left, op, right) => assignment(rewrite(*left), op, rewrite(*right)),
        Term::Def(definitions, body) => {
            let definitions = definitions.into_iter().map(|definition| Def {
                name: definition.name,
                args: definition.args,
                body: tick("!tick", rewrite(definition.body)),
            });
            Term::Def(definitions.collect(), Box::new(rewrite(*body)))
        }
        other => match term::map(other, &mut rewrite) {
            Term::Obj(entries) => sum(entries, &Term::Obj),
            Term::Str(format, parts) => sum(parts, &|parts| Term::Str(format, parts)),
            other => other,
        },
    }
}

/// Pipes as long as they are, and without stages that do nothing.
fn pipe<'s>(
    left: Term<&'s str>,
    pattern: Option<Pattern<&'s str>>,
    right: Term<&'s str>,
) -> Term<&'s str> {
    let rewrite_pattern = |pattern: Option<Pattern<&'s str>>| {
        pattern.map(|pattern| term::map_keys(pattern, &mut rewrite))
    };
    let mut stages = vec![(rewrite(left), rewrite_pattern(pattern))];
    let mut rest = right;
    while let Term::BinOp(left, BinaryOp::Pipe(pattern), right) = rest {
        stages.push((rewrite(*left), rewrite_pattern(pattern)));
        rest = *right;
    }
    let mut piped = rewrite(rest);
    for (index, (stage, pattern)) in stages.into_iter().rev().enumerate() {
        piped = match (stage, pattern, piped) {
            (Term::Id, None, piped) => piped,
            (stage, None, Term::Id) => stage,
            (stage, pattern, piped) => binary(stage, BinaryOp::Pipe(pattern), piped),
        };
        if index % STAGES == STAGES - 1 {
            piped = tick("!tick32", piped);
        }
    }
    piped
}

/// `p |= f` and its like become filters of ours, with jq's semantics.
fn assignment<'s>(
    left: Term<&'s str>,
    op: BinaryOp<&'s str>,
    right: Term<&'s str>,
) -> Term<&'s str> {
    let modify = |op, right| {
        let changed = binary(Term::Id, op, Term::Var(OPERAND));
        let bind = BinaryOp::Pipe(Some(Pattern::Var(OPERAND)));
        (bind, changed, right)
    };
    let (bind, changed, operand) = match op {
        BinaryOp::Assign => return Term::Call("_assign", vec![left, right]),
        BinaryOp::Update => return Term::Call("_modify", vec![left, right]),
        BinaryOp::UpdateMath(math) => modify(BinaryOp::Math(math), right),
        BinaryOp::UpdateAlt => modify(BinaryOp::Alt, right),
        other => return binary(left, other, right),
    };
    binary(operand, bind, Term::Call("_modify", vec![left, changed]))
}

/// A row of parts as a sum of shorter ones, so that depth grows with the logarithm of its length.
fn sum<'s, P>(parts: Vec<P>, whole: &dyn Fn(Vec<P>) -> Term<&'s str>) -> Term<&'s str> {
    if parts.len() <= PARTS {
        return whole(parts);
    }
    let mut terms = Vec::new();
    let mut parts = parts.into_iter().peekable();
    while parts.peek().is_some() {
        terms.push(whole(parts.by_ref().take(PARTS).collect()));
    }
    balance(terms, &|left, right| {
        binary(left, BinaryOp::Math(Math::Add), right)
    })
}

/// Joins terms, in order, as a tree of least depth.
fn balance<'s>(
    mut terms: Vec<Term<&'s str>>,
    join: &dyn Fn(Term<&'s str>, Term<&'s str>) -> Term<&'s str>,
) -> Term<&'s str> {
    while terms.len() > 1 {
        let mut joined = Vec::with_capacity(terms.len().div_ceil(2));
        let mut rest = terms.into_iter();
        while let Some(left) = rest.next() {
            joined.push(match rest.next() {
                Some(right) => join(left, right),
                None => left,
            });
        }
        terms = joined;
    }
    terms.pop().unwrap_or_default()
}

fn tick<'s>(name: &'s str, term: Term<&'s str>) -> Term<&'s str> {
    binary(Term::Call(name, Vec::new()), BinaryOp::Pipe(None), term)
}

fn binary<'s>(left: Term<&'s str>, op: BinaryOp<&'s str>, right: Term<&'s str>) -> Term<&'s str> {
    Term::BinOp(Box::new(left), op, Box::new(right))
}
