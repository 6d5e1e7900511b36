//! Scripts are read, followed, and found wanting.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod order;
mod reading;
mod running;

use std::sync::Arc;

use weir_graph::{Limits, Program};
use weir_rehearsal::{Report, Script, rehearse};

/// A workflow with these sections, from `do:` on.
fn program(rest: &str) -> Arc<Program> {
    let text =
        format!("document: {{dsl: '1.0.3', namespace: n, name: n, version: '1.0.0'}}\n{rest}");
    compiled(&text)
}

fn compiled(text: &str) -> Arc<Program> {
    let definition = weir_definition::parse(text, "flow.yaml").unwrap();
    Arc::new(weir_graph::compile(&definition, &Limits::default()).unwrap())
}

fn run(program: &Arc<Program>, tests: &str) -> Report {
    let script = Script::read(tests, "flow.test.yaml", program);
    rehearse(
        program,
        &script.unwrap_or_else(|problems| panic!("{problems:#?}")),
    )
}

/// What failed, in a line each.
fn failures(report: &Report) -> Vec<String> {
    let cases = report.performances.iter();
    let failures = cases.flat_map(|case| case.failures.iter());
    failures
        .map(|failure| {
            let line = failure.position.line;
            let (what, expected, came) = (failure.what, &failure.expected, &failure.came);
            format!("{line} {what}: expected {expected}; came {came}")
        })
        .collect()
}
