//! Whole documents: what they compile to, what they can cost, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests fail by panicking, and print tables"
)]

mod bounds;
mod callees;
mod deadlines;
mod events;
mod examples;
mod flows;
mod formulas;
mod functions;
mod generate;
mod refusals;
mod repetition;
mod schedule;
mod secrets;
mod unsupported;
mod walk;
mod warnings;

use weir_definition::{Definition, Diagnostic};
use weir_graph::{Bound, Limits, Program};

/// The document around everything that the tests do not write themselves: five lines.
const HEAD: &str = "document:
  dsl: 1.0.3
  namespace: test
  name: test
  version: 0.1.0
";

/// Limits with round numbers.
fn limits() -> Limits {
    Limits {
        workflow_timeout_ms: 1_000_000_000_000,
        action_timeout_ms: 1_000,
        listen_timeout_ms: 2_000,
        wait_ms_max: 30_000,
        for_items_max: 100,
        retry_attempts_max: 4,
        steps_max: 10_000,
        actions_max: u64::MAX,
        emits_max: u64::MAX,
        events_max: u64::MAX,
        duration_ms_max: u64::MAX,
        branches_max: 10,
        callees: std::collections::BTreeMap::new(),
    }
}

/// Parses what follows the head. Indented lines are shifted left by as much as the first one.
fn parse(rest: &str) -> Definition {
    let rest = rest.trim_start_matches('\n');
    let indent = rest.len() - rest.trim_start_matches(' ').len();
    let lines = rest.lines().map(|line| line.get(indent..).unwrap_or(""));
    let text = format!("{HEAD}{}", lines.collect::<Vec<_>>().join("\n"));
    match weir_definition::parse(&text, "test.yaml") {
        Ok(definition) => definition,
        Err(diagnostics) => panic!("{diagnostics:#?}\n{text}"),
    }
}

fn compile(rest: &str) -> Program {
    compile_with(rest, &limits())
}

fn compile_with(rest: &str, limits: &Limits) -> Program {
    match weir_graph::compile(&parse(rest), limits) {
        Ok(program) => program,
        Err(diagnostics) => panic!("{diagnostics:#?}"),
    }
}

fn bound(rest: &str) -> Bound {
    compile(rest).bound
}

/// Everything that is refused, a line each. Lines count from the first one after the head.
fn refused(rest: &str) -> String {
    refused_with(rest, &limits())
}

fn refused_with(rest: &str, limits: &Limits) -> String {
    let Err(diagnostics) = weir_graph::compile(&parse(rest), limits) else {
        panic!("it compiles");
    };
    told(&diagnostics)
}

/// Everything that is warned of, in the same form.
fn warned(rest: &str) -> String {
    told(&compile(rest).warnings)
}

fn told(diagnostics: &[Diagnostic]) -> String {
    let head = u32::try_from(HEAD.lines().count()).unwrap();
    let lines = diagnostics.iter().map(|diagnostic| {
        let position = diagnostic.position;
        let (line, column) = (position.line - head, position.column);
        format!("{line}:{column} {} {}", diagnostic.code, diagnostic.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}
