//! Errors on their way up: from where they are raised to the nearest `try` that catches them.

use super::Decider;
use crate::{Activation, ErrorKind, Event, Progress, TryPhase, WorkflowError};

impl Decider<'_> {
    /// Ends `task` with `error`, and all that it is part of, up to the nearest `try` that catches
    /// the error, or to the workflow. What else is part of those is cancelled.
    pub(super) fn fail(&mut self, task: Activation, mut error: WorkflowError) {
        if error.instance.is_none() && task != Activation::ROOT {
            error.instance = Some(self.reference(task).to_string());
        }
        let mut failed = task;
        loop {
            self.cancel_parts(failed);
            if failed == Activation::ROOT {
                return self.last(Event::WorkflowFaulted { error });
            }
            let Some(state) = self.state.tasks.get(&failed) else {
                return;
            };
            let parent = state.parent.unwrap_or_default();
            self.emit(Event::TaskFaulted {
                task: failed,
                error: error.clone(),
            });
            match self.stop_at(parent, error) {
                Ok(()) => return,
                Err(escaping) => error = escaping,
            }
            failed = parent;
        }
    }

    /// Whether `frame` stops the error of a part of it. Otherwise, the error to pass on.
    fn stop_at(&mut self, frame: Activation, error: WorkflowError) -> Result<(), WorkflowError> {
        let progress = self.state.tasks.get(&frame).map(|state| &state.progress);
        match progress {
            // In a race, the error of one does not end the others. If all end with an error, the
            // last one's escapes.
            Some(Progress::Branches {
                count,
                compete: true,
                faulted,
                ..
            }) if faulted.len() < *count => Ok(()),
            Some(Progress::Try {
                phase: TryPhase::Trying { .. },
                ..
            }) => self.attempt_failed(frame, error, true),
            _ => Err(error),
        }
    }

    /// `task` has taken too long.
    pub(super) fn time_out(&mut self, task: Activation) {
        let what = if task == Activation::ROOT {
            "the workflow"
        } else {
            "the task"
        };
        let error = self.timeout_error(task, &format!("{what} took longer than its timeout"));
        self.fail(task, error);
    }

    pub(super) fn timeout_error(&self, task: Activation, detail: &str) -> WorkflowError {
        let mut error = ErrorKind::Timeout.error(detail);
        if task != Activation::ROOT {
            error.instance = Some(self.reference(task).to_string());
        }
        error
    }
}
