//! Timers: `weir.timers.<instance>`.

use serde::{Deserialize, Serialize};

use super::{Format, WorkflowRef};

/// The one timer of an instance: the last message on its subject holds. Empty payload: disarmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Revision of the record that set it: a lower one never replaces a higher one.
    pub revision: u64,
    /// When it fires: milliseconds since the Unix epoch.
    pub due: u64,
    /// What the instance runs.
    pub workflow: WorkflowRef,
    /// JSON pointer to the task whose deadline it is; "" for the workflow.
    pub reference: String,
    /// W3C trace context of the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

impl Format for Timer {
    const NAME: &'static str = "timer";
}
