//! Workflow definitions: documents of the Open Workflow DSL 1.0, YAML or JSON, as a closed model
//! that remembers where everything stands, and diagnostics for people where a document is wrong.
//!
//! This is the edge where text becomes types. A [`Definition`] has the shape the DSL asks for:
//! no unknown or missing properties, no duplicate names, no `then` or `use` that leads nowhere.
//! Whatever may hold a runtime expression is kept as written, with its JSON pointer; expressions
//! are read elsewhere. The crate is pure: no files, no clock, no environment.
//!
//! Diagnostics of all later stages are of the same type, [`Diagnostic`]: a stable code (`E…` or
//! `W…`) whose severity and explanation [`diagnostic::explain`] knows, message, remedy, position.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

pub mod diagnostic;
pub mod duration;
pub mod model;
mod parse;
mod pointer;
mod read;
pub mod schema;
pub mod source;
mod tree;

pub use self::diagnostic::Diagnostic;
pub use self::duration::DurationSpec;
pub use self::model::Definition;
pub use self::parse::parse;
pub use self::source::{Position, Source, Span};
pub use self::tree::{
    NESTING_MAX, POINTER_BYTES_MAX, SOURCE_BYTES_MAX, TEXT_BYTES_MAX, VALUES_MAX,
};
