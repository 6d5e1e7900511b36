//! Where things stand: every place points at the text that says it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use serde_json::Value;
use weir_definition::{Definition, Position, parse};

const EVERYTHING: &str = include_str!("documents/everything.yaml");

/// Every pointer into a value, with what it leads to.
fn pointers(value: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    found.push((at.to_owned(), value.clone()));
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let token = name.replace('~', "~0").replace('/', "~1");
                pointers(member, &format!("{at}/{token}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Checks every key and value of a definition against its text.
fn check(definition: &Definition) {
    let text = definition.source.text();
    let mut found = Vec::new();
    pointers(&definition.value, "", &mut found);
    assert!(found.len() > 150);
    for (pointer, value) in found {
        let written = &text[definition.span(&pointer).start..definition.span(&pointer).end];
        match &value {
            // A block of text begins with its first line, not with `>`.
            Value::String(string) if string.contains('\n') => {
                assert!(written.starts_with("Folded"), "{written:?} at {pointer}");
            }
            Value::String(string) => {
                let unquoted = match written.chars().next() {
                    Some('"') => serde_json::from_str(written).unwrap(),
                    Some('\'') => written[1..written.len() - 1].replace("''", "'"),
                    _ => written.to_owned(),
                };
                assert_eq!(unquoted, *string, "at {pointer}");
            }
            Value::Number(_) | Value::Bool(_) | Value::Null => {
                assert_eq!(written, value.to_string(), "at {pointer}");
            }
            Value::Array(_) | Value::Object(_) => {
                assert_eq!(written.trim_end(), written, "at {pointer}");
            }
        }
        check_key(definition, &pointer);
    }
}

fn check_key(definition: &Definition, pointer: &str) {
    let Some((_, name)) = pointer.rsplit_once('/') else {
        return;
    };
    if name.parse::<usize>().is_ok() {
        return;
    }
    let position = definition.position(pointer);
    let text = definition.source.text();
    let line = text.split('\n').nth(position.line as usize - 1).unwrap();
    let line = line.trim_start_matches('\u{feff}');
    let rest: String = line.chars().skip(position.column as usize - 1).collect();
    let name = name.replace("~1", "/").replace("~0", "~");
    assert!(
        rest.trim_start_matches('"').starts_with(&name),
        "{pointer} is not at {rest}"
    );
}

fn parsed(text: &str, name: &str) -> Definition {
    parse(text, name).expect("the document is right")
}

#[test]
fn every_place_points_at_its_text() {
    check(&parsed(EVERYTHING, "everything.yaml"));
}

#[test]
fn so_with_carriage_returns_and_a_byte_order_mark() {
    check(&parsed(
        &EVERYTHING.replace('\n', "\r\n"),
        "everything.yaml",
    ));
    check(&parsed(&format!("\u{feff}{EVERYTHING}"), "everything.yaml"));
}

#[test]
fn so_in_json() {
    let value = parsed(EVERYTHING, "everything.yaml").value;
    let text = serde_json::to_string_pretty(&value)
        .unwrap()
        .replace("Folded text.\\n", "x");
    check(&parsed(&text, "everything.json"));
}

#[test]
fn a_pointer_to_nowhere_yields_its_nearest_ancestor() {
    let definition = parsed(EVERYTHING, "everything.yaml");
    let prepare = definition.position("/do/0/prepare");
    assert_eq!(definition.position("/do/0/prepare/timeout/after"), prepare);
    assert_eq!(
        definition.position("/nowhere"),
        Position { line: 2, column: 1 }
    );
}
