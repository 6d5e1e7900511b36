//! The static bound of a workflow: what it can cost at most.

/// The most that one instance can do, whatever its input, the outcomes and the timing.
///
/// All numbers saturate; a value of `u64::MAX` reads "more than can be counted" and is refused by
/// the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// Tasks started (each activation counts: iterations and retries too).
    pub steps: u64,
    /// Actions requested of executors (`call`, `run`).
    pub actions: u64,
    /// Longest wall-clock time, in milliseconds.
    pub duration_ms: u64,
    /// Most leaf tasks in progress at the same time.
    pub branches: u64,
}
