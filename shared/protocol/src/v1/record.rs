//! The journal's record, and what several forms share.

use serde::{Deserialize, Serialize};
use weir_engine as engine;

use super::{Event, Format};

/// One decision: `weir.journal.<instance>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// 1, 2, …
    pub revision: u64,
    /// Where the store keeps the record before this one; 0 for the first.
    pub previous: u64,
    /// When it was decided, in milliseconds since the Unix epoch, by the scheduler's clock.
    pub at: u64,
    /// What led to it.
    pub cause: Cause,
    /// W3C trace context of the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl Format for Record {
    const NAME: &'static str = "journal record";
}

/// The message that led to a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The inbox kind: `start`, `outcome`, `timeout`, `event`, `cancel`.
    pub kind: String,
    /// Its content-derived id.
    pub id: String,
}

/// One version of one workflow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WorkflowRef {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Semantic version.
    pub version: String,
}

impl From<&weir_graph::WorkflowRef> for WorkflowRef {
    fn from(from: &weir_graph::WorkflowRef) -> Self {
        Self {
            namespace: from.namespace.clone(),
            name: from.name.clone(),
            version: from.version.clone(),
        }
    }
}

impl From<&WorkflowRef> for weir_graph::WorkflowRef {
    fn from(from: &WorkflowRef) -> Self {
        Self {
            namespace: from.namespace.clone(),
            name: from.name.clone(),
            version: from.version.clone(),
        }
    }
}

/// An error, as problem details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowError {
    /// Type URI.
    #[serde(rename = "type")]
    pub type_: String,
    /// Status code.
    pub status: u64,
    /// Short summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What happened this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// JSON pointer to the task it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

impl From<&engine::WorkflowError> for WorkflowError {
    fn from(from: &engine::WorkflowError) -> Self {
        let engine::WorkflowError {
            type_,
            status,
            title,
            detail,
            instance,
        } = from.clone();
        Self {
            type_,
            status,
            title,
            detail,
            instance,
        }
    }
}

impl From<&WorkflowError> for engine::WorkflowError {
    fn from(from: &WorkflowError) -> Self {
        let WorkflowError {
            type_,
            status,
            title,
            detail,
            instance,
        } = from.clone();
        Self {
            type_,
            status,
            title,
            detail,
            instance,
        }
    }
}
