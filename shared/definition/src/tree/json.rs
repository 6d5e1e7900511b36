//! Reads JSON (RFC 8259), whose escapes and tabs YAML readers do not all take.

use serde::de::IgnoredAny;
use serde_json::Number;

use crate::diagnostic::{clip, code};
use crate::source::Span;
use crate::source::node::NodeKind;
use crate::tree::Stopped;
use crate::tree::builder::Builder;
use crate::tree::scalar;

/// Whether to read a document as JSON: by its name, or because it is JSON.
pub(super) fn is_json(text: &str, name: &str) -> bool {
    let named = name
        .rsplit_once('.')
        .is_some_and(|(_, ending)| ending == "json");
    named || (text.trim_start().starts_with('{') && check(text).is_ok())
}

fn check(text: &str) -> serde_json::Result<IgnoredAny> {
    serde_json::from_str::<IgnoredAny>(text)
}

pub(super) fn read(text: &str, builder: &mut Builder<'_>) -> Result<(), Stopped> {
    check(text).map_err(|error| syntax(text, &error, builder))?;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at).copied() {
        let span = Span {
            start: at,
            end: at + token_length(&text[at..], byte),
        };
        let token = &text[span.start..span.end];
        at = span.end;
        match byte {
            b'{' => builder.begin_map(span.start, 0)?,
            b'[' => builder.begin_list(span.start, 0)?,
            b'}' | b']' => builder.end(Some(span.end))?,
            b'"' => {
                let string = serde_json::from_str::<String>(token).unwrap_or_default();
                if builder.awaits_key() {
                    builder.key(string, span)?;
                } else {
                    builder.scalar(NodeKind::String(string), span, 0)?;
                }
            }
            b't' | b'f' => builder.scalar(NodeKind::Bool(byte == b't'), span, 0)?,
            b'n' => builder.scalar(NodeKind::Null, span, 0)?,
            b'-' | b'0'..=b'9' => {
                let number = number(token, span, builder);
                builder.scalar(NodeKind::Number(number), span, 0)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The bytes of the token that begins a text known to be JSON.
fn token_length(text: &str, first: u8) -> usize {
    match first {
        b'"' => {
            let mut escaped = false;
            let end = text.bytes().skip(1).position(|byte| {
                let ends = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                ends
            });
            end.map_or(text.len(), |end| end + 2)
        }
        b't' | b'n' => 4,
        b'f' => 5,
        b'-' | b'0'..=b'9' => {
            let inside = |byte: u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
            text.bytes()
                .position(|byte| !inside(byte))
                .unwrap_or(text.len())
        }
        _ => 1,
    }
}

fn number(token: &str, span: Span, builder: &mut Builder<'_>) -> Number {
    if let Some(Ok(number)) = scalar::number(token) {
        return number;
    }
    let message = format!("the number {} cannot be kept", clip(token));
    let expected = "integers have at most 64 bits, other numbers the range of a double".to_owned();
    builder.report(code::NUMBER, span, message, expected);
    Number::from(0)
}

fn syntax(text: &str, error: &serde_json::Error, builder: &mut Builder<'_>) -> Stopped {
    let line_start = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum::<usize>();
    let start = (line_start + error.column().saturating_sub(1)).min(text.len());
    let start = text.floor_char_boundary(start);
    let told = error.to_string();
    let reason = told
        .rsplit_once(" at line ")
        .map_or(told.as_str(), |(reason, _)| reason);
    let message = format!("this is not valid JSON: {reason}");
    let expected = "look for a missing or surplus comma, quote or bracket, at this place or just \
                    before it"
        .to_owned();
    builder.stop(code::SYNTAX, Span { start, end: start }, message, expected)
}
