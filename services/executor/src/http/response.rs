//! From what was answered to the task's output, or its error.

use std::error::Error;

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use reqwest::{
    Method, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde_json::{Map, Value, json};
use weir_engine::{ErrorKind, WorkflowError};
use weir_expression::DEPTH_MAX;
use weir_protocol::{
    json,
    v1::{HttpOutput, HttpRequest},
};

use super::body::{essence, is_json};

/// How much of a failure's body an error tells.
pub(super) const EXCERPT_BYTES_MAX: usize = 512;
/// Levels of a JSON body: it may become part of a response object.
const LEVELS_MAX: usize = DEPTH_MAX - 1;

/// An answer, read as far as it is needed.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub method: &'a Method,
    /// As sent: with the query, without user information.
    pub uri: &'a Url,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Whether a status is no error: 2xx, and 3xx if the author says so.
pub(super) fn is_success(status: StatusCode, redirect: bool) -> bool {
    status.is_success() || (redirect && status.is_redirection())
}

/// The output of a call that `answer` answers with success.
///
/// # Errors
/// `communication`, if the body is not what it is said to be.
pub(super) fn outcome_of(asked: &HttpRequest, answer: &Answer<'_>) -> Result<Value, WorkflowError> {
    match asked.output {
        HttpOutput::Raw => Ok(BASE64_STANDARD.encode(&answer.body).into()),
        HttpOutput::Content => answer.content(),
        HttpOutput::Response => Ok(json!({
            "request": {
                "method": answer.method.as_str(),
                "uri": answer.uri.as_str(),
                "headers": asked.headers,
            },
            "statusCode": answer.status.as_u16(),
            "headers": flat(&answer.headers),
            "content": answer.content()?,
        })),
    }
}

impl Answer<'_> {
    /// JSON as it is, text as a string, anything else in base 64; null for an empty body that is
    /// no text.
    fn content(&self) -> Result<Value, WorkflowError> {
        let header = self.headers.get(CONTENT_TYPE);
        let media = header
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if essence(media).starts_with("text/") {
            return Ok(text(&self.body, media).into());
        }
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        if is_json(media) {
            return json::read(&self.body, LEVELS_MAX).map_err(|error| {
                ErrorKind::Communication
                    .error(format!("{}, which is not {media}: {error}", self.summary()))
            });
        }
        Ok(BASE64_STANDARD.encode(&self.body).into())
    }

    /// The error of an answer that is none: its status is the answer's.
    pub(super) fn failure(&self) -> WorkflowError {
        let excerpt = excerpt(&self.body);
        let detail = if excerpt.is_empty() {
            self.summary()
        } else {
            format!("{}: {excerpt}", self.summary())
        };
        WorkflowError {
            status: self.status.as_u16().into(),
            ..ErrorKind::Communication.error(detail)
        }
    }

    pub(super) fn too_large(&self, bytes_max: usize) -> WorkflowError {
        ErrorKind::Communication.error(format!(
            "{} with more than {bytes_max} bytes: ask for less, or raise \
             executor.response_bytes_max",
            self.summary()
        ))
    }

    fn summary(&self) -> String {
        format!("{} {} answered {}", self.method, self.uri, self.status)
    }
}

/// Text in the character set that its media type names; UTF-8 without one.
fn text(bytes: &[u8], media: &str) -> String {
    let charset = media.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"'))
    });
    let encoding = charset
        .and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()))
        .unwrap_or(encoding_rs::UTF_8);
    encoding.decode(bytes).0.into_owned()
}

/// Names in lower case, as HTTP/2 has them; a repeated one has its values joined by commas.
fn flat(headers: &HeaderMap) -> Map<String, Value> {
    let values = |name| {
        let all = headers.get_all(name).iter();
        all.map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    headers
        .keys()
        .map(|name| (name.as_str().to_owned(), values(name).into()))
        .collect()
}

/// The beginning of a body, on one line and readable.
fn excerpt(body: &[u8]) -> String {
    let cut = &body[..body.len().min(EXCERPT_BYTES_MAX)];
    let readable = match std::str::from_utf8(cut) {
        Ok(text) => text,
        // The last character may be cut in two: then only that one is missing.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&cut[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return format!("({} bytes that are no text)", body.len()),
    };
    readable
        .split(char::is_control)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .fold(String::new(), |line, part| {
            if line.is_empty() {
                part.to_owned()
            } else {
                line + " " + part
            }
        })
}

/// What went wrong, down to its cause; without the URL, which is told beside it.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut reasons: Vec<String> = Vec::new();
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if reasons.last().is_none_or(|last| !last.contains(&text)) {
            reasons.push(text);
        }
        cause = error.source();
    }
    if reasons.is_empty() {
        error.to_string()
    } else {
        reasons.join(": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_readable_and_on_one_line() {
        assert_eq!(excerpt(b"out of\r\n\tstock\n"), "out of stock");
        assert_eq!(excerpt(b""), "");
        assert_eq!(excerpt(&[0xff, 0xfe, 0x00]), "(3 bytes that are no text)");
        let long = "ä".repeat(EXCERPT_BYTES_MAX);
        assert_eq!(excerpt(long.as_bytes()).len(), EXCERPT_BYTES_MAX);
        assert_eq!(
            excerpt(&long.as_bytes()[1..][..1]),
            "(1 bytes that are no text)"
        );
        assert_eq!(
            excerpt(format!("x{long}").as_bytes()).len(),
            EXCERPT_BYTES_MAX - 1
        );
    }

    #[test]
    fn text_is_read_in_its_character_set() {
        assert_eq!(text(b"\xe4", "text/plain; charset=iso-8859-1"), "ä");
        assert_eq!(text("ä".as_bytes(), "text/plain; Charset=\"utf-8\""), "ä");
        assert_eq!(text("ä".as_bytes(), "text/html"), "ä");
        assert_eq!(text(b"\xff", "text/html; charset=unheard-of"), "\u{fffd}");
    }
}
