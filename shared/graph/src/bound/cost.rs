//! How bounds combine.

use crate::Bound;

impl Bound {
    /// One leaf in progress; its activation is counted apart.
    pub(super) const LEAF: Self = Self {
        steps: 0,
        actions: 0,
        duration_ms: 0,
        branches: 1,
    };

    /// One after the other.
    pub(super) fn then(self, next: Self) -> Self {
        Self {
            steps: self.steps.saturating_add(next.steps),
            actions: self.actions.saturating_add(next.actions),
            duration_ms: self.duration_ms.saturating_add(next.duration_ms),
            branches: self.branches.max(next.branches),
        }
    }

    /// Side by side.
    pub(super) fn beside(self, other: Self) -> Self {
        Self {
            steps: self.steps.saturating_add(other.steps),
            actions: self.actions.saturating_add(other.actions),
            duration_ms: self.duration_ms.max(other.duration_ms),
            branches: self.branches.saturating_add(other.branches),
        }
    }

    /// One or the other: the worse of each measure.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            steps: self.steps.max(other.steps),
            actions: self.actions.max(other.actions),
            duration_ms: self.duration_ms.max(other.duration_ms),
            branches: self.branches.max(other.branches),
        }
    }

    /// So many times, one after the other.
    pub(super) fn times(self, count: u64) -> Self {
        Self {
            steps: self.steps.saturating_mul(count),
            actions: self.actions.saturating_mul(count),
            duration_ms: self.duration_ms.saturating_mul(count),
            branches: if count == 0 { 0 } else { self.branches },
        }
    }

    /// Cut off after so long.
    pub(super) fn within(self, duration_ms: u64) -> Self {
        Self {
            duration_ms: self.duration_ms.min(duration_ms),
            ..self
        }
    }
}
