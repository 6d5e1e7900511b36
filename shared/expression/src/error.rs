//! What can go wrong, told to the author of the definition.

/// A program that is not valid jq, or that Weir refuses to run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CompileError {
    /// What is wrong and what to do, without position.
    pub message: String,
    /// Where, in bytes from the start of the text that was given.
    pub offset: usize,
}

/// An evaluation that gave no value. The DSL's `expression` error, status 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// What happened, as jq says it. Long values are shortened.
    pub message: String,
    /// Whether the program failed or was stopped.
    pub kind: EvalErrorKind,
}

/// The two ways in which an evaluation gives no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvalErrorKind {
    /// The program raised an error: a wrong type, `error("…")`.
    Failed,
    /// The program used up its steps, or built too large or too deep a value.
    BudgetExceeded,
}

/// A template with a leaf that does not compile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at `{pointer}`: {error}")]
pub struct TemplateError {
    /// JSON pointer (RFC 6901) of the leaf within the template; empty for the template itself.
    pub pointer: String,
    /// What is wrong with it. Its offset counts from the start of the leaf's string.
    pub error: CompileError,
}

impl EvalError {
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            kind: EvalErrorKind::Failed,
        }
    }
}
