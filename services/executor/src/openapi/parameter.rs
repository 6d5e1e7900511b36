//! How the value of a parameter is written, by its style (3.x) or collection format (2.0).

use serde_json::{Value, json};
use weir_engine::WorkflowError;

use super::invalid;

/// Name and value, or values, in a query or form.
pub(super) fn pairs(
    parameter: &Value,
    name: &str,
    value: &Value,
) -> Result<Vec<(String, Value)>, WorkflowError> {
    let style = word(parameter, "style").unwrap_or("form");
    let separator = match word(parameter, "collectionFormat") {
        Some("multi") => None,
        Some("ssv") => Some(" "),
        Some("tsv") => Some("\t"),
        Some("pipes") => Some("|"),
        Some(_) => Some(","),
        // In 2.0 there is a `type` where 3.x has a `schema`.
        None if parameter.get("type").is_some() => Some(","),
        None => {
            let explode = parameter.get("explode").and_then(Value::as_bool);
            match (style, explode.unwrap_or(style == "form")) {
                ("form", true) | ("deepObject", _) => None,
                ("form", false) => Some(","),
                ("spaceDelimited", false) => Some(" "),
                ("pipeDelimited", false) => Some("|"),
                (_, _) => return Err(odd(name)),
            }
        }
    };
    match (value, separator) {
        (Value::Object(members), _) => members
            .iter()
            .map(|(key, value)| {
                let value = json!(scalar(name, value)?);
                match style {
                    "deepObject" => Ok((format!("{name}[{key}]"), value)),
                    "form" if separator.is_none() => Ok((key.clone(), value)),
                    _ => Err(odd(name)),
                }
            })
            .collect(),
        (Value::Array(items), None) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| scalar(name, item)).collect();
            Ok(vec![(name.to_owned(), json!(items?))])
        }
        (_, separator) => {
            let text = joined(name, value, separator.unwrap_or(","))?;
            Ok(vec![(name.to_owned(), text.into())])
        }
    }
}

/// The text in a path, a header or a cookie.
pub(super) fn simple(
    parameter: &Value,
    name: &str,
    value: &Value,
) -> Result<String, WorkflowError> {
    match word(parameter, "style") {
        None | Some("simple" | "form") => joined(name, value, ","),
        Some(_) => Err(odd(name)),
    }
}

fn joined(name: &str, value: &Value, separator: &str) -> Result<String, WorkflowError> {
    let Value::Array(items) = value else {
        return scalar(name, value);
    };
    let items: Result<Vec<_>, _> = items.iter().map(|item| scalar(name, item)).collect();
    Ok(items?.join(separator))
}

fn scalar(name: &str, value: &Value) -> Result<String, WorkflowError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(odd(name)),
    }
}

pub(super) fn word<'v>(of: &'v Value, name: &str) -> Option<&'v str> {
    of.get(name)?.as_str()
}

fn odd(name: &str) -> WorkflowError {
    invalid(format!(
        "parameters: the value of `{name}` cannot be written in the style that the document asks for"
    ))
}
