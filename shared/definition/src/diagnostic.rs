//! Diagnostics: what is wrong with a document, where, and what was expected.

pub mod code;
mod explain;
mod render;
mod severity;

pub use self::explain::{Explanation, explain, explanations, page};
pub use self::severity::Severity;

use std::borrow::Cow;
use std::fmt;

use crate::source::{self, Position, Span};

/// The most diagnostics that are collected about one document.
pub(crate) const DIAGNOSTICS_MAX: usize = 100;

/// The most characters of a document's text that a message quotes.
const QUOTED_CHARS_MAX: usize = 60;

/// One thing wrong with a document, told for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable code, one of [`code`]'s.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What was expected, or what to do.
    pub remedy: String,
    /// JSON pointer of the place; empty for the whole document and for broken text.
    pub pointer: String,
    /// Where it starts.
    pub position: Position,
    /// The bytes of the source it is about.
    pub span: Span,
}

impl Diagnostic {
    /// Whether it keeps the document from being run.
    pub fn severity(&self) -> Severity {
        Severity::of(self.code)
    }

    /// Where it ends, in the text that was parsed: just after its last character.
    pub fn end(&self, source: &str) -> Position {
        source::position(source, self.span.end)
    }

    pub(crate) fn new(
        code: &'static str,
        (text, span): (&str, Span),
        pointer: &str,
        message: String,
        remedy: String,
    ) -> Self {
        Self {
            code,
            message,
            remedy,
            pointer: pointer.to_owned(),
            position: source::position(text, span.start),
            span,
        }
    }

    /// The diagnostic as plain lines: `file:line:column`, the line of the source with what is
    /// wrong underlined, and what was expected. `source` is the text that was parsed.
    pub fn render(&self, source: &str, file_name: &str) -> String {
        render::render(self, source, file_name)
    }
}

/// A text of the document, short enough for a message.
pub(crate) fn clip(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Keeps control sequences of hostile documents off the terminal.
fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            message,
            remedy,
            position,
            ..
        } = self;
        write!(
            f,
            "{}:{}: {} [{code}]: {}",
            position.line,
            position.column,
            printable(message),
            printable(remedy)
        )
    }
}

impl std::error::Error for Diagnostic {}
