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

    /// The stream that `subject` is published to.
    pub fn of_subject(subject: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| {
            let mut filters = stream.subjects().iter();
            filters.any(|filter| subject_matches(filter, subject))
        })
    }

    /// When it lets go of messages.
    pub fn retention(self) -> Retention {
        match self {
            Self::Inbox | Self::Actions => Retention::WorkQueue,
            Self::Events
            | Self::Journal
            | Self::Timers
            | Self::Trace
            | Self::Definitions
            | Self::Dead => Retention::Limits,
        }
    }

    /// How many messages it keeps on one subject, if that is limited: a new one then takes the
    /// place of the oldest.
    pub fn messages_per_subject_max(self) -> Option<u64> {
        match self {
            Self::Timers | Self::Definitions => Some(1),
            Self::Events
            | Self::Inbox
            | Self::Journal
            | Self::Actions
            | Self::Trace
            | Self::Dead => None,
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

/// When a stream lets go of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// At its limits.
    Limits,
    /// Once they are acknowledged; each is for one consumer only.
    WorkQueue,
}

/// Whether `subject` is among those that `filter` stands for: `*` is one token, a final `>` is one
/// or more.
pub fn subject_matches(filter: &str, subject: &str) -> bool {
    let mut tokens = subject.split('.');
    for part in filter.split('.') {
        match (part, tokens.next()) {
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (_, Some(token)) if token == part => {}
            (_, Some(_) | None) => return false,
        }
    }
    tokens.next().is_none()
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_belongs_to_one_stream() {
        for (subject, stream) in [
            ("weir.events.a", Some(Stream::Events)),
            ("weir.events.a.b.c", Some(Stream::Events)),
            ("weir.events", None),
            ("weir.subscriptions.i.1", Some(Stream::Events)),
            ("weir.inbox.n.w.i.start", Some(Stream::Inbox)),
            ("weir.inbox.n.w.i", None),
            ("weir.journal.i", Some(Stream::Journal)),
            ("weir.journal.i.x", None),
            ("weir.dead.WEIR_INBOX", Some(Stream::Dead)),
        ] {
            assert_eq!(Stream::of_subject(subject), stream, "{subject}");
        }
    }
}
