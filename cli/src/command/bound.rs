//! `weir bound`: the most that one instance can do, and where each number comes from.

mod json;
mod text;

use std::collections::BTreeMap;

use serde_json::Value;
use weir_graph::{Analysis, Program, analyze_with, sizes};

use super::source::{self, Rules};
use crate::{
    args::{Args, Bounded},
    output::{Exit, Output},
};

/// What is said about one workflow.
struct Statement<'a> {
    file: String,
    program: &'a Program,
    analysis: Analysis,
    /// Whether the sizes are those of a given input.
    of_input: bool,
    /// The largest value that a journal can hold.
    value_bytes_max: u64,
}

pub(crate) fn bound(args: &Args, bounded: &Bounded, output: &Output) -> anyhow::Result<Exit> {
    let rules = Rules::of(args)?;
    let program = match source::valid(&bounded.file, &rules, output) {
        Ok(program) => program,
        Err(exit) => return Ok(exit),
    };
    let input = bounded.input.as_deref().map(super::json_argument);
    let input: Option<Value> = input.transpose()?;
    let known = input
        .as_ref()
        .map_or_else(BTreeMap::new, |input| sizes(&program, input));
    let statement = Statement {
        file: bounded.file.display().to_string(),
        analysis: analyze_with(&program, &known),
        program: &program,
        of_input: input.is_some(),
        value_bytes_max: rules.value_bytes_max,
    };
    output.print(&json::statement(&statement), || text::statement(&statement));
    Ok(Exit::Done)
}
