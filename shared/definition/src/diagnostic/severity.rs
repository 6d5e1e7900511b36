//! How bad a diagnostic is.

/// Whether a diagnostic keeps a document from being run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document is refused. Codes `E…`.
    Error,
    /// The document runs, but hardly as its author means it. Codes `W…`.
    Warning,
}

impl Severity {
    /// The severity of a code.
    pub fn of(code: &str) -> Self {
        if code.starts_with('W') {
            Self::Warning
        } else {
            Self::Error
        }
    }

    /// `error` or `warning`, as tools write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}
