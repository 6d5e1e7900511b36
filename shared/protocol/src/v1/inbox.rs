//! Messages to instances: `weir.inbox.<namespace>.<workflow>.<instance>.<kind>`.

use serde::{Deserialize, Serialize};
use weir_engine::{self as engine, Activation, InstanceId, Message, Timestamp};
use weir_expression::Data;

use super::{Format, WorkflowError, WorkflowRef, data};

/// Begin: `….start`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Which workflow, and exactly which version.
    pub workflow: WorkflowRef,
    /// Raw input; null when none was given.
    #[serde(with = "data")]
    pub input: Data,
    /// When the event that caused it was accepted (milliseconds since the Unix epoch, broker's
    /// clock); absent: when this message was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// Who waits for it to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
}

/// See [`engine::Parent`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Which instance.
    pub instance: String,
    /// What that runs.
    pub workflow: WorkflowRef,
    /// Number of the activation that waits.
    pub task: u64,
    /// JSON pointer to the task.
    pub reference: String,
}

impl From<&engine::Parent> for Parent {
    fn from(from: &engine::Parent) -> Self {
        Self {
            instance: from.instance.to_string(),
            workflow: (&from.workflow).into(),
            task: from.task.0,
            reference: from.reference.to_string(),
        }
    }
}

impl Parent {
    /// As the engine has it; none, if the instance's id is none.
    pub fn to_engine(&self) -> Option<engine::Parent> {
        Some(engine::Parent {
            instance: self.instance.parse().ok()?,
            workflow: (&self.workflow).into(),
            task: Activation(self.task),
            reference: self.reference.as_str().into(),
        })
    }
}

/// An action is done: `….outcome`. Exactly one of `output` and `error` is set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The action's id, as requested.
    pub id: String,
    /// The activation that waits for it, as requested.
    pub task: u64,
    /// Its raw output.
    #[serde(
        default,
        with = "data::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub output: Option<Data>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<WorkflowError>,
    /// Who did it, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executor: Option<String>,
}

/// A deadline has passed: `….timeout`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeout {
    /// When it was due: milliseconds since the Unix epoch.
    pub due: u64,
    /// JSON pointer to the task whose deadline it is; "" for the workflow.
    pub reference: String,
    /// When it fired, by the timer's clock.
    pub fired_at: u64,
}

/// An event that may be wanted: `….event`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventReceived {
    /// The whole CloudEvent, as JSON.
    #[serde(with = "data")]
    pub event: Data,
}

/// Stop: `….cancel`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Format for Start {
    const NAME: &'static str = "start message";
}
impl Format for Outcome {
    const NAME: &'static str = "outcome message";
}
impl Format for Timeout {
    const NAME: &'static str = "timeout message";
}
impl Format for EventReceived {
    const NAME: &'static str = "event message";
}
impl Format for Cancel {
    const NAME: &'static str = "cancel message";
}

impl Start {
    /// As the engine's message, for a start that was stored at `stored_at_ms`.
    pub fn to_message(&self, instance: InstanceId, stored_at_ms: u64) -> Message {
        Message::StartInstance(engine::StartInstance {
            instance,
            workflow: (&self.workflow).into(),
            input: self.input.clone(),
            since: Timestamp(self.since.unwrap_or(stored_at_ms)),
            parent: self.parent.as_ref().and_then(Parent::to_engine),
        })
    }
}

impl Outcome {
    /// As the engine's message.
    pub fn to_message(&self) -> Message {
        let outcome = match (&self.output, &self.error) {
            (_, Some(error)) => engine::Outcome::Failed(error.into()),
            (Some(output), None) => engine::Outcome::Completed(output.clone()),
            (None, None) => engine::Outcome::Completed(Data::from(serde_json::Value::Null)),
        };
        Message::ActionReported {
            task: Activation(self.task),
            outcome,
        }
    }
}

impl Timeout {
    /// As the engine's message.
    pub fn to_message(&self) -> Message {
        Message::TimerFired {
            due: Timestamp(self.due),
        }
    }
}

impl EventReceived {
    /// As the engine's message.
    pub fn to_message(&self) -> Message {
        Message::EventReceived {
            event: self.event.clone(),
        }
    }
}

impl Cancel {
    /// As the engine's message.
    pub fn to_message(&self) -> Message {
        Message::CancelInstance {
            reason: self.reason.clone(),
        }
    }
}
