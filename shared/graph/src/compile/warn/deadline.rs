//! Deadlines that never come, because one round them is earlier; and waits that never end.

use weir_definition::diagnostic::code;

use super::Compiler;
use crate::flow::parts;
use crate::{Deadline, Interval, Kind, ListIndex, Program, Task, TaskIndex, span};

/// The earliest deadline round a task, counted from where it begins.
#[derive(Clone, Debug)]
struct Enclosing {
    ms: u64,
    /// For people.
    what: String,
    /// What to do about it.
    remedy: String,
}

impl Compiler<'_> {
    pub(super) fn warn_deadlines(&mut self, program: &Program) {
        let whole = match &program.deadline {
            Deadline::Own(Interval::Literal(ms)) => Some(Enclosing {
                ms: *ms,
                what: format!("the workflow's timeout of {}", span(*ms)),
                remedy: "give the workflow a longer `timeout`, or this a shorter one".to_owned(),
            }),
            Deadline::Default(ms) => Some(Enclosing {
                ms: *ms,
                what: format!("the workflow's default timeout of {}", span(*ms)),
                remedy: "give the workflow a `timeout` of its own".to_owned(),
            }),
            Deadline::Own(Interval::Computed(_)) | Deadline::Inherited => None,
        };
        self.deadlines_in(program, program.root, whole.as_ref());
    }

    fn deadlines_in(&mut self, program: &Program, list: ListIndex, round: Option<&Enclosing>) {
        for index in &program.list(list).tasks {
            self.deadlines_of(program, *index, round);
        }
    }

    fn deadlines_of(&mut self, program: &Program, index: TaskIndex, round: Option<&Enclosing>) {
        let task = program.task(index);
        let own = own(task);
        if let (Some(own), Some(round)) = (&own, round)
            && own.ms > round.ms
        {
            let message = format!(
                "the timeout of {} never comes: {} is earlier",
                span(own.ms),
                round.what
            );
            let pointer = format!("{}/timeout", task.reference);
            self.report(code::LATE_TIMEOUT, &pointer, message, round.remedy.clone());
        }
        let inner = own
            .as_ref()
            .filter(|own| round.is_none_or(|round| own.ms <= round.ms))
            .or(round);
        if let (Kind::Wait(Interval::Literal(ms)), Some(inner)) = (&task.kind, inner)
            && *ms > inner.ms
        {
            let message = format!(
                "the wait of {} never ends: {} is earlier",
                span(*ms),
                inner.what
            );
            let pointer = format!("{}/wait", task.reference);
            self.report(code::LATE_WAIT, &pointer, message, inner.remedy.clone());
        }
        let attempts = attempts(task).filter(|own| inner.is_none_or(|inner| own.ms < inner.ms));
        let tried = if let Kind::Try(try_) = &task.kind {
            Some(try_.body)
        } else {
            None
        };
        for list in parts(&task.kind) {
            let round = if tried == Some(list) {
                attempts.as_ref().or(inner)
            } else {
                inner
            };
            self.deadlines_in(program, list, round);
        }
    }
}

fn own(task: &Task) -> Option<Enclosing> {
    let Deadline::Own(Interval::Literal(ms)) = &task.deadline else {
        return None;
    };
    Some(Enclosing {
        ms: *ms,
        what: format!("the timeout of `{}`, {},", task.name, span(*ms)),
        remedy: format!(
            "give `{}` a longer `timeout`, or this a shorter one",
            task.name
        ),
    })
}

/// How long each attempt of a `try` may take, or all of them.
fn attempts(task: &Task) -> Option<Enclosing> {
    let Kind::Try(try_) = &task.kind else {
        return None;
    };
    let retry = try_.catch.retry.as_ref()?;
    let limits = [&retry.attempt_duration, &retry.duration];
    let literal = limits.into_iter().filter_map(|limit| match limit {
        Some(Interval::Literal(ms)) => Some(*ms),
        Some(Interval::Computed(_)) | None => None,
    });
    let ms = literal.min()?;
    Some(Enclosing {
        ms,
        what: format!("the time for attempts of `{}`, {},", task.name, span(ms)),
        remedy: "give the attempts more time under `retry.limit`, or this less".to_owned(),
    })
}
