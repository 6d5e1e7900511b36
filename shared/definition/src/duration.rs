//! Durations: objects of parts, ISO 8601 text, or expressions.

use crate::model::data::Expression;

/// A duration as a definition gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DurationSpec {
    /// Known now, in milliseconds.
    Literal(u64),
    /// `${ … }`, yielding an object of parts or ISO 8601 text.
    Expression(Expression),
}
