//! One compiled jq program.

use std::collections::BTreeSet;
use std::sync::Arc;

use jaq_core::data::JustLut;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars};
use serde_json::Value;

use crate::{CompileError, Data, EvalError, Limits, STANDARD_VARIABLES, Scope, data};

/// A compiled jq program. Cloning shares it; it can be used from many threads at once.
#[derive(Clone)]
pub struct Expression(Arc<Program>);

struct Program {
    source: String,
    variables: BTreeSet<String>,
    filter: Filter<JustLut<jaq_json::Val>>,
    names: Vec<String>,
}

impl Expression {
    /// Compiles a program that may use the standard `$` variables and those named in `vars`
    /// (without dollar sign), under the default [`Limits`].
    ///
    /// # Errors
    /// The text is not valid jq, uses an unknown name, or may not end.
    pub fn compile(jq: &str, vars: &[&str]) -> Result<Self, CompileError> {
        Self::compile_with(jq, vars, Limits::default())
    }

    /// As [`Expression::compile`], under the given limits, which also bound each evaluation.
    ///
    /// # Errors
    /// As [`Expression::compile`].
    pub fn compile_with(jq: &str, vars: &[&str], _limits: Limits) -> Result<Self, CompileError> {
        let names: Vec<String> = STANDARD_VARIABLES
            .iter()
            .chain(vars)
            .map(|name| (*name).to_owned())
            .collect();
        let dollar: Vec<String> = names.iter().map(|name| format!("${name}")).collect();
        let defs = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs());
        let funs = jaq_core::funs()
            .chain(jaq_std::funs())
            .chain(jaq_json::funs());
        let arena = Arena::default();
        let modules = Loader::new(defs)
            .load(&arena, File { code: jq, path: () })
            .map_err(|errors| CompileError {
                message: format!("invalid jq: {errors:?}"),
                offset: 0,
            })?;
        let filter = Compiler::default()
            .with_funs(funs)
            .with_global_vars(dollar.iter().map(String::as_str))
            .compile(modules)
            .map_err(|errors| CompileError {
                message: format!("invalid jq: {errors:?}"),
                offset: 0,
            })?;
        let variables = names
            .iter()
            .filter(|name| jq.contains(&format!("${name}")))
            .cloned()
            .collect();
        Ok(Self(Arc::new(Program {
            source: jq.to_owned(),
            variables,
            filter,
            names,
        })))
    }

    /// The program's text.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Names of the `$` variables that the program uses, without dollar sign.
    pub fn variables(&self) -> &BTreeSet<String> {
        &self.0.variables
    }

    /// Runs the program. Of several outputs the first is taken; no output is null.
    ///
    /// # Errors
    /// The program raised an error, or exceeded its limits.
    pub fn eval(&self, input: &Data, scope: &Scope) -> Result<Value, EvalError> {
        self.first(input, scope).map(|value| data::from_val(&value))
    }

    /// Runs the program as a condition: false and null are false, everything else is true.
    ///
    /// # Errors
    /// As [`Expression::eval`].
    pub fn test(&self, input: &Data, scope: &Scope) -> Result<bool, EvalError> {
        use jaq_core::ValT as _;
        self.first(input, scope).map(|value| value.as_bool())
    }

    fn first(&self, input: &Data, scope: &Scope) -> Result<jaq_json::Val, EvalError> {
        let program = &*self.0;
        let values = program.names.iter().map(|name| {
            let used = program.variables.contains(name);
            used.then(|| scope.get(name))
                .flatten()
                .map(Data::converted)
                .unwrap_or_default()
        });
        let ctx = Ctx::<JustLut<_>>::new(&program.filter.lut, Vars::new(values));
        match program.filter.id.run((ctx, input.converted())).next() {
            None => Ok(jaq_json::Val::Null),
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => Err(EvalError::failed(
                error
                    .get_err()
                    .map_or_else(|_| "stopped".to_owned(), |error| error.to_string()),
            )),
        }
    }
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expression").field(&self.0.source).finish()
    }
}
