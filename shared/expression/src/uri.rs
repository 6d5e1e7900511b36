//! Endpoints: RFC 6570 templates of level 1, or an expression.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::template::{expression_text, is_expression};
use crate::{CompileError, Data, EvalError, Expression, Scope};

/// An endpoint such as `https://example.com/pets/{petId}`.
///
/// `{name}` stands for the input's top-level property of exactly that name (`{pet.id}` is one
/// name), percent-encoded; a missing or null one for the empty string. A text that is `${…}` as a
/// whole is an expression instead, and its result is taken as it is.
#[derive(Clone, Debug)]
pub struct UriTemplate(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Parts(Vec<Part>),
    Expression(Expression),
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Name(String),
}

impl UriTemplate {
    /// Compiles an endpoint.
    ///
    /// # Errors
    /// An expression that does not compile; an unpaired brace; an empty name, or one that begins
    /// with an operator of a higher level (`{?query}`, `{+path}`).
    pub fn compile(source: &str, vars: &[&str]) -> Result<Self, CompileError> {
        if is_expression(source) {
            let text = expression_text(source);
            let start = text.as_ptr() as usize - source.as_ptr() as usize;
            return Expression::compile(text, vars)
                .map(|expression| Self(Kind::Expression(expression)))
                .map_err(|error| CompileError {
                    offset: error.offset + start,
                    ..error
                });
        }
        parts(source).map(|parts| Self(Kind::Parts(parts)))
    }

    /// Names of the `$` variables it uses, without dollar sign: none, unless it is an expression.
    pub fn variables(&self) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        match &self.0 {
            Kind::Parts(_) => &NONE,
            Kind::Expression(expression) => expression.variables(),
        }
    }

    /// The expression that it is as a whole, if it is one.
    pub fn expression(&self) -> Option<&Expression> {
        match &self.0 {
            Kind::Parts(_) => None,
            Kind::Expression(expression) => Some(expression),
        }
    }

    /// The endpoint for this input.
    ///
    /// # Errors
    /// A property that is an array or an object; an expression that fails or whose result is not
    /// a string.
    pub fn eval(&self, input: &Data, scope: &Scope) -> Result<String, EvalError> {
        match &self.0 {
            Kind::Expression(expression) => match expression.eval(input, scope)? {
                Value::String(uri) => Ok(uri),
                other @ (Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_)) => Err(EvalError::failed(format!(
                    "the endpoint must be a string, but `{}` gives {other}",
                    expression.source()
                ))),
            },
            Kind::Parts(parts) => {
                let mut uri = String::new();
                for part in parts {
                    match part {
                        Part::Text(text) => uri.push_str(text),
                        Part::Name(name) => expand(name, input.as_value(), &mut uri)?,
                    }
                }
                Ok(uri)
            }
        }
    }
}

fn parts(source: &str) -> Result<Vec<Part>, CompileError> {
    let fail = |offset, message: &str| {
        Err(CompileError {
            message: message.to_owned(),
            offset,
        })
    };
    let mut parts = Vec::new();
    let mut offset = 0;
    while let Some(found) = source[offset..].find(['{', '}']) {
        let open = offset + found;
        if source.as_bytes()[open] == b'}' {
            return fail(open, "`}` without `{`; write it as `%7D`");
        }
        if found > 0 {
            parts.push(Part::Text(source[offset..open].to_owned()));
        }
        let Some(length) = source[open + 1..].find('}') else {
            return fail(open, "`{` is never closed");
        };
        let name = &source[open + 1..open + 1 + length];
        match name.chars().next() {
            None => return fail(open, "`{}` names no property"),
            Some('+' | '#' | '.' | '/' | ';' | '?' | '&' | '=' | ',' | '!' | '@' | '|') => {
                return fail(
                    open + 1,
                    "only plain `{name}` is supported (RFC 6570 level 1)",
                );
            }
            Some(_) if name.contains([',', '*', ':', '{']) => {
                return fail(
                    open + 1,
                    "only plain `{name}` is supported (RFC 6570 level 1)",
                );
            }
            Some(_) => parts.push(Part::Name(name.to_owned())),
        }
        offset = open + length + 2;
    }
    if offset < source.len() {
        parts.push(Part::Text(source[offset..].to_owned()));
    }
    Ok(parts)
}

fn expand(name: &str, input: &Value, uri: &mut String) -> Result<(), EvalError> {
    match input.get(name) {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => encode(text, uri),
        Some(scalar @ (Value::Bool(_) | Value::Number(_))) => encode(&scalar.to_string(), uri),
        Some(Value::Array(_)) => {
            return Err(EvalError::failed(format!(
                "`{{{name}}}` in the endpoint is an array"
            )));
        }
        Some(Value::Object(_)) => {
            return Err(EvalError::failed(format!(
                "`{{{name}}}` in the endpoint is an object"
            )));
        }
    }
    Ok(())
}

/// Percent-encodes all but RFC 3986's unreserved characters.
pub(crate) fn encode(text: &str, uri: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
}

/// Decodes percent-encoding; what is not valid stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2)));
        if let (b'%', Some(high), Some(low)) = escaped {
            decoded.extend(u8::try_from(high * 16 + low));
            at += 3;
        } else {
            decoded.push(*byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expanded(source: &str, input: Value) -> Result<String, EvalError> {
        UriTemplate::compile(source, &[])
            .unwrap()
            .eval(&Data::from(input), &Scope::default())
    }

    #[test]
    fn expands_level_one() {
        let input = json!({"pet.id": 7, "q": "a b/ü", "none": null, "list": []});
        assert_eq!(
            expanded("http://x/{pet.id}?q={q}", input.clone()).unwrap(),
            "http://x/7?q=a%20b%2F%C3%BC"
        );
        assert_eq!(expanded("/{none}{missing}/", input.clone()).unwrap(), "//");
        assert_eq!(
            expanded("${ \"http://x/\" + .q }", input.clone()).unwrap(),
            "http://x/a b/ü"
        );
        assert!(expanded("/{list}", input).is_err());
    }

    #[test]
    fn refuses_what_is_not_level_one() {
        for (source, offset) in [
            ("/{?q}", 2),
            ("/{a,b}", 2),
            ("/{", 1),
            ("/}", 1),
            ("/{}", 1),
        ] {
            assert_eq!(
                UriTemplate::compile(source, &[]).unwrap_err().offset,
                offset,
                "{source}"
            );
        }
    }
}
