//! Diagnostics: what is wrong with a document, where, and what was expected.

use crate::source::{Position, Span};

/// One thing wrong with a document, told for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable code, `D001` and so on.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What was expected, or what to do.
    pub expected: String,
    /// JSON pointer of the place; empty for the whole document or for broken text.
    pub pointer: String,
    /// Where it starts.
    pub position: Position,
    /// The bytes of the source it is about.
    pub span: Span,
    /// The name of the file, as given to [`crate::parse`].
    pub file: String,
}
