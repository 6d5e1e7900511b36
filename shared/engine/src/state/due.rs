//! What happens by itself once its time has come.

use crate::{Activation, Paused, Progress, TaskState, Timestamp, TryPhase};

/// Something that happens to a task at a point in time. Ordered as it is handled: by time; at the
/// same time, first what ends well, then what times out, the outer before the inner, and last what
/// begins anew or goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: DueKind,
    /// To which task; [`Activation::ROOT`] is the workflow.
    pub task: Activation,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DueKind {
    /// A `wait` has waited.
    WaitOver,
    /// The task, or the workflow, times out.
    TaskTimeout,
    /// A `try` has tried for too long in all.
    RetryTimeout,
    /// A `try`'s current attempt has taken too long.
    AttemptTimeout,
    /// A `try` tries again.
    BackoffOver,
    /// The workflow goes on where a decision was paused.
    Resumption,
}

impl DueKind {
    fn is_timeout(self) -> bool {
        match self {
            Self::Resumption | Self::WaitOver | Self::BackoffOver => false,
            Self::TaskTimeout | Self::RetryTimeout | Self::AttemptTimeout => true,
        }
    }
}

impl Paused {
    pub(crate) fn due(&self) -> Due {
        Due {
            at: self.since,
            kind: DueKind::Resumption,
            task: Activation::ROOT,
        }
    }
}

impl TaskState {
    /// Everything that happens to this task by itself.
    pub(crate) fn due(&self, task: Activation) -> impl Iterator<Item = Due> {
        self.times().map(move |(kind, at)| Due { at, kind, task })
    }

    /// When this task, not counting what it is part of, times out.
    pub(crate) fn deadlines(&self) -> impl Iterator<Item = Timestamp> {
        self.times()
            .filter(|(kind, _)| kind.is_timeout())
            .map(|(_, at)| at)
    }

    fn times(&self) -> impl Iterator<Item = (DueKind, Timestamp)> {
        let own = self.deadline.map(|at| (DueKind::TaskTimeout, at));
        let [first, second] = self.progress.times();
        own.into_iter().chain(first).chain(second)
    }
}

impl Progress {
    fn times(&self) -> [Option<(DueKind, Timestamp)>; 2] {
        match self {
            Self::Sleeping { until } => [Some((DueKind::WaitOver, *until)), None],
            Self::Try {
                phase,
                retry_deadline,
                ..
            } => {
                let retry = retry_deadline.map(|at| (DueKind::RetryTimeout, at));
                match phase {
                    TryPhase::Trying { deadline } => {
                        [deadline.map(|at| (DueKind::AttemptTimeout, at)), retry]
                    }
                    TryPhase::Backoff { due } => [Some((DueKind::BackoffOver, *due)), retry],
                    TryPhase::Catching { .. } => [None, None],
                }
            }
            Self::Instant
            | Self::Emitted { .. }
            | Self::Sequence { .. }
            | Self::Iterate { .. }
            | Self::Branches { .. }
            | Self::Listening { .. }
            | Self::Acting { .. } => [None, None],
        }
    }
}
