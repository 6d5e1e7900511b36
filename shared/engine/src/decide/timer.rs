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
        let armed = self.state.armed.map(|armed| armed.due);
        // Only of the timer that is set it is believed that its time has come, should this clock
        // be behind the timer's. Any other is a late repetition.
        if armed == Some(due) {
            self.clock = self.now.max(due);
        }
        while let Some(&first) = self.state.due.first()
            && first.at <= self.clock
            && !self.is_full()
        {
            self.happen(first);
            self.run();
            if self.state.due.contains(&first) {
                // The program is not the one that the instance was started with.
                self.fail(Activation::ROOT, self.unknown(first.task));
            }
        }
        self.pause();
        self.arm(armed.is_some_and(|armed| armed <= self.clock));
        if self.events.is_empty() {
            return Err(Ignored::NothingDue);
        }
        Ok(())
    }

    fn happen(&mut self, due: Due) {
        match due.kind {
            DueKind::Resumption => self.resume(),
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

    /// Sets the timer, if it has to be set: none is, or a later one, or it is `used_up`.
    ///
    /// It is never set to a time that has come. So an instance's timers are due at different
    /// times, by which their messages are told from repetitions.
    pub(super) fn arm(&mut self, used_up: bool) {
        let Some(&first) = self.state.due.first() else {
            return;
        };
        let due = first.at.max(self.clock.plus_ms(1));
        let early_enough = self.state.armed.is_some_and(|armed| armed.due <= due);
        if used_up || !early_enough {
            self.emit(Event::TimerArmed {
                due,
                task: first.task,
            });
        }
    }
}
