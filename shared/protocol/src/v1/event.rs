//! Events as they are stored.

mod activity;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use weir_engine::{self as engine, Activation, Timestamp};
use weir_expression::Data;

pub use self::activity::{Activity, Carried, Read, Subscription};
use super::{Parent, WorkflowError, WorkflowRef, data};

/// An event: see [`engine::Event`] for the meaning of the fields. Times are milliseconds since the
/// Unix epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
#[allow(
    missing_docs,
    reason = "the fields are documented where they get their meaning"
)]
pub enum Event {
    WorkflowStarted {
        instance: String,
        workflow: WorkflowRef,
        #[serde(with = "data")]
        input: Data,
        #[serde(
            default,
            with = "data::optional",
            skip_serializing_if = "Option::is_none"
        )]
        transformed: Option<Data>,
        deadline: u64,
        since: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Parent>,
    },
    WorkflowCompleted {
        #[serde(with = "data")]
        output: Data,
    },
    WorkflowFaulted {
        error: WorkflowError,
    },
    WorkflowCancelled {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    TaskStarted {
        task: u64,
        parent: u64,
        #[serde(default, skip_serializing_if = "is_zero")]
        branch: usize,
        reference: String,
        #[serde(
            default,
            with = "data::optional",
            skip_serializing_if = "Option::is_none"
        )]
        input: Option<Data>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<u64>,
        activity: Activity,
    },
    TaskSkipped {
        parent: u64,
        #[serde(default, skip_serializing_if = "is_zero")]
        branch: usize,
        reference: String,
    },
    TaskCompleted {
        task: u64,
        output: Carried,
        #[serde(
            default,
            with = "data::optional",
            skip_serializing_if = "Option::is_none"
        )]
        context: Option<Data>,
    },
    TaskFaulted {
        task: u64,
        error: WorkflowError,
    },
    TaskCancelled {
        task: u64,
    },
    IterationStarted {
        task: u64,
        index: u64,
    },
    IterationCompleted {
        task: u64,
        index: u64,
        #[serde(
            default,
            with = "data::optional",
            skip_serializing_if = "Option::is_none"
        )]
        output: Option<Data>,
        #[serde(
            default,
            with = "data::optional",
            skip_serializing_if = "Option::is_none"
        )]
        context: Option<Data>,
    },
    RetryScheduled {
        task: u64,
        error: WorkflowError,
        retry: u64,
        due: u64,
    },
    TaskRetried {
        task: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt_deadline: Option<u64>,
    },
    ErrorCaught {
        task: u64,
        error: WorkflowError,
    },
    EventConsumed {
        by: Vec<EventConsumer>,
        #[serde(with = "data")]
        event: Data,
    },
    DecisionPaused {
        remaining: Vec<Remaining>,
    },
    DecisionResumed,
    TimerArmed {
        due: u64,
        task: u64,
    },
}

/// See [`engine::Remaining`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remaining {
    /// As part of what.
    pub parent: u64,
    /// In which branch of it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub branch: usize,
    /// JSON pointer to the task that is to start; absent: the list is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// A listen that took an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventConsumer {
    /// The listen's activation.
    pub task: u64,
    /// Index of the filter that matched.
    pub filter: usize,
    /// Correlation keys that the event set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Value>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn ms(time: Option<Timestamp>) -> Option<u64> {
    time.map(|time| time.0)
}

fn time(ms: Option<u64>) -> Option<Timestamp> {
    ms.map(Timestamp)
}

#[allow(clippy::too_many_lines, reason = "a table: one entry per event")]
impl From<&engine::Event> for Event {
    fn from(from: &engine::Event) -> Self {
        use engine::Event as E;
        match from {
            E::WorkflowStarted {
                instance,
                workflow,
                input,
                transformed,
                deadline,
                since,
                parent,
            } => Self::WorkflowStarted {
                instance: instance.to_string(),
                workflow: workflow.into(),
                input: input.clone(),
                transformed: transformed.clone(),
                deadline: deadline.0,
                since: since.0,
                parent: parent.as_ref().map(Into::into),
            },
            E::WorkflowCompleted { output } => Self::WorkflowCompleted {
                output: output.clone(),
            },
            E::WorkflowFaulted { error } => Self::WorkflowFaulted {
                error: error.into(),
            },
            E::WorkflowCancelled { reason } => Self::WorkflowCancelled {
                reason: reason.clone(),
            },
            E::TaskStarted {
                task,
                parent,
                branch,
                reference,
                input,
                deadline,
                activity,
            } => Self::TaskStarted {
                task: task.0,
                parent: parent.0,
                branch: *branch,
                reference: reference.to_string(),
                input: input.clone(),
                deadline: ms(*deadline),
                activity: activity.into(),
            },
            E::TaskSkipped {
                parent,
                branch,
                reference,
            } => Self::TaskSkipped {
                parent: parent.0,
                branch: *branch,
                reference: reference.to_string(),
            },
            E::TaskCompleted {
                task,
                output,
                context,
            } => Self::TaskCompleted {
                task: task.0,
                output: output.into(),
                context: context.clone(),
            },
            E::TaskFaulted { task, error } => Self::TaskFaulted {
                task: task.0,
                error: error.into(),
            },
            E::TaskCancelled { task } => Self::TaskCancelled { task: task.0 },
            E::IterationStarted { task, index } => Self::IterationStarted {
                task: task.0,
                index: *index,
            },
            E::IterationCompleted {
                task,
                index,
                output,
                context,
            } => Self::IterationCompleted {
                task: task.0,
                index: *index,
                output: output.clone(),
                context: context.clone(),
            },
            E::RetryScheduled {
                task,
                error,
                retry,
                due,
            } => Self::RetryScheduled {
                task: task.0,
                error: error.into(),
                retry: *retry,
                due: due.0,
            },
            E::TaskRetried {
                task,
                attempt_deadline,
            } => Self::TaskRetried {
                task: task.0,
                attempt_deadline: ms(*attempt_deadline),
            },
            E::ErrorCaught { task, error } => Self::ErrorCaught {
                task: task.0,
                error: error.into(),
            },
            E::EventConsumed { by, event, keys } => Self::EventConsumed {
                by: by
                    .iter()
                    .map(|(task, filter)| EventConsumer {
                        task: task.0,
                        filter: *filter,
                        keys: keys.get(task).cloned().unwrap_or_default(),
                    })
                    .collect(),
                event: event.clone(),
            },
            E::DecisionPaused { remaining } => Self::DecisionPaused {
                remaining: remaining
                    .iter()
                    .map(|left| Remaining {
                        parent: left.parent.0,
                        branch: left.branch,
                        reference: left.reference.as_deref().map(str::to_owned),
                    })
                    .collect(),
            },
            E::DecisionResumed => Self::DecisionResumed,
            E::TimerArmed { due, task } => Self::TimerArmed {
                due: due.0,
                task: task.0,
            },
        }
    }
}

/// Why a stored event cannot be one of the engine's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an instance id")]
pub struct EventError(String);

#[allow(clippy::too_many_lines, reason = "a table: one entry per event")]
impl TryFrom<&Event> for engine::Event {
    type Error = EventError;

    fn try_from(from: &Event) -> Result<Self, EventError> {
        Ok(match from {
            Event::WorkflowStarted {
                instance,
                workflow,
                input,
                transformed,
                deadline,
                since,
                parent,
            } => Self::WorkflowStarted {
                instance: instance.parse().map_err(|_| EventError(instance.clone()))?,
                workflow: workflow.into(),
                input: input.clone(),
                transformed: transformed.clone(),
                deadline: Timestamp(*deadline),
                since: Timestamp(*since),
                parent: parent.as_ref().and_then(Parent::to_engine),
            },
            Event::WorkflowCompleted { output } => Self::WorkflowCompleted {
                output: output.clone(),
            },
            Event::WorkflowFaulted { error } => Self::WorkflowFaulted {
                error: error.into(),
            },
            Event::WorkflowCancelled { reason } => Self::WorkflowCancelled {
                reason: reason.clone(),
            },
            Event::TaskStarted {
                task,
                parent,
                branch,
                reference,
                input,
                deadline,
                activity,
            } => Self::TaskStarted {
                task: Activation(*task),
                parent: Activation(*parent),
                branch: *branch,
                reference: reference.as_str().into(),
                input: input.clone(),
                deadline: time(*deadline),
                activity: activity.into(),
            },
            Event::TaskSkipped {
                parent,
                branch,
                reference,
            } => Self::TaskSkipped {
                parent: Activation(*parent),
                branch: *branch,
                reference: reference.as_str().into(),
            },
            Event::TaskCompleted {
                task,
                output,
                context,
            } => Self::TaskCompleted {
                task: Activation(*task),
                output: output.into(),
                context: context.clone(),
            },
            Event::TaskFaulted { task, error } => Self::TaskFaulted {
                task: Activation(*task),
                error: error.into(),
            },
            Event::TaskCancelled { task } => Self::TaskCancelled {
                task: Activation(*task),
            },
            Event::IterationStarted { task, index } => Self::IterationStarted {
                task: Activation(*task),
                index: *index,
            },
            Event::IterationCompleted {
                task,
                index,
                output,
                context,
            } => Self::IterationCompleted {
                task: Activation(*task),
                index: *index,
                output: output.clone(),
                context: context.clone(),
            },
            Event::RetryScheduled {
                task,
                error,
                retry,
                due,
            } => Self::RetryScheduled {
                task: Activation(*task),
                error: error.into(),
                retry: *retry,
                due: Timestamp(*due),
            },
            Event::TaskRetried {
                task,
                attempt_deadline,
            } => Self::TaskRetried {
                task: Activation(*task),
                attempt_deadline: time(*attempt_deadline),
            },
            Event::ErrorCaught { task, error } => Self::ErrorCaught {
                task: Activation(*task),
                error: error.into(),
            },
            Event::EventConsumed { by, event } => Self::EventConsumed {
                by: by
                    .iter()
                    .map(|by| (Activation(by.task), by.filter))
                    .collect(),
                event: event.clone(),
                keys: by
                    .iter()
                    .filter(|by| !by.keys.is_empty())
                    .map(|by| (Activation(by.task), by.keys.clone()))
                    .collect(),
            },
            Event::DecisionPaused { remaining } => Self::DecisionPaused {
                remaining: remaining
                    .iter()
                    .map(|left| engine::Remaining {
                        parent: Activation(left.parent),
                        branch: left.branch,
                        reference: left.reference.as_deref().map(Into::into),
                    })
                    .collect(),
            },
            Event::DecisionResumed => Self::DecisionResumed,
            Event::TimerArmed { due, task } => Self::TimerArmed {
                due: Timestamp(*due),
                task: Activation(*task),
            },
        })
    }
}
