//! From the text of a program to something that can run.
//!
//! 1. [`source`]: is it small and flat enough to be parsed at all?
//! 2. jaq parses it.
//! 3. [`check`]: does every name exist, may it recurse or go on without end, how deep will it run?
//! 4. [`rewrite`]: lace it with ticks, and turn assignments into filters of ours.
//! 5. jaq compiles it, together with what it reaches of the prelude.

mod check;
mod rewrite;
mod source;
mod term;

use std::collections::BTreeSet;

use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Filter};

pub(crate) use rewrite::rewrite;
pub(crate) use term::calls;

use crate::natives::{self, D};
use crate::{CompileError, Limits, prelude};

/// A program, and the variables it expects, in this order.
pub(crate) struct Program {
    pub filter: Filter<D>,
    pub variables: BTreeSet<String>,
    /// See [`crate::Expression::secrets`].
    pub secrets: Option<BTreeSet<String>>,
    /// See [`crate::Expression::reads_input`].
    pub reads_input: bool,
}

/// Name of the definition that the program becomes; a program can't call it, since it is checked
/// before.
const MAIN: &str = "main";

pub(crate) fn compile(
    text: &str,
    variables: &BTreeSet<&str>,
    limits: &Limits,
) -> Result<Program, CompileError> {
    let term = source::parse(text, limits)?;
    let facts = check::check(text, &term, variables)?;
    let body = rewrite(term);

    let mut needed: BTreeSet<(&str, usize)> = calls(&body).into_iter().collect();
    let mut definitions: Vec<Def<&str>> = prelude::reached(&mut needed);
    definitions.push(Def {
        name: MAIN,
        args: Vec::new(),
        body,
    });
    let functions = natives::all().filter(|(name, arguments, _)| {
        name.starts_with(['_', '!']) || needed.contains(&(*name, arguments.len()))
    });
    let globals: Vec<String> = facts
        .variables
        .iter()
        .map(|name| format!("${name}"))
        .collect();

    let arena = Arena::default();
    let modules = Loader::new(definitions)
        .load(
            &arena,
            File {
                code: MAIN,
                path: (),
            },
        )
        .map_err(|_| unexpected("it cannot be loaded"))?;
    let filter = Compiler::default()
        .with_funs(functions)
        .with_global_vars(globals.iter().map(String::as_str))
        .compile(modules)
        .map_err(|errors| {
            let undefined = errors.iter().flat_map(|(_, errors)| errors).next();
            undefined.map_or_else(
                || unexpected("it cannot be compiled"),
                |(name, what)| CompileError {
                    message: format!("{} `{name}` is not defined", what.as_str()),
                    offset: source::offset(text, name),
                },
            )
        })?;
    Ok(Program {
        filter,
        variables: facts.variables,
        secrets: facts.secrets,
        reads_input: facts.reads_input,
    })
}

/// What the checks before should have found.
fn unexpected(what: &str) -> CompileError {
    CompileError {
        message: format!("this expression is not supported: {what}"),
        offset: 0,
    }
}
