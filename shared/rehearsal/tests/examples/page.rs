//! The page.

use std::fmt::Write as _;

use weir_graph::{Measure, analyze, span};

use super::Document;

const COLUMNS: &str = "\
| document | steps | actions | emits | journal events | branches | time | runs |
|---|---|---|---|---|---|---|---|
";

const TAKEN: &str = "## Taken as they are";
const REFUSED: &str = "## Refused";
const REMEDIED: &str = "## With the remedy";

pub(super) fn write(documents: &[Document]) -> String {
    let (taken, refused): (Vec<_>, Vec<_>) =
        documents.iter().partition(|one| one.refused.is_empty());
    let rows = |documents: &[&Document]| documents.iter().map(|one| row(one)).collect::<String>();
    let reasons: String = refused.iter().map(|one| reasons(one)).collect();
    format!(
        "# The specification's examples\n\n\
         What each of the specification's {} examples and use cases (1.0.3) can cost at most, \
         under the\ndefault limits, and how it ended when it ran: on the engine, with virtual \
         time, actions and events as\n`shared/rehearsal/tests/examples/scenes.yaml` has them. \
         What ended otherwise than that file says, or\nlater than the bound, would fail the \
         test.\n\n\
         {TAKEN}\n\n{COLUMNS}{}\n\
         What a `listen` gives is a list. `accumulate-room-readings`, `for` and the use case\n\
         managing-github-issues take a member of it, so they end with an error once they are \
         that far; so\ndoes `mock-service-extension`, whose condition takes the endpoint for a \
         text.\n\n\
         {REFUSED}\n\n\
         | where | code | what | remedy |\n|---|---|---|---|\n{reasons}\n\
         {REMEDIED}\n\n\
         `scenes.yaml` says what was written instead: HTTP calls, shell commands and `listen` \
         for what is not\nsupported yet, and `maxReturns` for circles.\n\n{COLUMNS}{}\n\
         This page is generated: `WEIR_UPDATE=1 cargo test -p weir-rehearsal --test examples`.\n",
        documents.len(),
        rows(&taken),
        rows(&refused),
    )
}

fn row(document: &Document) -> String {
    let analysis = analyze(&document.program);
    let bound = analysis.bound;
    let formula = analysis.formula(Measure::Steps);
    let number = bound.steps.to_string();
    let steps = if formula == number {
        number
    } else {
        format!("{number} = {formula}")
    };
    format!(
        "| {} | {steps} | {} | {} | {} | {} | {} | {} |\n",
        document.name,
        bound.actions,
        bound.emits,
        bound.events,
        bound.branches,
        span(bound.duration_ms),
        document.runs
    )
}

fn reasons(document: &Document) -> String {
    let mut rows = String::new();
    for diagnostic in &document.refused {
        let cell = |text: &str| text.replace('|', "\\|");
        let (message, remedy) = (cell(&diagnostic.message), cell(&diagnostic.remedy));
        let (name, line) = (&document.name, diagnostic.position.line);
        let code = diagnostic.code;
        let _ = writeln!(rows, "| {name}:{line} | {code} | {message} | {remedy} |");
    }
    rows
}

/// What was taken is taken, with the same bound and the same end; what is refused still runs with
/// its remedy. What is taken by now need not be on the page yet.
pub(super) fn compare(written: &str, now: &str, documents: &[Document]) {
    let (was_taken, was_remedied) = (section(written, TAKEN), section(written, REMEDIED));
    let is_taken = section(now, TAKEN);
    for row in &was_taken {
        assert!(is_taken.contains(row), "is otherwise now: {row}\n{now}");
    }
    for document in documents {
        let row = row(document);
        let row = row.trim_end();
        if document.refused.is_empty() {
            if !was_taken.contains(&row) {
                println!("taken, but not on the page yet; WEIR_UPDATE=1 adds it: {row}");
            }
        } else {
            assert!(was_remedied.contains(&row), "not on the page: {row}");
        }
    }
}

/// The rows of a section, without the head.
fn section<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let rest = page.split_once(heading).map_or("", |(_, rest)| rest);
    let section = rest.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| "));
    rows.skip(1).collect()
}
