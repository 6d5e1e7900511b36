//! Which branches of a race are sure to end it.

use crate::{Deadline, Interval, Kind, ListIndex, Program, Task, Transform};

/// Whether the list ends well whatever happens: nothing in it is evaluated, and nobody is asked.
pub(crate) fn is_certain(program: &Program, list: ListIndex) -> bool {
    let mut tasks = program.list(list).tasks.iter();
    tasks.all(|index| is_certain_task(program, program.task(*index)))
}

fn is_certain_task(program: &Program, task: &Task) -> bool {
    let does = match &task.kind {
        Kind::Wait(Interval::Literal(_)) => true,
        Kind::Set(value) => value.is_literal(),
        Kind::Do(list) => is_certain(program, *list),
        Kind::Wait(Interval::Computed(_))
        | Kind::Switch(_)
        | Kind::For(_)
        | Kind::Fork { .. }
        | Kind::Try(_)
        | Kind::Raise(_)
        | Kind::Listen(_)
        | Kind::Emit(_)
        | Kind::Call(_)
        | Kind::Invoke(_)
        | Kind::Extended { .. }
        | Kind::Around(_)
        | Kind::Workflow(_)
        | Kind::Shell(_) => false,
    };
    let plain = [&task.input, &task.output, &task.export];
    let plain = plain.into_iter().all(is_plain);
    // It may be come back to too often.
    let plain = plain && task.returns_max.is_none();
    // A deadline of its own could come before its end.
    let untimed = matches!(task.deadline, Deadline::Inherited);
    does && plain && untimed && task.guard.is_none()
}

fn is_plain(transform: &Transform) -> bool {
    transform.schema.is_none() && transform.mapping.is_none()
}
