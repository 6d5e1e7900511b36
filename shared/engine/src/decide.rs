//! Deciding what happens next.

use weir_graph::Program;

use crate::{Command, Event, Message, State, Timestamp};

/// What a message leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What happens, in order. Empty: nothing, and `ignored` says why.
    pub events: Vec<Event>,
    /// What the world is asked to do about it, in order.
    pub commands: Vec<Command>,
    /// The state after it.
    pub state: State,
    /// Why nothing happens.
    pub ignored: Option<Ignored>,
}

/// Why a message changes nothing. None of these is an error: messages come twice, and late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// A start of an instance that has started.
    AlreadyStarted,
    /// Anything but a start for an instance that has not started.
    NotStarted,
    /// The instance has ended.
    Ended,
    /// The outcome of a task that is not in progress, or has an outcome already.
    TaskNotWaiting,
    /// A timer that nothing waits for any more.
    NothingDue,
    /// An event that no open listen wants.
    NotListening,
    /// An event that was consumed already.
    AlreadyConsumed,
}

/// Decides what `message` leads to, at time `now`, for the instance in `state`.
pub fn decide(program: &Program, state: State, message: &Message, now: Timestamp) -> Decision {
    let _ = (program, message, now);
    Decision {
        events: Vec::new(),
        commands: Vec::new(),
        state,
        ignored: Some(Ignored::NotStarted),
    }
}
