//! The numbers that make everything bounded where the author wrote none.

use std::collections::BTreeMap;

use crate::{Bound, Measure, WorkflowRef};

/// Defaults and maxima a definition is compiled under.
///
/// They are stored with the deployed definition, so that every scheduler decides alike whatever
/// its own configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Deadline of a workflow that declares no `timeout`.
    pub workflow_timeout_ms: u64,
    /// Deadline of a `call` or `run` that declares no `timeout`.
    pub action_timeout_ms: u64,
    /// Deadline of a `listen` that declares no `timeout`.
    pub listen_timeout_ms: u64,
    /// Longest `wait`, timeout or retry delay that an expression may yield; longer ones are
    /// clamped.
    pub wait_ms_max: u64,
    /// Items a `for` may enumerate when its collection's size is not known statically.
    pub for_items_max: u64,
    /// Retries of a policy that limits neither attempts nor duration.
    pub retry_attempts_max: u64,
    /// Tasks one instance may start.
    pub steps_max: u64,
    /// Actions one instance may request.
    pub actions_max: u64,
    /// CloudEvents one instance may publish.
    pub emits_max: u64,
    /// Events one instance may write to its journal.
    pub events_max: u64,
    /// How long one instance may take.
    pub duration_ms_max: u64,
    /// Branches that may run at the same time in one instance.
    pub branches_max: u64,
    /// The bounds of the workflows that it runs (`run.workflow`), as they are deployed.
    pub callees: BTreeMap<WorkflowRef, Bound>,
}

impl Default for Limits {
    fn default() -> Self {
        const MINUTE_MS: u64 = 60_000;
        const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
        Self {
            workflow_timeout_ms: 7 * DAY_MS,
            action_timeout_ms: 5 * MINUTE_MS,
            listen_timeout_ms: DAY_MS,
            wait_ms_max: 366 * DAY_MS,
            for_items_max: 1_000,
            retry_attempts_max: 10,
            steps_max: 1_000_000,
            actions_max: 1_000_000,
            emits_max: 1_000_000,
            events_max: 20_000_000,
            duration_ms_max: 3_660 * DAY_MS,
            branches_max: 1_000,
            callees: BTreeMap::new(),
        }
    }
}

impl Limits {
    /// What no bound may exceed.
    pub fn maxima(&self) -> [(Measure, u64); 6] {
        [
            (Measure::Steps, self.steps_max),
            (Measure::Actions, self.actions_max),
            (Measure::Emits, self.emits_max),
            (Measure::Events, self.events_max),
            (Measure::Branches, self.branches_max),
            (Measure::Duration, self.duration_ms_max),
        ]
    }
}
