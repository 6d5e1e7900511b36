//! What an instance has become.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;
use weir_expression::Data;
use weir_graph::WorkflowRef;

use crate::{Activation, InstanceId, Request, Subscription, Timestamp, WorkflowError};

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
    /// Tasks in progress; [`Activation::ROOT`] is the workflow itself.
    pub tasks: BTreeMap<Activation, TaskState>,
    /// Tasks started so far.
    pub steps: u64,
    /// Actions requested so far.
    pub actions: u64,
    /// Every pending deadline, earliest first.
    pub deadlines: BTreeSet<(Timestamp, Activation)>,
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

/// A task in progress.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskState {
    /// JSON pointer to it; "" for the workflow.
    pub reference: Arc<str>,
    /// What it is part of; none for the workflow.
    pub parent: Option<Activation>,
    /// Which branch of a parent that forks; otherwise 0.
    pub branch: usize,
    /// Raw input.
    pub raw: Data,
    /// Transformed input.
    pub input: Data,
    /// When it started.
    pub started_at: Timestamp,
    /// Its own deadline, if any.
    pub deadline: Option<Timestamp>,
    /// How far it is.
    pub progress: Progress,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Will end in the same decision.
    Instant,
    /// Runs a list.
    Sequence {
        /// The data as they left the last task of the list.
        value: Data,
    },
    /// Runs a list for each item.
    Iterate {
        /// The items, a JSON array.
        items: Data,
        /// The current item.
        index: u64,
        /// The data as they left the last task.
        value: Data,
    },
    /// Runs branches.
    Branches {
        /// Each branch's output once it has completed.
        outputs: Vec<Option<Data>>,
        /// The data as they left the last task of each branch.
        values: Vec<Data>,
        /// Whether the first to complete wins.
        compete: bool,
        /// Branches of a race that ended with an error.
        faulted: BTreeSet<usize>,
    },
    /// Tries a list.
    Try {
        /// Retries so far.
        retries: u64,
        /// The data as they left the last task.
        value: Data,
        /// Trying, waiting to try again, or handling.
        phase: TryPhase,
        /// Deadline of all attempts, if any.
        retry_deadline: Option<Timestamp>,
    },
    /// Waits for the time.
    Sleeping {
        /// Until then.
        until: Timestamp,
    },
    /// Waits for events.
    Listening {
        /// Which.
        subscription: Subscription,
        /// What came so far, in order.
        received: Vec<Consumed>,
        /// Correlation keys so far.
        keys: BTreeMap<String, Value>,
    },
    /// Waits for an executor.
    Acting {
        /// What was requested.
        request: Request,
    },
}

/// An event that a listen took.
#[derive(Clone, Debug, PartialEq)]
pub struct Consumed {
    /// Index of the filter that matched.
    pub filter: usize,
    /// The whole CloudEvent.
    pub event: Data,
}

/// Where a `try` is.
#[derive(Clone, Debug, PartialEq)]
pub enum TryPhase {
    /// Running its list.
    Trying {
        /// This attempt's deadline, if any.
        deadline: Option<Timestamp>,
    },
    /// Between attempts.
    Backoff {
        /// The next attempt's start.
        due: Timestamp,
    },
    /// Running its handler.
    Catching {
        /// The error it handles.
        error: WorkflowError,
    },
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
            input: Data::from(Value::Null),
            context: Data::from(Value::Null),
            started_at: Timestamp(0),
            since: Timestamp(0),
            tasks: BTreeMap::new(),
            steps: 0,
            actions: 0,
            deadlines: BTreeSet::new(),
            armed: None,
            consumed: BTreeSet::new(),
            output: None,
            error: None,
        }
    }

    /// When `task` is over at the latest: the earliest deadline of it and what it is part of.
    pub fn deadline_of(&self, task: Activation) -> Timestamp {
        let mut earliest = Timestamp(u64::MAX);
        let mut current = Some(task);
        while let Some(state) = current.and_then(|task| self.tasks.get(&task)) {
            let attempt = match &state.progress {
                Progress::Try {
                    phase: TryPhase::Trying { deadline },
                    retry_deadline,
                    ..
                } => deadline.or(*retry_deadline),
                _ => None,
            };
            earliest = [Some(earliest), state.deadline, attempt]
                .into_iter()
                .flatten()
                .min()
                .unwrap_or(earliest);
            current = state.parent;
        }
        earliest
    }
}
