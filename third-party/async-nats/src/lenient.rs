//! Not in the published crate: reading header blocks, whatever bytes they hold.
//!
//! Servers pass header blocks on as they were published. A reader that fails on one loses the
//! connection, and with it every other message; and a stream delivers that one again and again.

use std::str::FromStr;

use crate::header::{HeaderMap, HeaderName, IntoHeaderValue};
use crate::status::StatusCode;

/// Headers, status and description of a block.
///
/// As for the server, only CR LF ends a line. What is not UTF-8, and a lone CR or LF, is read as
/// U+FFFD; a status that is none, and a line without a valid name, as if it were not there.
pub(crate) fn read(block: &[u8]) -> (HeaderMap, Option<StatusCode>, Option<String>) {
    let text = String::from_utf8_lossy(block);
    let mut lines = text.split("\r\n").peekable();

    let version = lines.next().unwrap_or_default();
    let version = version.strip_prefix("NATS/1.0").unwrap_or_default().trim();
    let (status, description) = version.split_once(' ').unwrap_or((version, ""));
    let description = description.trim();
    let description = (!description.is_empty()).then(|| description.to_owned());

    let mut headers = HeaderMap::new();
    while let Some(line) = lines.next() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let mut value = value.trim_start().to_owned();
        while let Some(more) = lines.next_if(|line| line.starts_with(char::is_whitespace)) {
            value.push_str(more);
        }
        let value = value.trim_end().replace(['\r', '\n'], "\u{FFFD}");
        if let Ok(name) = HeaderName::from_str(name) {
            headers.append(name, value.into_header_value());
        }
    }
    (headers, status.parse().ok(), description)
}
