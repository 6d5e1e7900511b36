//! The numbers that make every definition bounded.

use serde::{Deserialize, Serialize};

/// Defaults where an author wrote no limit, and maxima that no author may exceed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Deadline of a workflow that declares no `timeout`, in milliseconds.
    pub workflow_timeout_ms: u64,
    /// Deadline of a `call` or `run` that declares no `timeout`, in milliseconds.
    pub action_timeout_ms: u64,
    /// Deadline of a `listen` that declares no `timeout`, in milliseconds.
    pub listen_timeout_ms: u64,
    /// Longest `wait`, `timeout` or retry delay that an expression may yield, in milliseconds;
    /// longer ones are clamped.
    pub wait_ms_max: u64,
    /// Items that a `for` may go through when its collection's size is not known statically.
    pub for_items_max: u64,
    /// Retries of a policy that limits neither attempts nor duration.
    pub retry_attempts_max: u64,
    /// Tasks that one instance may start.
    pub steps_max: u64,
    /// Actions that one instance may request.
    pub actions_max: u64,
    /// CloudEvents that one instance may publish.
    pub emits_max: u64,
    /// Events that one instance may write to its journal.
    pub events_max: u64,
    /// How long one instance may take, in milliseconds.
    pub duration_ms_max: u64,
    /// Branches that may run at the same time in one instance.
    pub branches_max: u64,
    /// Other maxima for the workflows of a namespace: `shop.steps_max=1000`, an entry for each.
    pub namespaces: Vec<String>,
    /// Largest message, in bytes. The NATS default is 1 MiB for body and headers together; keep
    /// room for the headers.
    pub payload_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MINUTE_MS: u64 = 60_000;
        const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
        const KIB: u64 = 1024;
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
            namespaces: Vec::new(),
            payload_bytes_max: (1024 - 64) * KIB,
        }
    }
}

impl Limits {
    /// The limits of the workflows of a namespace.
    #[must_use]
    pub fn of(&self, namespace: &str) -> Self {
        let mut limits = self.clone();
        for (name, limit, most) in self.namespaces.iter().filter_map(|entry| parse(entry)) {
            if name == namespace
                && let Some(number) = limits.maximum(limit)
            {
                *number = most;
            }
        }
        limits
    }

    /// The namespaces that have other maxima.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let entries = self.namespaces.iter();
        entries.filter_map(|entry| parse(entry).map(|(name, ..)| name))
    }

    /// Whether every entry of `namespaces` says something.
    pub(super) fn namespaces_are_valid(&self) -> bool {
        let mut scratch = self.clone();
        self.namespaces
            .iter()
            .all(|entry| parse(entry).is_some_and(|(_, limit, _)| scratch.maximum(limit).is_some()))
    }

    fn maximum(&mut self, name: &str) -> Option<&mut u64> {
        match name {
            "steps_max" => Some(&mut self.steps_max),
            "actions_max" => Some(&mut self.actions_max),
            "emits_max" => Some(&mut self.emits_max),
            "events_max" => Some(&mut self.events_max),
            "duration_ms_max" => Some(&mut self.duration_ms_max),
            "branches_max" => Some(&mut self.branches_max),
            _ => None,
        }
    }
}

/// `shop.steps_max=1000`: namespace, limit, number.
fn parse(entry: &str) -> Option<(&str, &str, u64)> {
    let (key, most) = entry.split_once('=')?;
    let (namespace, limit) = key.trim().split_once('.')?;
    Some((namespace, limit, most.trim().parse().ok()?))
}
