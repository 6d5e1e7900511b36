//! A task in progress.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;
use weir_expression::Data;

use crate::{Activation, Carried, Credentials, Request, Subscription, Timestamp, WorkflowError};

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
    /// How its list is gone through.
    pub course: Course,
}

/// The course through a list, as far as jumps back are concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// The place of the task that came last, by branch.
    places: BTreeMap<usize, u64>,
    /// How often it was jumped back to a task, by its reference.
    returns: BTreeMap<Arc<str>, u64>,
}

impl Course {
    /// How often it will have been jumped back to a task if it comes next; 0 if it is no jump back.
    pub(crate) fn returns(&self, branch: usize, reference: &str) -> u64 {
        let last = self.places.get(&branch);
        let is_back = last.is_some_and(|last| place(reference) <= *last);
        let before = self.returns.get(reference).copied().unwrap_or(0);
        if is_back { before + 1 } else { 0 }
    }

    pub(crate) fn come_to(&mut self, branch: usize, reference: &Arc<str>) {
        let returns = self.returns(branch, reference);
        if returns > 0 {
            self.returns.insert(reference.clone(), returns);
        }
        self.places.insert(branch, place(reference));
    }
}

/// The place of a task in its list: 3 of `/do/3/name`.
fn place(reference: &str) -> u64 {
    let place = reference.rsplit('/').nth(1);
    place.and_then(|place| place.parse().ok()).unwrap_or(0)
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Will end in the same decision.
    Instant,
    /// Has emitted an event, and will end in the same decision.
    Emitted {
        /// The CloudEvent.
        event: Data,
    },
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
    /// Runs branches, each of one task.
    Branches {
        /// How many.
        count: usize,
        /// The outputs of those that completed.
        outputs: BTreeMap<usize, Data>,
        /// Whether the first to complete wins.
        compete: bool,
        /// Branches that ended with an error.
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
        /// How far its `foreach` is.
        iterations: Iterations,
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

/// How far the `foreach` of a `listen` is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Iterations {
    /// Events begun with.
    pub started: u64,
    /// The data as they left the last task of the current iteration.
    pub value: Data,
    /// The outputs of the iterations that ended.
    pub outputs: Vec<Data>,
}

impl Iterations {
    /// Whether an event is being dealt with.
    pub(crate) fn is_busy(&self) -> bool {
        u64::try_from(self.outputs.len()).is_ok_and(|ended| ended < self.started)
    }
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

impl TaskState {
    /// The raw input of a task that starts now as a part of this one; none if this one runs no
    /// tasks.
    pub(crate) fn handed_down(&self) -> Option<&Data> {
        match &self.progress {
            Progress::Sequence { value }
            | Progress::Iterate { value, .. }
            | Progress::Try { value, .. } => Some(value),
            Progress::Listening { iterations, .. } => {
                iterations.is_busy().then_some(&iterations.value)
            }
            Progress::Branches { .. } => Some(&self.input),
            Progress::Instant
            | Progress::Emitted { .. }
            | Progress::Sleeping { .. }
            | Progress::Acting { .. } => None,
        }
    }

    /// Takes the output of a part of this task that has ended well.
    pub(crate) fn take(&mut self, branch: usize, output: Data) {
        match &mut self.progress {
            Progress::Sequence { value }
            | Progress::Iterate { value, .. }
            | Progress::Try { value, .. } => *value = output,
            Progress::Listening { iterations, .. } => iterations.value = output,
            Progress::Branches { outputs, .. } => {
                outputs.insert(branch, output);
            }
            Progress::Instant
            | Progress::Emitted { .. }
            | Progress::Sleeping { .. }
            | Progress::Acting { .. } => {}
        }
    }

    /// How the request it waits for authenticates.
    pub(crate) fn credentials(&self) -> Option<&Credentials> {
        if let Progress::Acting {
            request: Request::Http(request),
        } = &self.progress
        {
            request.credentials.as_ref()
        } else {
            None
        }
    }

    /// What `carried` stands for as this task's output.
    pub(crate) fn resolve(&self, carried: &Carried) -> Data {
        match carried {
            Carried::Value(value) => value.clone(),
            Carried::Input => self.input.clone(),
            Carried::Last => match &self.progress {
                Progress::Sequence { value }
                | Progress::Iterate { value, .. }
                | Progress::Try { value, .. } => value.clone(),
                Progress::Branches {
                    outputs,
                    compete: true,
                    ..
                } => outputs.values().next().cloned().unwrap_or_default(),
                Progress::Branches { outputs, .. } => array(outputs.values()),
                Progress::Emitted { event } => event.clone(),
                Progress::Listening { iterations, .. } => array(&iterations.outputs),
                Progress::Instant | Progress::Sleeping { .. } | Progress::Acting { .. } => {
                    self.input.clone()
                }
            },
        }
    }
}

fn array<'d>(outputs: impl IntoIterator<Item = &'d Data>) -> Data {
    let outputs = outputs.into_iter().map(|output| output.as_value().clone());
    Data::from(Value::Array(outputs.collect()))
}
