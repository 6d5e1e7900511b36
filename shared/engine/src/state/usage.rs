//! What an instance has used of its bound.

use weir_graph::{Bound, Measure};

use super::{Progress, State};
use crate::{Activity, Event};

/// What an instance has used of its bound, beside [`State::steps`] and [`State::actions`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Events in its journal.
    pub events: u64,
    /// CloudEvents it published.
    pub emits: u64,
    /// Decisions that were recorded in parts. Each pause costs three events that no bound counts.
    pub pauses: u64,
    /// Leaf tasks in progress.
    pub branches: u64,
}

/// Events that a pause costs: that it begins, that it ends, and the timer set between.
const PAUSE_EVENTS: u64 = 3;

impl Usage {
    /// Events in the journal, as bounds count them.
    pub fn bounded_events(&self) -> u64 {
        self.events.saturating_sub(PAUSE_EVENTS * self.pauses)
    }

    pub(crate) fn count(&mut self, event: &Event) {
        self.events += 1;
        if let Event::DecisionPaused { .. } = event {
            self.pauses += 1;
        }
        if let Event::TaskStarted {
            activity: Activity::Emit { .. },
            ..
        } = event
        {
            self.emits += 1;
        }
    }
}

impl Progress {
    /// Whether the task has no parts that run: it counts as a branch while it is in progress.
    pub(crate) fn is_leaf(&self) -> bool {
        match self {
            Self::Instant
            | Self::Emitted { .. }
            | Self::Sleeping { .. }
            | Self::Listening { .. }
            | Self::Acting { .. } => true,
            Self::Sequence { .. }
            | Self::Iterate { .. }
            | Self::Branches { .. }
            | Self::Try { .. } => false,
        }
    }
}

impl State {
    /// The measure that would be more than `bound` says, if a task with this activity started.
    pub(crate) fn exceeded(&self, bound: &Bound, activity: &Activity) -> Option<Measure> {
        let acts = u64::from(matches!(activity, Activity::Action { .. }));
        let emits = u64::from(matches!(activity, Activity::Emit { .. }));
        // It begins and ends; and so will all that is in progress, the instance last.
        let live = u64::try_from(self.tasks.len()).unwrap_or(u64::MAX);
        let used = [
            (Measure::Steps, self.steps + 1),
            (Measure::Actions, self.actions + acts),
            (Measure::Emits, self.usage.emits + emits),
            (Measure::Events, self.usage.bounded_events() + 2 + live),
        ];
        let beyond = used
            .into_iter()
            .find(|(measure, used)| *used > bound.get(*measure));
        beyond.map(|(measure, _)| measure)
    }
}
