//! Programs that try not to end, or to take all memory or all of the stack.
//!
//! Each must be refused when it is compiled, or be stopped when it runs, on a thread with the
//! stack of a Tokio worker. A failure shows as an abort or as a test that never ends.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod programs;
mod text;
mod values;

use serde_json::Value;
use weir_expression::{Data, EvalErrorKind, Expression, Limits, Scope};

/// What becomes of a program.
#[derive(Debug, PartialEq)]
enum Fate {
    Refused,
    Stopped,
    Failed,
    Ended,
}
use Fate::{Ended, Failed, Refused, Stopped};

/// Tokio's default.
const STACK_BYTES: usize = 2 * 1024 * 1024;

fn fate(program: &str, input: &Data, limits: Limits) -> Fate {
    let Ok(expression) = Expression::compile_with(program, &[], limits) else {
        return Refused;
    };
    match expression.eval(input, &Scope::default()) {
        Ok(_) => Ended,
        Err(error) if error.kind == EvalErrorKind::BudgetExceeded => Stopped,
        Err(_) => Failed,
    }
}

#[track_caller]
fn check(table: Vec<(String, Fate)>, input: Value) {
    let run = move || {
        let input = Data::from(input);
        let limits = Limits {
            steps_max: 300_000,
            ..Limits::default()
        };
        let mut wrong = Vec::new();
        for (program, expected) in table {
            let found = fate(&program, &input, limits);
            if found != expected {
                let shown: String = program.chars().take(100).collect();
                wrong.push(format!("{shown}: {found:?}, not {expected:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    };
    on_stack(STACK_BYTES, run);
}

fn on_stack(bytes: usize, run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(bytes).spawn(run);
    thread.unwrap().join().unwrap();
}

fn owned<const N: usize>(table: [(&str, Fate); N]) -> Vec<(String, Fate)> {
    table
        .into_iter()
        .map(|(program, fate)| (program.to_owned(), fate))
        .collect()
}
