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
//! How: jaq parses and runs the programs, on values of our own that know their size and depth and
//! take a step from the budget for whatever is done with them; what multiplies without touching
//! values is laced with steps before it is compiled. The budget lives in the thread, since values
//! know nothing of their program.
//!
//! # Differences from jq 1.8
//!
//! - Of several outputs the first is taken; no output is null. `a + b` with several outputs on
//!   both sides gives them in another order.
//! - Integers are exact up to 127 bits while a program runs, and up to 64 in its result.
//! - Objects keep the order in which keys were inserted, as jq prints them. Not-a-number becomes
//!   null and the infinities the largest doubles, likewise.
//! - Error messages of built-in filters name types and keys, never values: errors are stored and
//!   traced, and values may be secret.
//! - Regular expressions are those of the `regex` crate: no look-around, no back references.
//! - Left out: what reads the world or writes to it, recursive definitions, modules, `?//`,
//!   `$__loc__`, streaming forms, surrogate pairs of `\u` escapes; `repeat`, `while`, `until`,
//!   `recurse(f)` and `infinite` outside of `limit`, `first`, `nth` and `isempty`.
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
