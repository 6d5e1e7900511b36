//! Pieces of sentences.

use std::sync::Arc;

use serde_json::Value;
use weir_engine::{Activation, State, Timestamp};
use weir_graph::span;

/// Longest value that is written out.
const VALUE_CHARS_MAX: usize = 80;

/// The name of the task at a pointer, in code quotes.
pub(crate) fn task(reference: &str) -> String {
    match reference.rsplit('/').next() {
        None | Some("") => "the workflow".to_owned(),
        Some(name) => format!("`{name}`"),
    }
}

/// The name of an activation's task.
pub(crate) fn named(state: &State, activation: Activation) -> String {
    let live = state.tasks.get(&activation);
    live.map_or_else(|| "a task".to_owned(), |live| task(&live.reference))
}

/// A point in time, to the second.
pub(crate) fn time(at: Timestamp) -> String {
    let text = at.to_rfc3339();
    text.replace(".000Z", "Z")
}

/// A point in time that is to come, and how far it is.
pub(crate) fn ahead(at: Timestamp, now: Timestamp) -> String {
    match at.0.checked_sub(now.0) {
        Some(left_ms) => format!("{} (in {})", time(at), span(left_ms)),
        None => format!("{} ({} ago)", time(at), span(now.0 - at.0)),
    }
}

/// How long ago something was.
pub(crate) fn since(at: Timestamp, now: Timestamp) -> String {
    span(now.0.saturating_sub(at.0))
}

/// `a`, `b` and `c`.
pub(crate) fn listed(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., end] => format!("{} {last} {end}", rest.join(", ")),
    }
}

/// Names of tasks, the first few.
pub(crate) fn some(references: &[Arc<str>]) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<String> = references.iter().map(|one| task(one)).collect();
    if names.len() > SHOWN {
        let more = names.len() - SHOWN;
        names.truncate(SHOWN);
        return format!("{} and {more} more", names.join(", "));
    }
    listed(&names, "and")
}

/// A value as JSON, cut off if it is long.
pub(crate) fn value(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= VALUE_CHARS_MAX {
        return text;
    }
    let start: String = text.chars().take(VALUE_CHARS_MAX).collect();
    format!("{start}…")
}

/// `1 event`, `2 events`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

/// A paragraph in lines of at most `width` characters, unless a word is longer.
pub(crate) fn wrapped(paragraph: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in paragraph.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}
