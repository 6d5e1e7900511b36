//! jq's semantics, row by row. The outputs are those of jq 1.8, except where a comment says so.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod collections;
mod control;
mod scalars;

use serde_json::Value;
use weir_expression::{Data, Expression, Scope};

fn eval(program: &str, input: &Value) -> Result<Value, String> {
    let expression = Expression::compile(program, &[]).map_err(|error| error.to_string())?;
    expression
        .eval(&Data::from(input.clone()), &Scope::default())
        .map_err(|error| error.to_string())
}

#[track_caller]
fn check<const N: usize>(table: &[(&str, Value, Value); N]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(program, input, expected)| {
            let found = eval(program, input);
            // `1` and `1.0` differ.
            let same = found.as_ref().is_ok_and(|found| found == expected);
            (!same).then(|| format!("{program} on {input}: {found:?}, not {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
