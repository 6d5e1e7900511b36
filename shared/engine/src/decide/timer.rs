//! The instance's one timer.
//!
//! The state knows everything that is due by itself; the timer announces only the earliest. When
//! it fires, whatever is due happens, and the timer is set to what is next. A timer that is set
//! too early, because what it was set for has been dealt with, fires for nothing and is set anew:
//! that is cheaper than setting it at each step.

use super::{Decider, Work};
use crate::{Activation, Carried, Due, DueKind, Event, Ignored, Timestamp};

impl Decider<'_> {
    /// The timer that was due at `due` fired.
    pub(super) fn fire(&mut self, due: Timestamp) -> Result<(), Ignored> {
        self.clock = self.now.max(due);
        while let Some(&first) = self.state.due.first()
            && first.at <= self.clock
        {
            self.happen(first);
            self.run();
            if self.state.due.contains(&first) {
                // The program is not the one that the instance was started with.
                self.fail(Activation::ROOT, self.unknown(first.task));
            }
        }
        let used_up = self
            .state
            .armed
            .is_some_and(|armed| armed.due <= self.clock);
        self.arm(used_up);
        if self.events.is_empty() {
            return Err(Ignored::NothingDue);
        }
        Ok(())
    }

    fn happen(&mut self, due: Due) {
        match due.kind {
            DueKind::WaitOver => {
                if let Some((compiled, _)) = self.live(due.task) {
                    self.work.push_front(Work::Complete {
                        task: due.task,
                        raw: Carried::Input,
                        flow: compiled.then,
                    });
                }
            }
            DueKind::BackoffOver => self.retry(due.task),
            DueKind::AttemptTimeout => self.attempt_timed_out(due.task, true),
            DueKind::RetryTimeout => self.attempt_timed_out(due.task, false),
            DueKind::TaskTimeout => self.time_out(due.task),
        }
    }

    /// Sets the timer, if it has to be set.
    pub(super) fn arm(&mut self, used_up: bool) {
        let Some(&first) = self.state.due.first() else {
            return;
        };
        let early_enough = self.state.armed.is_some_and(|armed| armed.due <= first.at);
        if used_up || !early_enough {
            self.emit(Event::TimerArmed {
                due: first.at,
                task: first.task,
            });
        }
    }
}
