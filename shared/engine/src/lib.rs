//! The heart of Weir: what a workflow instance does next, and what it has become.
//!
//! [`decide`] takes an instance's [`State`], a [`Message`] and the time, and says which [`Event`]s
//! happen; [`State::apply`] folds an event into the state; [`consequences`] derives the
//! [`Command`]s that an event implies. All three are pure, total and deterministic: no I/O, no
//! clock, no randomness. Whoever has the events has everything.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod apply;
mod command;
mod decide;
mod event;
mod fault;
mod ids;
mod message;
mod state;

pub use command::{Command, consequences};
pub use decide::{Chosen, Decision, Ignored, decide};
pub use event::{Activity, Carried, Event, Remaining, Subscription};
pub use fault::{BOUND_EXCEEDED, ErrorKind, WorkflowError};
pub use ids::{ActionId, Activation, InstanceId, Revision, Timestamp};
pub use message::{
    Credentials, Deferred, DeferredExpression, HttpRequest, Message, Outcome, Parent, Request,
    ShellRequest, StartInstance, WorkerRequest, WorkflowRequest,
};
pub use state::{
    Armed, Consumed, Course, Due, DueKind, Iterations, Paused, Progress, State, Status, TaskState,
    TryPhase, Usage,
};
