//! The control-flow graph of a workflow, and its static bound.
//!
//! `compile` turns a parsed definition into a [`Program`]: every task a node with its expressions
//! compiled, every flow directive an edge, every timeout a deadline. The engine walks the program;
//! the [`Bound`] says, before anything runs, how far it can walk. What compiles but can hardly be
//! meant is in [`Program::warnings`]: diagnostics of the severity `Warning`, whose codes
//! [`weir_definition::diagnostic::explain`] explains.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod bound;
mod compile;
mod cycle;
mod filter;
mod flow;
mod kind;
mod limits;
mod program;

pub use bound::Bound;
pub use compile::compile;
pub use kind::{
    AttributeMatch, Authentication, Backoff, Call, Case, Catch, Consumption, Correlation, Emit,
    ErrorFilter, ErrorTemplate, EventFilter, For, HttpCall, HttpOutput, Kind, Listen, Mode, Read,
    Retry, Return, Shell, Try,
};
pub use limits::Limits;
pub use program::{
    Deadline, Flow, Interval, List, ListIndex, Mapping, Program, Schema, Task, TaskIndex,
    Transform, Trigger, WorkflowRef,
};
pub use weir_definition::duration::{DurationError, parse_value as parse_duration};
