//! Request bodies and query parameters: from JSON to bytes.
//!
//! | `Content-Type` of the author | body | sent as |
//! |---|---|---|
//! | none | string | itself, `text/plain; charset=utf-8` |
//! | none | anything else | JSON, `application/json` |
//! | `application/json`, `…+json` | anything | JSON |
//! | `application/x-www-form-urlencoded` | object | `name=value&…`; an array repeats its name |
//! | any | string, number, boolean | its text |
//! | any | object, array, null | refused |

use reqwest::header::HeaderValue;
use serde_json::Value;
use weir_engine::WorkflowError;

use super::request::invalid;

/// A body, ready to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Body {
    pub bytes: Vec<u8>,
    /// What it is if the author does not say.
    pub content_type: &'static str,
}

pub(super) fn encode(
    value: &Value,
    content_type: Option<&HeaderValue>,
) -> Result<Body, WorkflowError> {
    let json = || Body {
        bytes: value.to_string().into_bytes(),
        content_type: "application/json",
    };
    let text = |bytes| Body {
        bytes,
        content_type: "text/plain; charset=utf-8",
    };
    let Some(content_type) = content_type else {
        return Ok(match value {
            Value::String(string) => text(string.clone().into_bytes()),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => json(),
        });
    };
    let media = content_type.to_str().unwrap_or_default();
    if is_json(media) {
        return Ok(json());
    }
    match value {
        Value::Object(_) if essence(media) == "application/x-www-form-urlencoded" => {
            form(value).map(text)
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) => {
            Ok(text(scalar(value).unwrap_or_default().into_bytes()))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => Err(invalid(format!(
            "body: a {} cannot be sent as `{media}`, only as JSON or a form: send a string, or \
             change the content type",
            kind(value)
        ))),
    }
}

fn form(value: &Value) -> Result<Vec<u8>, WorkflowError> {
    let mut pairs = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        flatten(name, value, &mut pairs).map_err(|part| {
            invalid(format!(
                "body: `{part}` must be a scalar or an array to be sent as a form"
            ))
        })?;
    }
    // The encoding of forms is that of query strings.
    let mut encoder = form_urlencoded::Serializer::new(String::new());
    encoder.extend_pairs(pairs);
    Ok(encoder.finish().into_bytes())
}

/// Adds `name=value` to `pairs`; an array repeats the name, null adds nothing.
///
/// # Errors
/// The name of a value that is neither.
pub(super) fn flatten(
    name: &str,
    value: &Value,
    pairs: &mut Vec<(String, String)>,
) -> Result<(), String> {
    let items = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    for item in items {
        match scalar(item) {
            Some(text) => pairs.push((name.to_owned(), text)),
            None if item.is_null() => {}
            None => return Err(name.to_owned()),
        }
    }
    Ok(())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
    }
}

/// `application/json`, or a media type with the suffix `+json`.
pub(super) fn is_json(media: &str) -> bool {
    let essence = essence(media);
    essence == "application/json" || essence.ends_with("+json")
}

/// A media type without its parameters, in lower case.
pub(super) fn essence(media: &str) -> String {
    media
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}
