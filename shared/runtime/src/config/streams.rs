//! What the streams keep, and for how long.

use serde::{Deserialize, Serialize};

/// Partitions of the inbox. Fixed: changing it would move instances between consumers while their
/// messages are in flight.
pub const PARTITIONS: u8 = 8;

/// Retention of the streams. Ages are in seconds and sizes in bytes, as NATS states them; 0 means
/// without limit. Applied when a stream is created: an existing one is verified, never altered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Streams {
    /// How long an event can still be found by a `listen` that opens after it, in seconds.
    pub events_age_max_s: u64,
    /// Size at which the store refuses further events, in bytes.
    pub events_bytes_max: u64,
    /// How long a trace can be read, in seconds.
    pub trace_age_max_s: u64,
    /// Size at which the oldest trace goes, in bytes.
    pub trace_bytes_max: u64,
    /// How long journals are kept, in seconds. Shorter than the longest workflow loses instances.
    pub journal_age_max_s: u64,
    /// Size at which the store refuses further decisions, in bytes.
    pub journal_bytes_max: u64,
    /// How long messages that could not be processed are kept for replay, in seconds.
    pub dead_age_max_s: u64,
    /// How long the broker remembers message ids to drop duplicates, in milliseconds. Only spares
    /// work, correctness does not depend on it; its memory grows with it.
    pub duplicate_window_ms: u64,
}

impl Default for Streams {
    fn default() -> Self {
        const DAY_S: u64 = 24 * 60 * 60;
        Self {
            events_age_max_s: 7 * DAY_S,
            events_bytes_max: 0,
            trace_age_max_s: 7 * DAY_S,
            trace_bytes_max: 0,
            journal_age_max_s: 0,
            journal_bytes_max: 0,
            dead_age_max_s: 30 * DAY_S,
            duplicate_window_ms: 120_000,
        }
    }
}
