//! What authors are told: by code, and whatever they write.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests fail by panicking, and print figures"
)]

mod codes;
mod mutations;

use weir_definition::Diagnostic;
use weir_graph::{Limits, Program};

/// What is right in all documents.
const HEAD: &str = "document: { dsl: 1.0.3, namespace: shop, name: order, version: 1.0.0 }\n";

/// All that is said of a document: errors, or else warnings.
fn told(text: &str) -> Vec<Diagnostic> {
    compiled(text).map_or_else(|wrong| wrong, |program| program.warnings)
}

fn compiled(text: &str) -> Result<Program, Vec<Diagnostic>> {
    let definition = weir_definition::parse(text, "order.yaml")?;
    weir_graph::compile(&definition, &Limits::default())
}

/// Checks that a place is one of the text, and that line and column say the same as the bytes.
#[track_caller]
fn check_place(diagnostic: &Diagnostic, text: &str) {
    let span = diagnostic.span;
    let before = text.get(..span.start);
    let before = before.unwrap_or_else(|| panic!("{diagnostic}: outside, or within a character"));
    assert!(
        span.start <= span.end && text.get(..span.end).is_some(),
        "{diagnostic}: {span:?}"
    );
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default();
    let column = column.chars().filter(|char| *char != '\u{feff}').count() + 1;
    let position = diagnostic.position;
    let at = (position.line as usize, position.column as usize);
    assert_eq!(at, (line, column), "{diagnostic}");
}
