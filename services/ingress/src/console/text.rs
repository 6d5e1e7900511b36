//! Times, spans and data, for reading.

use std::fmt::Write as _;

use maud::{Markup, html};
use serde_json::Value;
use weir_engine::{Timestamp, WorkflowError};
use weir_insight::lasted;

/// More of a value than this is not shown, in bytes.
const VALUE_BYTES_MAX: usize = 32 * 1024;

/// A point in time: to the second, and in full for machines and hovering.
pub(super) fn time(at: Timestamp) -> Markup {
    let full = at.to_rfc3339();
    let short = full.get(..19).unwrap_or(&full).replace('T', " ");
    html! { time datetime=(full) title=(full) { (short) } }
}

/// How long it has lasted since, counted on by the script.
pub(super) fn since(from: Timestamp, now: Timestamp) -> Markup {
    let ms = now.0.saturating_sub(from.0);
    html! { span data-since=(from.0) { (lasted(ms)) } }
}

/// How long it is until then, counted down by the script.
pub(super) fn until(to: Timestamp, now: Timestamp) -> Markup {
    let ms = to.0.saturating_sub(now.0);
    html! { span data-until=(to.0) { (lasted(ms)) } }
}

/// A value as JSON, indented, cut where it gets too long.
pub(super) fn json(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    if text.len() > VALUE_BYTES_MAX {
        let bytes = text.len();
        let end = (0..=VALUE_BYTES_MAX)
            .rev()
            .find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or(0));
        // Writing to a string does not fail.
        let _ = write!(text, "\n… of {bytes} bytes; the API has them all");
    }
    text
}

/// The name of a task: the last token of its reference, unescaped.
pub(super) fn name(reference: &str) -> String {
    let name = reference.rsplit('/').next().unwrap_or_default();
    name.replace("~1", "/").replace("~0", "~")
}

/// Milliseconds since the Unix epoch, of RFC 3339.
pub(super) fn parse(time: &str) -> Option<Timestamp> {
    let time: jiff::Timestamp = time.parse().ok()?;
    u64::try_from(time.as_millisecond()).ok().map(Timestamp)
}

/// What an error says, in a line or two.
pub(super) fn error(error: &Value) -> String {
    let text = |name: &str| error.get(name).and_then(Value::as_str);
    let text = text("detail")
        .or_else(|| text("title"))
        .or_else(|| text("type"));
    short(text.unwrap_or("unknown"))
}

/// The same of an error in a journal.
pub(super) fn fault(error: &WorkflowError) -> String {
    let text = error.detail.as_deref().or(error.title.as_deref());
    short(text.unwrap_or(&error.type_))
}

fn short(text: &str) -> String {
    const CHARS_MAX: usize = 240;
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(CHARS_MAX).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

/// `1 step`, `2 steps`, with thousands apart.
pub(super) fn count(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", thousands(number))
}

/// `1 234 567`, with narrow spaces that do not break.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_and_written() {
        let at = parse("2026-11-24T03:08:39.250Z").unwrap();
        assert_eq!(at.to_rfc3339(), "2026-11-24T03:08:39.250Z");
        let html = time(at).into_string();
        assert!(html.contains(">2026-11-24 03:08:39<"), "{html}");
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let text = json(&json!("ä".repeat(VALUE_BYTES_MAX)));
        assert!(text.len() < VALUE_BYTES_MAX + 100);
        assert!(
            text.ends_with("of 65538 bytes; the API has them all"),
            "{text}"
        );
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(1, "step"), "1 step");
    }

    #[test]
    fn names_are_unescaped() {
        assert_eq!(name("/do/0/a~1b~0"), "a/b~");
    }
}
