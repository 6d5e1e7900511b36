//! Deployed workflows: `weir.definitions.<namespace>.<name>.<version>`.

use serde::{Deserialize, Serialize};
use weir_graph as graph;

use super::{Format, WorkflowRef};

/// A deployed workflow: stored once, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// The document, YAML or JSON, as its author wrote it.
    pub source: String,
    /// What it is compiled under.
    pub limits: Limits,
    /// The most that an instance can do, as it was when it was deployed. Absent in what was
    /// deployed before bounds were stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// When it was deployed: milliseconds since the Unix epoch.
    pub deployed_at: u64,
}

impl Format for Definition {
    const NAME: &'static str = "definition";
}

/// See [`graph::Bound`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub struct Bound {
    pub steps: u64,
    pub actions: u64,
    pub emits: u64,
    pub events: u64,
    pub values: u64,
    pub bytes: u64,
    pub branches: u64,
    pub duration_ms: u64,
}

impl From<&graph::Bound> for Bound {
    fn from(from: &graph::Bound) -> Self {
        Self {
            steps: from.steps,
            actions: from.actions,
            emits: from.emits,
            events: from.events,
            values: from.values,
            bytes: from.bytes,
            branches: from.branches,
            duration_ms: from.duration_ms,
        }
    }
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
    #[serde(default = "unlimited")]
    pub actions_max: u64,
    #[serde(default = "unlimited")]
    pub emits_max: u64,
    #[serde(default = "unlimited")]
    pub events_max: u64,
    #[serde(default = "unlimited")]
    pub duration_ms_max: u64,
    pub branches_max: u64,
    /// The bounds of the workflows that it runs, as they were deployed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub callees: Vec<Callee>,
}

/// A workflow that another runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callee {
    /// Which.
    pub workflow: WorkflowRef,
    /// What it can cost.
    pub bound: Bound,
}

impl From<&Bound> for graph::Bound {
    fn from(from: &Bound) -> Self {
        Self {
            steps: from.steps,
            actions: from.actions,
            emits: from.emits,
            events: from.events,
            values: from.values,
            bytes: from.bytes,
            branches: from.branches,
            duration_ms: from.duration_ms,
        }
    }
}

/// What was deployed before there was such a limit stays deployed.
fn unlimited() -> u64 {
    u64::MAX
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
            actions_max: from.actions_max,
            emits_max: from.emits_max,
            events_max: from.events_max,
            duration_ms_max: from.duration_ms_max,
            branches_max: from.branches_max,
            callees: from
                .callees
                .iter()
                .map(|(workflow, bound)| Callee {
                    workflow: workflow.into(),
                    bound: bound.into(),
                })
                .collect(),
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
            actions_max: from.actions_max,
            emits_max: from.emits_max,
            events_max: from.events_max,
            duration_ms_max: from.duration_ms_max,
            branches_max: from.branches_max,
            callees: from
                .callees
                .iter()
                .map(|callee| ((&callee.workflow).into(), (&callee.bound).into()))
                .collect(),
        }
    }
}
