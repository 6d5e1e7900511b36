//! What happened to an instance: the facts its state is folded from.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use weir_expression::Data;
use weir_graph::{EVENT_BYTES, Read, WorkflowRef};

use crate::{Activation, Deferred, InstanceId, Parent, Request, Timestamp, WorkflowError};

/// A fact. Whatever an expression computed is in it, so that folding never evaluates.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The instance exists.
    WorkflowStarted {
        /// Its id.
        instance: InstanceId,
        /// What it runs.
        workflow: WorkflowRef,
        /// Raw input.
        input: Data,
        /// Input after `input.from`, if that changed it.
        transformed: Option<Data>,
        /// When it times out.
        deadline: Timestamp,
        /// See [`crate::StartInstance::since`].
        since: Timestamp,
        /// Who waits for it to end.
        parent: Option<Parent>,
    },
    /// It ran to its end.
    WorkflowCompleted {
        /// Its output.
        output: Data,
    },
    /// An error was caught by nobody, or its time was up.
    WorkflowFaulted {
        /// The error.
        error: WorkflowError,
    },
    /// It was told to stop.
    WorkflowCancelled {
        /// Why.
        reason: Option<String>,
    },
    /// A task began.
    TaskStarted {
        /// Its activation: the next number of the instance.
        task: Activation,
        /// The composite task (or [`Activation::ROOT`]) it is part of.
        parent: Activation,
        /// Which branch, if the parent is a fork; otherwise 0.
        branch: usize,
        /// JSON pointer to the task.
        reference: Arc<str>,
        /// Its input after `input.from`, if that changed it.
        input: Option<Data>,
        /// Its own deadline, if it has one: otherwise its parent's holds.
        deadline: Option<Timestamp>,
        /// What it does or waits for.
        activity: Activity,
    },
    /// A task's `if` was false: the data pass it unchanged.
    TaskSkipped {
        /// See [`Event::TaskStarted`].
        parent: Activation,
        /// See [`Event::TaskStarted`].
        branch: usize,
        /// See [`Event::TaskStarted`].
        reference: Arc<str>,
    },
    /// A task ended well.
    TaskCompleted {
        /// Which.
        task: Activation,
        /// Its output after `output.as`.
        output: Carried,
        /// The new context, if it exported one.
        context: Option<Data>,
    },
    /// A task ended with an error.
    TaskFaulted {
        /// Which.
        task: Activation,
        /// The error.
        error: WorkflowError,
    },
    /// A task was ended from outside: lost a race, or what it was part of ended.
    TaskCancelled {
        /// Which.
        task: Activation,
    },
    /// A `for` begins its next iteration.
    IterationStarted {
        /// Which `for`.
        task: Activation,
        /// From 0.
        index: u64,
    },
    /// A `listen` with `foreach` has dealt with an event.
    IterationCompleted {
        /// Which `listen`.
        task: Activation,
        /// From 0.
        index: u64,
        /// The iteration's output, if it is not what its list ended with.
        output: Option<Data>,
        /// The new context, if it exported one.
        context: Option<Data>,
    },
    /// A `try` caught an error and will try again.
    RetryScheduled {
        /// Which `try`.
        task: Activation,
        /// What it caught.
        error: WorkflowError,
        /// Number of the retry to come, from 1.
        retry: u64,
        /// When.
        due: Timestamp,
    },
    /// A `try` tries again.
    TaskRetried {
        /// Which `try`.
        task: Activation,
        /// This attempt's deadline, if the policy limits attempts.
        attempt_deadline: Option<Timestamp>,
    },
    /// A `try` caught an error and is done trying.
    ErrorCaught {
        /// Which `try`.
        task: Activation,
        /// What it caught.
        error: WorkflowError,
    },
    /// A `listen` consumed an event.
    EventConsumed {
        /// Every listen that took it, with the index of the filter that matched.
        by: Vec<(Activation, usize)>,
        /// The whole CloudEvent, as JSON.
        event: Data,
        /// Correlation keys set by it: listen → name → value.
        keys: BTreeMap<Activation, BTreeMap<String, Value>>,
    },
    /// So much happened in one decision that the rest is left to another: a decision is recorded as
    /// a whole, and records are limited in size. The timer fires at once and resumes it.
    DecisionPaused {
        /// What is left to do.
        remaining: Vec<Remaining>,
    },
    /// What was left to do is taken up.
    DecisionResumed,
    /// The instance's one timer was set to its earliest deadline.
    TimerArmed {
        /// When it fires.
        due: Timestamp,
        /// Whose deadline: a task, or the workflow.
        task: Activation,
    },
}

/// Something that was left to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// As part of what.
    pub parent: Activation,
    /// In which branch of it.
    pub branch: usize,
    /// JSON pointer to the task that is to start; none: the list is over.
    pub reference: Option<Arc<str>>,
}

/// What a started task does.
#[derive(Clone, Debug, PartialEq)]
pub enum Activity {
    /// Ends in the same decision (`set`, `switch`, `raise`).
    Instant,
    /// Runs a list (`do`).
    Sequence,
    /// Runs a function (`call`).
    Invoke {
        /// What it gets as its raw input.
        arguments: Data,
    },
    /// Runs a list for each item (`for`).
    Iterate {
        /// The items, a JSON array.
        items: Data,
    },
    /// Runs branches (`fork`).
    Branches {
        /// How many.
        count: usize,
        /// Whether the first to complete wins.
        compete: bool,
    },
    /// Runs a list, catching errors (`try`).
    Attempt {
        /// The first attempt's deadline, if the policy limits attempts.
        attempt_deadline: Option<Timestamp>,
        /// The deadline of all attempts, if the policy has one.
        retry_deadline: Option<Timestamp>,
    },
    /// Waits (`wait`).
    Sleep {
        /// Until then.
        until: Timestamp,
    },
    /// Waits for events (`listen`).
    Listen(Subscription),
    /// Waits for an executor (`call`, `run`).
    Action {
        /// What.
        request: Request,
        /// What the executor puts into it first.
        deferred: Option<Box<Deferred>>,
    },
    /// Publishes an event and ends in the same decision (`emit`).
    Emit {
        /// The CloudEvent, as JSON.
        event: Data,
    },
}

/// Which events an open `listen` wants, beyond what its definition says.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// Events accepted earlier than this are not for it (broker's clock).
    pub since: Timestamp,
    /// A filter's index → correlation name → the value that is expected. Absent: any.
    pub expected: Vec<BTreeMap<String, Value>>,
    /// The filters from this index on are those of `until`, if it has any.
    pub until: Option<usize>,
    /// With `foreach`: what of an event each iteration begins with.
    pub foreach: Option<Read>,
}

/// The output of a task, without repeating what the state already holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Carried {
    /// Its transformed input.
    Input,
    /// The value its list, iterations or handler ended with (composite tasks); the event it
    /// published (`emit`).
    Last,
    /// This.
    Value(Data),
}

impl Event {
    /// About how many bytes it takes in a record.
    pub(crate) fn size_bytes(&self) -> usize {
        let frame = usize::try_from(self.frame_bytes()).unwrap_or(usize::MAX);
        frame + self.values_bytes()
    }

    /// About how many bytes it takes in a record, without the values in it: see
    /// [`weir_graph::Bound::bytes`].
    pub fn frame_bytes(&self) -> u64 {
        if let Self::TaskStarted { reference, .. } | Self::TaskSkipped { reference, .. } = self {
            EVENT_BYTES + u64::try_from(reference.len()).unwrap_or(u64::MAX)
        } else {
            EVENT_BYTES
        }
    }

    /// How many values are in it: see [`weir_graph::Bound::values`].
    pub fn values(&self) -> u64 {
        let optional = |data: &Option<Data>| u64::from(data.is_some());
        match self {
            Self::WorkflowStarted { transformed, .. } => 1 + optional(transformed),
            Self::TaskStarted {
                input, activity, ..
            } => optional(input) + activity.values(),
            Self::TaskCompleted {
                output, context, ..
            } => optional(context) + u64::from(matches!(output, Carried::Value(_))),
            Self::WorkflowCompleted { .. } | Self::EventConsumed { .. } => 1,
            Self::IterationCompleted {
                output, context, ..
            } => optional(output) + optional(context),
            Self::WorkflowFaulted { .. }
            | Self::WorkflowCancelled { .. }
            | Self::TaskSkipped { .. }
            | Self::TaskFaulted { .. }
            | Self::TaskCancelled { .. }
            | Self::IterationStarted { .. }
            | Self::RetryScheduled { .. }
            | Self::TaskRetried { .. }
            | Self::ErrorCaught { .. }
            | Self::DecisionPaused { .. }
            | Self::DecisionResumed
            | Self::TimerArmed { .. } => 0,
        }
    }

    /// About how many bytes the values in it take.
    fn values_bytes(&self) -> usize {
        let optional = |data: &Option<Data>| data.as_ref().map_or(0, Data::size_bytes);
        match self {
            Self::WorkflowStarted {
                input, transformed, ..
            } => input.size_bytes() + optional(transformed),
            Self::WorkflowCompleted { output } => output.size_bytes(),
            Self::TaskStarted {
                input, activity, ..
            } => optional(input) + activity.size_bytes(),
            Self::TaskCompleted {
                output, context, ..
            } => {
                optional(context)
                    + match output {
                        Carried::Value(value) => value.size_bytes(),
                        Carried::Input | Carried::Last => 0,
                    }
            }
            Self::EventConsumed { event, .. } => event.size_bytes(),
            Self::IterationCompleted {
                output, context, ..
            } => optional(output) + optional(context),
            Self::TaskSkipped { .. }
            | Self::WorkflowFaulted { .. }
            | Self::WorkflowCancelled { .. }
            | Self::TaskFaulted { .. }
            | Self::TaskCancelled { .. }
            | Self::IterationStarted { .. }
            | Self::RetryScheduled { .. }
            | Self::TaskRetried { .. }
            | Self::ErrorCaught { .. }
            | Self::DecisionPaused { .. }
            | Self::DecisionResumed
            | Self::TimerArmed { .. } => 0,
        }
    }
}

impl Activity {
    fn values(&self) -> u64 {
        u64::from(matches!(
            self,
            Self::Invoke { .. } | Self::Iterate { .. } | Self::Emit { .. } | Self::Action { .. }
        ))
    }

    fn size_bytes(&self) -> usize {
        match self {
            Self::Invoke { arguments } => arguments.size_bytes(),
            Self::Iterate { items } => items.size_bytes(),
            Self::Emit { event } => event.size_bytes(),
            Self::Action { request, deferred } => {
                request.size_bytes()
                    + deferred
                        .as_ref()
                        .map_or(0, |deferred| deferred.size_bytes())
            }
            Self::Instant
            | Self::Sequence
            | Self::Branches { .. }
            | Self::Attempt { .. }
            | Self::Sleep { .. }
            | Self::Listen(_) => 0,
        }
    }
}
