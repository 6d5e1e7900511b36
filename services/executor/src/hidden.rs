//! What must not leave the executor: the values of secrets, and what was made of them.

use std::borrow::Cow;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use weir_engine::WorkflowError;

/// What stands in the place of a secret.
const MASK: &str = "***";

/// Shorter values are not hidden: they would be found everywhere, and keep no secret.
const BYTES_MIN: usize = 4;

/// Texts that are replaced by `***` in whatever an action reports.
#[derive(Clone, Default)]
pub struct Hidden {
    /// The longest first: one may contain another.
    texts: Vec<String>,
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hidden({})", self.texts.len())
    }
}

impl Hidden {
    /// Hides every text and number in `secret`, also when it is encoded in a common way.
    pub(crate) fn add(&mut self, secret: &Value) {
        match secret {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.add_text(&number.to_string()),
            Value::String(text) => {
                self.add_text(text);
                // A key in PEM may be told line by line.
                text.lines().for_each(|line| self.add_text(line.trim()));
            }
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(members) => members.values().for_each(|member| self.add(member)),
        }
    }

    fn add_text(&mut self, text: &str) {
        let json = Value::from(text).to_string();
        let encoded = [
            text.to_owned(),
            json.trim_matches('"').to_owned(),
            BASE64_STANDARD.encode(text),
            utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
        ];
        for form in encoded {
            if form.len() >= BYTES_MIN && text.len() >= BYTES_MIN && !self.texts.contains(&form) {
                self.texts.push(form);
            }
        }
        self.texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    }

    /// Whether there is nothing to hide.
    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// `text` without secrets.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for secret in &self.texts {
            if masked.contains(secret.as_str()) {
                masked = masked.replace(secret.as_str(), MASK).into();
            }
        }
        masked
    }

    /// Bytes without secrets.
    pub(crate) fn bytes(&self, bytes: Bytes) -> Bytes {
        let mut masked = bytes;
        for secret in &self.texts {
            masked = replaced(masked, secret.as_bytes());
        }
        masked
    }

    /// A value without secrets, in its keys neither.
    pub(crate) fn value(&self, value: Value) -> Value {
        if self.is_empty() {
            return value;
        }
        match value {
            Value::Null | Value::Bool(_) => value,
            Value::Number(number) => {
                let text = number.to_string();
                if self.texts.contains(&text) {
                    MASK.into()
                } else {
                    number.into()
                }
            }
            Value::String(text) => self.text(&text).into(),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, member)| (self.text(&name).into_owned(), self.value(member)))
                .collect(),
        }
    }

    /// An error without secrets.
    pub(crate) fn error(&self, mut error: WorkflowError) -> WorkflowError {
        for text in [&mut error.title, &mut error.detail].into_iter().flatten() {
            *text = self.text(text).into_owned();
        }
        error
    }
}

fn replaced(bytes: Bytes, secret: &[u8]) -> Bytes {
    let mut out = Vec::new();
    let mut rest = &bytes[..];
    let mut found = false;
    while let Some(at) = rest.windows(secret.len()).position(|part| part == secret) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(MASK.as_bytes());
        rest = &rest[at + secret.len()..];
        found = true;
    }
    if !found {
        return bytes;
    }
    out.extend_from_slice(rest);
    out.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hidden() -> Hidden {
        let mut hidden = Hidden::default();
        hidden.add(&json!({"user": "bob smith", "pin": 4711, "short": "abc", "key": "A\"1\nB234"}));
        hidden
    }

    #[test]
    fn secrets_are_masked_in_keys_values_and_common_encodings() {
        let told = json!({
            "bob smith": ["x bob smith y", 4711, 12, "pin=4711"],
            "abc": "abc",
            "base64": BASE64_STANDARD.encode("bob smith"),
            "percent": "?u=bob%20smith",
            "json": r#"{"key":"A\"1\nB234"}"#,
            "line": "B234",
        });
        assert_eq!(
            hidden().value(told),
            json!({
                "***": ["x *** y", "***", 12, "pin=***"],
                "abc": "abc",
                "base64": "***",
                "percent": "?u=***",
                "json": r#"{"key":"***"}"#,
                "line": "***",
            })
        );
    }

    #[test]
    fn bytes_are_masked_too() {
        let told = Bytes::from_static(b"\xffbob smith\xfe4711");
        assert_eq!(&hidden().bytes(told)[..], b"\xff***\xfe***");
    }
}
