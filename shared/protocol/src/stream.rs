//! The streams, by role.

use std::fmt;

/// Inbox partitions: how far the work of schedulers can be spread.
pub const PARTITIONS: u8 = 8;

/// A JetStream stream, or its stand-in in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// CloudEvents from and for the world, and the subscriptions to them, in one order.
    Events,
    /// Messages to instances, partitioned.
    Inbox,
    /// One record a decision: the truth.
    Journal,
    /// Actions for executors and workers.
    Actions,
    /// Each instance's next deadline.
    Timers,
    /// Lifecycle CloudEvents for people.
    Trace,
    /// Deployed workflows.
    Definitions,
    /// Messages that could not be processed, with the reason.
    Dead,
}

impl Stream {
    /// All of them, in the order they are provisioned.
    pub const ALL: [Self; 8] = [
        Self::Events,
        Self::Inbox,
        Self::Journal,
        Self::Actions,
        Self::Timers,
        Self::Trace,
        Self::Definitions,
        Self::Dead,
    ];

    /// Its name on the broker.
    pub fn name(self) -> &'static str {
        match self {
            Self::Events => "WEIR_EVENTS",
            Self::Inbox => "WEIR_INBOX",
            Self::Journal => "WEIR_JOURNAL",
            Self::Actions => "WEIR_ACTIONS",
            Self::Timers => "WEIR_TIMERS",
            Self::Trace => "WEIR_TRACE",
            Self::Definitions => "WEIR_DEFINITIONS",
            Self::Dead => "WEIR_DEAD",
        }
    }

    /// The subjects it listens on.
    pub fn subjects(self) -> &'static [&'static str] {
        match self {
            Self::Events => &["weir.events.>", "weir.subscriptions.>"],
            Self::Inbox => &["weir.inbox.*.*.*.*"],
            Self::Journal => &["weir.journal.*"],
            Self::Actions => &["weir.actions.*"],
            Self::Timers => &["weir.timers.*"],
            Self::Trace => &["weir.trace.*.*.*.*"],
            Self::Definitions => &["weir.definitions.*.*.*"],
            Self::Dead => &["weir.dead.>"],
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
