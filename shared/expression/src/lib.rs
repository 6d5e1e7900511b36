//! Runtime expressions: jq programs inside workflow definitions.
//!
//! A definition is full of small programs: `${ .order.total > 100 }`, `.items | map(.price) | add`.
//! This crate compiles each of them once, when the definition is deployed, and then runs it as
//! often as needed. Two promises hold for every program, whoever wrote it:
//!
//! - **It is pure.** It sees its input and its `$` variables, and nothing else: no environment, no
//!   files, no clock, no randomness. The same input gives the same result, on every machine.
//! - **It is bounded.** What may recurse or generate without end is refused by
//!   [`Expression::compile`]; what remains runs under [`Limits`], and stops with
//!   [`EvalErrorKind::BudgetExceeded`] when it takes too many steps or builds too large a value.
//!
//! The entry points are [`Expression`] (one program), [`Template`] (a JSON value with `${…}`
//! leaves) and [`UriTemplate`] (an endpoint). Values travel as [`Data`], variables as [`Scope`].
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod data;
mod error;
mod expression;
mod limits;
mod meter;
mod natives;
mod prelude;
mod program;
mod scope;
mod template;
mod uri;
mod value;

pub use data::Data;
pub use error::{CompileError, EvalError, EvalErrorKind, TemplateError};
pub use expression::Expression;
pub use limits::Limits;
pub use meter::DEPTH_MAX;
pub use scope::{STANDARD_VARIABLES, Scope};
pub use template::{Mode, Template, expression_text, is_expression};
pub use uri::UriTemplate;
