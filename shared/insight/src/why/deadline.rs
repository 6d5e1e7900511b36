//! What happens if nothing comes, and whose deadline it is that says so.

use weir_engine::{Activation, DueKind, Timestamp};

use super::{Asked, WaitKind};
use crate::{foresight::foresee, words};

impl Asked<'_> {
    /// What happens if nothing comes.
    pub(super) fn otherwise(&self, activation: Activation, kind: WaitKind) -> String {
        let Some(outlook) = foresee(self.program, self.state, activation) else {
            return "No timer is set for it: a scheduler is about to.".to_owned();
        };
        let what = outlook.text();
        match kind {
            WaitKind::Time | WaitKind::Retry => format!("Then: {what}."),
            WaitKind::Event | WaitKind::Action => {
                let at = words::ahead(outlook.at, self.now);
                let whose = self.whose(activation, outlook.at);
                format!("If nothing comes by {at}, {whose}: {what}.")
            }
        }
    }

    /// Whose deadline it is that ends the wait of `task`.
    fn whose(&self, task: Activation, at: Timestamp) -> String {
        let due = self.state.due.iter();
        let mut of_it = due.filter(|due| due.at <= at && self.is_part(task, due.task));
        let ends = of_it.find(|due| {
            !matches!(
                due.kind,
                DueKind::Resumption | DueKind::BackoffOver | DueKind::WaitOver
            )
        });
        match ends {
            None => "its time is over".to_owned(),
            Some(due) if due.kind == DueKind::TaskTimeout && due.task == task => {
                "its timeout passes".to_owned()
            }
            Some(due) => {
                let name = words::named(self.state, due.task);
                match due.kind {
                    DueKind::AttemptTimeout => format!("the time for an attempt of {name} is over"),
                    DueKind::RetryTimeout => format!("the time for all attempts of {name} is over"),
                    DueKind::TaskTimeout
                    | DueKind::Resumption
                    | DueKind::WaitOver
                    | DueKind::BackoffOver => format!("the timeout of {name} passes"),
                }
            }
        }
    }

    /// Whether `task` is `whole`, or a part of it.
    fn is_part(&self, task: Activation, whole: Activation) -> bool {
        let mut current = Some(task);
        while let Some(activation) = current {
            if activation == whole {
                return true;
            }
            current = self.state.tasks.get(&activation).and_then(|one| one.parent);
        }
        false
    }
}
