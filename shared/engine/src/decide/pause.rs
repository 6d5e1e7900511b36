//! Decisions that grow too large are paused, and resumed by the timer at once.
//!
//! A decision is recorded as a whole, or not at all, and stores limit the size of a record. So a
//! loop over a thousand items that never waits is several decisions.

use super::{Decider, Work};
use crate::{Event, Remaining};

/// With this many events a record is full.
const EVENTS_MAX: usize = 1_000;
/// With about this many bytes a record is full. A single step may be larger; then it is a record
/// of its own.
const BYTES_MAX: usize = 256 * 1024;

impl Decider<'_> {
    pub(super) fn is_full(&self) -> bool {
        self.events.len() >= EVENTS_MAX || self.bytes >= BYTES_MAX
    }

    /// Leaves `work` to another decision, if that is possible.
    pub(super) fn put_off(&mut self, work: Work) -> Option<Work> {
        self.remaining.push(match work {
            Work::Enter {
                task,
                parent,
                branch,
            } => Remaining {
                parent,
                branch,
                reference: Some(self.program.task(task).reference.clone()),
            },
            Work::Leave { parent } => Remaining {
                parent,
                branch: 0,
                reference: None,
            },
            Work::Complete { .. } => return Some(work),
        });
        None
    }

    /// Says what is left to another decision.
    pub(super) fn pause(&mut self) {
        let remaining = std::mem::take(&mut self.remaining);
        if !remaining.is_empty() && !self.state.status.is_final() {
            self.emit(Event::DecisionPaused { remaining });
        }
    }

    /// Takes up what was left.
    pub(super) fn resume(&mut self) {
        let Some(paused) = self.state.paused.clone() else {
            return;
        };
        self.emit(Event::DecisionResumed);
        for Remaining {
            parent,
            branch,
            reference,
        } in paused.remaining
        {
            let Some(reference) = reference else {
                self.work.push_back(Work::Leave { parent });
                continue;
            };
            // Of another program there may be no such task: then nothing goes on, until a deadline.
            if let Some(task) = self.program.find(&reference) {
                self.work.push_back(Work::Enter {
                    task: task.index,
                    parent,
                    branch,
                });
            }
        }
    }
}
