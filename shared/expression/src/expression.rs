//! One compiled jq program.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jaq_core::{Ctx, Vars};
use serde_json::Value;

use crate::meter::{self, DEPTH_MAX, Stop};
use crate::natives::D;
use crate::program::{self, Program};
use crate::value::{Val, to_json, to_text};
use crate::{CompileError, Data, EvalError, EvalErrorKind, Limits, STANDARD_VARIABLES, Scope};

/// Longest error message, in characters, that is taken from a program's `error(…)`.
const MESSAGE_MAX: usize = 500;

/// A compiled jq program. Cloning shares it; it can be used from many threads at once.
#[derive(Clone)]
pub struct Expression(Arc<Inner>);

struct Inner {
    source: String,
    program: Program,
    limits: Limits,
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
    pub fn compile_with(jq: &str, vars: &[&str], limits: Limits) -> Result<Self, CompileError> {
        let variables = STANDARD_VARIABLES.iter().chain(vars).copied().collect();
        let program = program::compile(jq, &variables, &limits)?;
        Ok(Self(Arc::new(Inner {
            source: jq.to_owned(),
            program,
            limits,
        })))
    }

    /// The program's text.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Names of the `$` variables that the program uses, without dollar sign.
    pub fn variables(&self) -> &BTreeSet<String> {
        &self.0.program.variables
    }

    /// Names of the members of `$secrets` that the program uses: the secrets it must be given.
    /// `None` if it uses `$secrets` in any other way than `$secrets.name`.
    pub fn secrets(&self) -> Option<&BTreeSet<String>> {
        self.0.program.secrets.as_ref()
    }

    /// Whether the result may depend on `.`, and not only on variables.
    pub fn reads_input(&self) -> bool {
        self.0.program.reads_input
    }

    /// Runs the program. Of several outputs the first is taken; no output is null.
    ///
    /// # Errors
    /// The program raised an error, or exceeded its limits.
    pub fn eval(&self, input: &Data, scope: &Scope) -> Result<Value, EvalError> {
        let mut room = self.0.limits.output_bytes_max;
        self.eval_within(input, scope, &mut room)
    }

    /// As [`Expression::eval`], where several results share the room for one. Takes the size of
    /// this one from it.
    pub(crate) fn eval_within(
        &self,
        input: &Data,
        scope: &Scope,
        room: &mut usize,
    ) -> Result<Value, EvalError> {
        let value = self.first(input, scope)?;
        *room = room
            .checked_sub(value.bytes())
            .ok_or_else(|| self.stopped(Stop::Bytes))?;
        Ok(to_json(&value))
    }

    /// Runs the program as a condition: false and null are false, everything else is true.
    ///
    /// # Errors
    /// As [`Expression::eval`].
    pub fn test(&self, input: &Data, scope: &Scope) -> Result<bool, EvalError> {
        self.first(input, scope).map(|value| value.truthy())
    }

    fn first(&self, input: &Data, scope: &Scope) -> Result<Val, EvalError> {
        let Inner {
            program, limits, ..
        } = &*self.0;
        let convert = |data: &Data| data.converted().ok_or_else(|| self.stopped(Stop::Depth));
        let input = convert(input)?;
        let values: Vec<Val> = program
            .variables
            .iter()
            .map(|name| scope.get(name).map_or(Ok(Val::NULL), convert))
            .collect::<Result<_, _>>()?;
        let run = || {
            let ctx = Ctx::<D>::new(&program.filter.lut, Vars::new(values));
            match program.filter.id.run((ctx, input)).next() {
                None => Ok(Val::NULL),
                Some(result) => result.map_err(|exception| match exception.get_err() {
                    Ok(error) => EvalError::failed(message(&error.into_val())),
                    Err(_) => EvalError::failed("the expression broke off"),
                }),
            }
        };
        meter::run(limits, run).map_err(|stop| self.stopped(stop))?
    }

    fn stopped(&self, stop: Stop) -> EvalError {
        let limits = &self.0.limits;
        let message = match stop {
            Stop::Steps => format!("the expression takes more than {} steps", limits.steps_max),
            Stop::Bytes => format!(
                "the expression builds a value of more than {} bytes",
                limits.output_bytes_max
            ),
            Stop::Depth => format!("a value is nested more than {DEPTH_MAX} levels deep"),
        };
        EvalError {
            message,
            kind: EvalErrorKind::BudgetExceeded,
        }
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.0.source).finish()
    }
}

/// What a program said with `error(…)`, or jq about it.
fn message(value: &Val) -> String {
    let text = match value.as_str() {
        Some(text) => text.to_owned(),
        None => to_text(value),
    };
    match text.char_indices().nth(MESSAGE_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
