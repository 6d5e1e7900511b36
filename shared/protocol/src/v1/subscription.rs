//! Subscriptions: `weir.subscriptions.…`, in one order with the events they want.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Format, WorkflowRef};

/// An open subscription: the last message on its subject holds. Empty payload: closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenSubscription {
    /// Whose definition holds the filters.
    pub workflow: WorkflowRef,
    /// Who wants the events.
    #[serde(flatten)]
    pub listener: Listener,
}

/// Who wants the events of a subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "listener", rename_all = "kebab-case")]
pub enum Listener {
    /// The workflow's `schedule.on`: a matching event starts an instance of this version.
    Trigger {
        /// It took the place of a former version's, and events accepted from here on are for it
        /// (milliseconds since the Unix epoch, broker's clock). Absent: those stored after it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<u64>,
    },
    /// A `listen` of a running instance.
    Instance {
        /// The instance.
        instance: String,
        /// The listen's activation.
        task: u64,
        /// JSON pointer to the listen: its filters.
        reference: String,
        /// Events accepted earlier are not for it: milliseconds since the Unix epoch, broker's
        /// clock.
        since: u64,
        /// By filter: correlation name → expected value.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        expected: Vec<BTreeMap<String, Value>>,
    },
}

impl Format for OpenSubscription {
    const NAME: &'static str = "subscription";
}
