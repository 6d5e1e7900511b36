//! How bounds combine.

use crate::{Bound, Measure, TaskIndex};

/// How often something is repeated at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub max: u64,
    /// The loop whose size it is, if that is not the same for every input.
    pub of: Option<TaskIndex>,
}

impl Times {
    pub fn exactly(max: u64) -> Self {
        Self { max, of: None }
    }
}

/// What costs can be: numbers, or formulas over the sizes of inputs.
pub(crate) trait Cost: Clone {
    /// A cost that is the same for every input.
    fn of(bound: Bound) -> Self;
    /// One after the other.
    fn then(&self, next: &Self) -> Self;
    /// Side by side.
    fn beside(&self, other: &Self) -> Self;
    /// One or the other: the worse of each measure.
    fn or(&self, other: &Self) -> Self;
    /// So many times, one after the other.
    fn times(&self, times: Times) -> Self;
    /// So many times, the last of which costs `last`.
    fn times_last(&self, last: &Self, times: Times) -> Self;
    /// Cut off after so long.
    fn within(&self, duration_ms: u64) -> Self;
    /// One of its numbers, under the largest sizes.
    fn number(&self, measure: Measure) -> u64;
}

impl Bound {
    /// One leaf in progress; its activation is counted apart.
    pub(crate) const LEAF: Self = Self {
        steps: 0,
        actions: 0,
        emits: 0,
        events: 0,
        values: 0,
        bytes: 0,
        branches: 1,
        duration_ms: 0,
    };

    fn zip(self, other: Self, combine: impl Fn(Measure, u64, u64) -> u64) -> Self {
        Self::from_fn(|measure| combine(measure, self.get(measure), other.get(measure)))
    }
}

impl Cost for Bound {
    fn of(bound: Self) -> Self {
        bound
    }

    fn then(&self, next: &Self) -> Self {
        self.zip(*next, |measure, one, other| {
            if measure == Measure::Branches {
                one.max(other)
            } else {
                one.saturating_add(other)
            }
        })
    }

    fn beside(&self, other: &Self) -> Self {
        self.zip(*other, |measure, one, other| {
            if measure == Measure::Duration {
                one.max(other)
            } else {
                one.saturating_add(other)
            }
        })
    }

    fn or(&self, other: &Self) -> Self {
        self.zip(*other, |_, one, other| one.max(other))
    }

    fn times(&self, times: Times) -> Self {
        Self::from_fn(|measure| {
            if measure == Measure::Branches && times.max > 0 {
                self.branches
            } else {
                self.get(measure).saturating_mul(times.max)
            }
        })
    }

    fn times_last(&self, last: &Self, times: Times) -> Self {
        let before = Times::exactly(times.max.saturating_sub(1));
        self.times(before).then(last)
    }

    fn within(&self, duration_ms: u64) -> Self {
        Self {
            duration_ms: self.duration_ms.min(duration_ms),
            ..*self
        }
    }

    fn number(&self, measure: Measure) -> u64 {
        self.get(measure)
    }
}
