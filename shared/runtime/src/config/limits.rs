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
    /// Branches that may run at the same time in one instance.
    pub branches_max: u64,
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
            branches_max: 1_000,
            payload_bytes_max: (1024 - 64) * KIB,
        }
    }
}
