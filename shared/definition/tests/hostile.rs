//! Documents that are broken or mean harm: never a panic, always a place.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::ops::Range;

use proptest::prelude::*;
use weir_definition::{SOURCE_BYTES_MAX, VALUES_MAX, parse};

const EVERYTHING: &str = include_str!("documents/everything.yaml");

/// What the YAML grammar and the DSL are made of.
const PIECES: [&str; 36] = [
    ":", ": ", "-", "- ", "\n", "\n  ", "\n      ", " ", "{", "}", "[", "]", ",", "'", "\"", "\\",
    "|", ">", "&a ", "*a", "!", "!!int ", "#", "%", "@", "`", "?", "? ", "<<: ", "---\n", "...\n",
    "\t", "\r", "é", "\u{feff}", "null",
];

/// Whatever a text is, it is read or told why not, in places that exist.
fn check(text: &str, name: &str) -> Result<(), TestCaseError> {
    let Err(diagnostics) = parse(text, name) else {
        return Ok(());
    };
    prop_assert!(!diagnostics.is_empty());
    for diagnostic in diagnostics {
        let (line, column) = (
            diagnostic.position.line as usize,
            diagnostic.position.column as usize,
        );
        let found = text.split('\n').nth(line - 1);
        prop_assert!(found.is_some(), "line {line} of {text:?}");
        let length = found.unwrap_or_default().chars().count();
        prop_assert!(
            column >= 1 && column <= length + 1,
            "column {column} of {text:?}"
        );
        prop_assert!(diagnostic.span.start <= diagnostic.span.end);
        prop_assert!(
            text.get(diagnostic.span.start..diagnostic.span.end)
                .is_some()
        );
        prop_assert!(diagnostic.render(text, name).contains(diagnostic.code));
    }
    Ok(())
}

/// The nearest place where a text can be cut.
fn boundary(text: &str, at: prop::sample::Index) -> usize {
    text.floor_char_boundary(at.index(text.len() + 1))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_broken_document_is_refused_with_places(
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..12_usize, prop::sample::select(&PIECES[..])),
            1..4,
        ),
    ) {
        let mut text = EVERYTHING.to_owned();
        for (at, removed, inserted) in edits {
            let start = boundary(&text, at);
            let end = text.floor_char_boundary(start + removed);
            text.replace_range(start..end, inserted);
        }
        check(&text, "everything.yaml")?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn so_is_one_that_ends_early(at in any::<prop::sample::Index>()) {
        check(&EVERYTHING[..boundary(EVERYTHING, at)], "everything.yaml")?;
    }

    #[test]
    fn so_are_pieces_in_any_order(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40),
    ) {
        check(&pieces.concat(), "pieces.yaml")?;
    }

    #[test]
    fn so_is_any_text(text in any::<String>()) {
        check(&text, "any.yaml")?;
        check(&text, "any.json")?;
    }

    #[test]
    fn so_is_broken_json(at in any::<prop::sample::Index>(), byte in prop::sample::select(&PIECES[..])) {
        let value = parse(EVERYTHING, "everything.yaml").expect("right").value;
        let mut text = serde_json::to_string(&value).unwrap();
        let at = boundary(&text, at);
        text.insert_str(at, byte);
        check(&text, "everything.json")?;
        check(&text, "everything.yaml")?;
    }
}

fn joined(numbers: Range<usize>, line: impl Fn(usize) -> String) -> String {
    numbers.map(line).collect::<Vec<_>>().concat()
}

#[track_caller]
fn refused(text: &str, code: &str) {
    let diagnostics = parse(text, "hostile.yaml").expect_err("the document is hostile");
    assert_eq!(diagnostics[0].code, code, "{}", diagnostics[0]);
    assert!(diagnostics.len() <= 100);
}

#[test]
fn nesting_of_any_kind_is_bounded() {
    for open in ["[", "{a: ", "- ", "? ", "[? ", "- ? ", "{? "] {
        refused(&open.repeat(20_000), "E003");
    }
    let blocks = joined(0..400, |depth| format!("{}a:\n", " ".repeat(depth)));
    refused(&blocks, "E003");
    let chain = joined(1..80, |link| {
        format!("a{link}: &a{link} [*a{}]\n", link - 1)
    });
    refused(&format!("a0: &a0 x\n{chain}"), "E003");
    let deep = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let diagnostics = parse(&deep, "deep.json").expect_err("the document is hostile");
    assert_eq!(diagnostics[0].code, "E003");
}

#[test]
fn what_aliases_and_anchors_add_up_to_is_bounded() {
    let text = "x".repeat(SOURCE_BYTES_MAX / 2);
    refused(
        &format!("a: &a {text}\nb: [{}]\n", "*a, ".repeat(100)),
        "E004",
    );
    let anchors = joined(0..60, |anchor| format!("&a{anchor} ["));
    let items = "x, ".repeat(VALUES_MAX / 50);
    refused(&format!("a: {anchors}{items}{}", "]".repeat(60)), "E004");
    refused(&format!("a: [{}]", "x,".repeat(VALUES_MAX + 1)), "E004");
}

#[test]
fn many_mistakes_cost_no_more_than_a_hundred() {
    let head = "document: { dsl: 1.0.3, namespace: a, name: b, version: 1.0.0 }\ndo:\n";
    let tasks = |task: &str| {
        joined(0..3_000, |index| {
            format!(
                "- t{index}: {task}
"
            )
        })
    };
    refused(
        &format!("{head}{}", tasks("{ set: { a: 1 }, then: nowhere }")),
        "E032",
    );
    refused(
        &format!("{head}{}", "- same: { set: { a: 1 } }\n".repeat(3_000)),
        "E030",
    );
    let cases = tasks("{ then: end }").replace("- t", "    - t");
    refused(&format!("{head}- pick:\n    switch:\n{cases}"), "E034");
    refused(&"k: 1\n".repeat(50_000), "E008");
}

/// Test threads have the stack of a worker thread, 2 MiB.
#[test]
fn the_deepest_document_fits_the_stack() {
    let head = "{document: {dsl: 1.0.3, namespace: a, name: b, version: 1.0.0}, do: ";
    let nested = |levels: usize| {
        let open = "[t: {try: ".repeat(levels);
        let close = ", catch: {}}]".repeat(levels);
        format!("{head}{open}[t: {{wait: PT1S}}]{close}}}")
    };
    assert!(parse(&nested(20), "deep.yaml").is_ok());
    refused(&nested(21), "E003");
}
