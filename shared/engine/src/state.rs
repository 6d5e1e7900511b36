//! What an instance has become.

mod consumed;
mod due;
mod task;
mod usage;

use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
};

use weir_expression::Data;
use weir_graph::WorkflowRef;

use crate::{Activation, Event, InstanceId, Parent, Remaining, Timestamp, WorkflowError};

pub use due::{Due, DueKind};
pub use task::{Consumed, Course, Iterations, Progress, TaskState, TryPhase};
pub use usage::Usage;

/// An instance: the fold of its events. Holds live tasks only, so it stays as small as what is in
/// progress.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its id.
    pub instance: InstanceId,
    /// What it runs.
    pub workflow: WorkflowRef,
    /// How it is.
    pub status: Status,
    /// Raw input.
    pub input: Data,
    /// `$context`.
    pub context: Data,
    /// When it started, by the deciding scheduler's clock.
    pub started_at: Timestamp,
    /// See [`crate::StartInstance::since`].
    pub since: Timestamp,
    /// Who waits for it to end.
    pub parent: Option<Parent>,
    /// Tasks in progress; [`Activation::ROOT`] is the workflow itself.
    pub tasks: BTreeMap<Activation, TaskState>,
    /// Tasks started so far.
    pub steps: u64,
    /// Actions requested so far.
    pub actions: u64,
    /// What else of its bound it has used.
    pub usage: Usage,
    /// Tasks that wait for an executor.
    pub acting: u64,
    /// Everything that happens by itself once its time has come, earliest first.
    pub due: BTreeSet<Due>,
    /// What the last decision left to do, if it was too large.
    pub paused: Option<Paused>,
    /// The timer that is set.
    pub armed: Option<Armed>,
    /// Events consumed: (source, id). No event is consumed twice by one instance.
    pub consumed: BTreeSet<(String, String)>,
    /// Output, once completed.
    pub output: Option<Data>,
    /// Error, once faulted.
    pub error: Option<WorkflowError>,
}

/// How an instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It has not started: no events yet.
    Pending,
    /// In progress.
    Running,
    /// In progress, with nothing but waits and listens open.
    Waiting,
    /// Ended well.
    Completed,
    /// Ended with an error.
    Faulted,
    /// Ended from outside.
    Cancelled,
}

impl Status {
    /// Whether nothing can happen any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Faulted | Self::Cancelled)
    }
}

/// The timer that was asked for last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Armed {
    /// When it fires.
    pub due: Timestamp,
}

/// A decision that is to be resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paused {
    /// Since when.
    pub since: Timestamp,
    /// What is left to do.
    pub remaining: Vec<Remaining>,
}

impl State {
    /// The instance before its first event.
    pub fn new(instance: InstanceId) -> Self {
        Self {
            instance,
            workflow: WorkflowRef {
                namespace: String::new(),
                name: String::new(),
                version: String::new(),
            },
            status: Status::Pending,
            input: Data::null(),
            context: Data::null(),
            started_at: Timestamp(0),
            since: Timestamp(0),
            parent: None,
            tasks: BTreeMap::new(),
            steps: 0,
            actions: 0,
            usage: Usage::default(),
            acting: 0,
            due: BTreeSet::new(),
            paused: None,
            armed: None,
            consumed: BTreeSet::new(),
            output: None,
            error: None,
        }
    }

    /// The instance after `history`: its events, each with the time it was decided at.
    pub fn fold<E: Borrow<Event>>(
        instance: InstanceId,
        history: impl IntoIterator<Item = (Timestamp, E)>,
    ) -> Self {
        let mut state = Self::new(instance);
        for (at, event) in history {
            state.apply(event.borrow(), at);
        }
        state
    }

    /// When `task` is over at the latest: the earliest deadline of it and what it is part of.
    pub fn deadline_of(&self, task: Activation) -> Timestamp {
        let mut earliest = Timestamp(u64::MAX);
        let mut current = self.tasks.get(&task);
        while let Some(task) = current {
            earliest = task.deadlines().fold(earliest, Timestamp::min);
            current = task.parent.and_then(|parent| self.tasks.get(&parent));
        }
        earliest
    }

    /// Every live task that is part of `task`, the latest first: what it started before it.
    pub(crate) fn descendants(&self, task: Activation) -> Vec<Activation> {
        let mut found = BTreeSet::new();
        // Whatever is part of a task started after it.
        for (&activation, state) in self.tasks.range(Activation(task.0 + 1)..) {
            let part = |parent| parent == task || found.contains(&parent);
            if state.parent.is_some_and(part) {
                found.insert(activation);
            }
        }
        found.into_iter().rev().collect()
    }
}
