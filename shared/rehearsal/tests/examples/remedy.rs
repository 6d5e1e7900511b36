//! Puts a remedy into a document.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use weir_definition::Source;

/// The document with these values at these pointers; null: with nothing there.
pub(super) fn applied(text: &str, remedy: &Map<String, Value>) -> String {
    let (_, mut document) = Source::read(text, "example").unwrap();
    for (pointer, value) in remedy {
        put(&mut document, pointer, value);
    }
    document.to_string()
}

/// The document with quotes round what YAML takes for a mapping: jq objects.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let plain = line
            .split_once("as: ")
            .filter(|(_, value)| !value.starts_with(['\'', '"', '{']) && value.contains(": "));
        let _ = match plain {
            Some((before, value)) => writeln!(out, "{before}as: '{}'", value.trim_end()),
            None => writeln!(out, "{line}"),
        };
    }
    out
}

fn put(document: &mut Value, pointer: &str, value: &Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent);
    let parent = parent.unwrap_or_else(|| panic!("{pointer} leads nowhere"));
    let members = parent.as_object_mut().unwrap();
    if value.is_null() {
        let removed = members.remove(key);
        assert!(removed.is_some(), "there is no {pointer}");
    } else {
        members.insert(key.to_owned(), value.clone());
    }
}
