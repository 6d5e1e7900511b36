//! Deployed workflows: `weir.definitions.<namespace>.<name>.<version>`.

use serde::{Deserialize, Serialize};
use weir_graph as graph;

use super::Format;

/// A deployed workflow: stored once, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// The document, YAML or JSON, as its author wrote it.
    pub source: String,
    /// What it is compiled under.
    pub limits: Limits,
    /// When it was deployed: milliseconds since the Unix epoch.
    pub deployed_at: u64,
}

impl Format for Definition {
    const NAME: &'static str = "definition";
}

/// See [`graph::Limits`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub struct Limits {
    pub workflow_timeout_ms: u64,
    pub action_timeout_ms: u64,
    pub listen_timeout_ms: u64,
    pub wait_ms_max: u64,
    pub for_items_max: u64,
    pub retry_attempts_max: u64,
    pub steps_max: u64,
    pub branches_max: u64,
}

impl From<&graph::Limits> for Limits {
    fn from(from: &graph::Limits) -> Self {
        Self {
            workflow_timeout_ms: from.workflow_timeout_ms,
            action_timeout_ms: from.action_timeout_ms,
            listen_timeout_ms: from.listen_timeout_ms,
            wait_ms_max: from.wait_ms_max,
            for_items_max: from.for_items_max,
            retry_attempts_max: from.retry_attempts_max,
            steps_max: from.steps_max,
            branches_max: from.branches_max,
        }
    }
}

impl From<&Limits> for graph::Limits {
    fn from(from: &Limits) -> Self {
        Self {
            workflow_timeout_ms: from.workflow_timeout_ms,
            action_timeout_ms: from.action_timeout_ms,
            listen_timeout_ms: from.listen_timeout_ms,
            wait_ms_max: from.wait_ms_max,
            for_items_max: from.for_items_max,
            retry_attempts_max: from.retry_attempts_max,
            steps_max: from.steps_max,
            branches_max: from.branches_max,
        }
    }
}
