//! The effective configuration as text.

use std::fmt::Write as _;

use serde_json::Value;

use super::Config;

pub(super) fn to_toml(config: &Config) -> String {
    let mut text = String::new();
    let sections = serde_json::to_value(config).unwrap_or_default();
    for (section, names) in sections.as_object().into_iter().flatten() {
        let separator = if text.is_empty() { "" } else { "\n" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{separator}[{section}]");
        for (name, value) in names.as_object().into_iter().flatten() {
            let _ = match toml_value(value) {
                Some(value) => writeln!(text, "{name} = {value}"),
                None => writeln!(text, "# {name} is not set"),
            };
        }
    }
    text
}

fn toml_value(value: &Value) -> Option<toml::Value> {
    (!value.is_null())
        .then(|| toml::Value::try_from(value).ok())
        .flatten()
}
