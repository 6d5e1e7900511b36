//! What single things cost by themselves: events, values and bytes of the journal.
//!
//! Each time the timer is set is an event, too. It is set at most once by each decision but the
//! last, and at most as often as there are deadlines (waits and retries among them), the workflow's
//! own not counted:
//! - A timer that fires uses up the deadline it was set for.
//! - An outcome or event sets the timer only if what it leads to has an earlier deadline than the
//!   one that is set. Then the timer is not set for the deadline of what has ended any more, so
//!   that one is never used up by firing: it stands for this setting.
//! - The start sets the timer once. For it stands the deadline that the last decision would use up;
//!   if that is the workflow's own, something still waits whose deadline has not been used up.

use crate::bound::{EVENT_BYTES, interval_ms};
use crate::flow::{parts, ways};
use crate::{
    Bound, Deadline, Flow, Foreach, Kind, ListIndex, Listen, Mode, Program, Retry, RunWorkflow,
    Task, Transform, Until,
};

/// The instance's own first and last event.
pub(super) fn workflow(program: &Program) -> Bound {
    Bound {
        // Its input as it came, and its output.
        values: 2 + count(program.input.mapping.is_some()),
        ..events(2)
    }
}

/// A task's own activation: its first and last event, and its deadline.
pub(super) fn activation(task: &Task, program: &Program) -> Bound {
    // Such tasks end in the decision they start in.
    let ends_at_once = match &task.kind {
        Kind::Set(_) | Kind::Switch(_) | Kind::Raise(_) | Kind::Emit(_) => true,
        Kind::Call(call) => !call.is_awaited(),
        Kind::Shell(shell) => !shell.await_,
        Kind::Workflow(run) => !run.await_,
        Kind::Do(_)
        | Kind::Invoke(_)
        | Kind::Extended { .. }
        | Kind::Around(_)
        | Kind::For(_)
        | Kind::Fork { .. }
        | Kind::Try(_)
        | Kind::Wait(_)
        | Kind::Listen(_) => false,
    };
    let deadline = count(!ends_at_once && !matches!(task.deadline, Deadline::Inherited));
    let values = count(task.input.mapping.is_some())
        + count(has_value(&task.output) || yields(&task.kind, program))
        + count(has_value(&task.export));
    let mut own = events(2 + deadline);
    own.steps = 1;
    own.values = values;
    own.bytes += length(task);
    own
}

/// A task that was come back to once too often.
pub(super) fn refused(task: &Task) -> Bound {
    let mut own = events(2);
    own.steps = 1;
    own.branches = 1;
    own.bytes += length(task);
    own
}

/// A task that is skipped.
pub(super) fn skipped(task: &Task) -> Bound {
    let mut own = events(1);
    own.bytes += length(task);
    own
}

/// What a task that has no parts does.
pub(super) fn leaf(task: &Task, program: &Program) -> Bound {
    let leaf = match &task.kind {
        Kind::Wait(interval) => Bound {
            duration_ms: interval_ms(interval, &program.limits),
            ..events(1)
        },
        // Their own deadline ends them.
        Kind::Listen(listen) => Bound {
            duration_ms: u64::MAX,
            values: consumed(listen),
            ..events(consumed(listen))
        },
        Kind::Call(call) => action(call.is_awaited()),
        Kind::Shell(shell) => action(shell.await_),
        Kind::Workflow(run) => workflow_run(run),
        Kind::Emit(_) => Bound {
            emits: 1,
            values: 1,
            ..Bound::default()
        },
        Kind::Set(_)
        | Kind::Switch(_)
        | Kind::Raise(_)
        | Kind::Do(_)
        | Kind::Invoke(_)
        | Kind::Extended { .. }
        | Kind::Around(_)
        | Kind::For(_)
        | Kind::Fork { .. }
        | Kind::Try(_) => Bound::default(),
    };
    Bound {
        branches: leaf.branches.max(1),
        ..leaf
    }
}

/// All that the other workflow can do, beside asking for it.
fn workflow_run(run: &RunWorkflow) -> Bound {
    let all = run.bound.unwrap_or_default();
    let own = action(run.await_);
    Bound {
        steps: all.steps,
        actions: all.actions.saturating_add(own.actions),
        emits: all.emits,
        events: all.events,
        values: all.values.saturating_add(own.values),
        bytes: all.bytes,
        // While it is awaited, the task does nothing.
        branches: all.branches,
        duration_ms: own.duration_ms,
    }
}

fn action(is_awaited: bool) -> Bound {
    Bound {
        actions: 1,
        duration_ms: if is_awaited { u64::MAX } else { 0 },
        // The request.
        values: 1,
        ..Bound::default()
    }
}

/// The arguments of a function.
pub(super) fn arguments() -> Bound {
    Bound {
        values: 1,
        ..Bound::default()
    }
}

/// The items of a `for`.
pub(super) fn items() -> Bound {
    Bound {
        values: 1,
        ..Bound::LEAF
    }
}

/// The beginning of an iteration.
pub(super) fn iteration() -> Bound {
    events(1)
}

/// One retry: that it is scheduled, that it begins, the end of its delay, its own deadline.
pub(super) fn retried(retry: &Retry, delay_ms: u64) -> Bound {
    let deadlines = count(delay_ms > 0) + count(retry.attempt_duration.is_some());
    events(2 + deadlines)
}

/// The deadlines of a `try`'s first attempt, and of all together.
pub(super) fn tried(retry: &Retry) -> Bound {
    events(count(retry.attempt_duration.is_some()) + count(retry.duration.is_some()))
}

/// An error that is caught.
pub(super) fn caught() -> Bound {
    events(1)
}

/// One event that a `listen` deals with: the beginning and the end of that; and the timer, which is
/// set anew while the deadline it was set for, that of the `listen`, is still to come.
pub(super) fn dealing(foreach: &Foreach) -> Bound {
    Bound {
        values: count(has_value(&foreach.output)) + count(has_value(&foreach.export)),
        ..events(3)
    }
}

/// The most events that a `listen` consumes: its own, and those of `until`.
fn consumed(listen: &Listen) -> u64 {
    let ending = match &listen.until {
        Some(Until::Events {
            mode: Mode::All,
            from,
        }) => listen.to.filters.len().saturating_sub(*from),
        Some(Until::Events { .. }) => 1,
        Some(Until::Condition(_)) | None => 0,
    };
    let ending = u64::try_from(ending).unwrap_or(u64::MAX);
    listen.events_max.saturating_add(ending)
}

/// Whether its output is a value of its own.
fn yields(kind: &Kind, program: &Program) -> bool {
    match kind {
        Kind::Set(_) => true,
        Kind::Listen(listen) => match &listen.foreach {
            // What it outputs is in the journal already, unless its body ends the workflow.
            Some(foreach) => foreach.body.is_some_and(|body| ends(program, body)),
            None => true,
        },
        // Otherwise it is made of what the journal has already.
        Kind::Fork { branches, .. } => branches.iter().any(|list| ends(program, *list)),
        Kind::Call(call) => call.is_awaited(),
        Kind::Shell(shell) => shell.await_,
        Kind::Workflow(run) => run.await_,
        Kind::Do(_)
        | Kind::Invoke(_)
        | Kind::Extended { .. }
        | Kind::Around(_)
        | Kind::For(_)
        | Kind::Try(_)
        | Kind::Switch(_)
        | Kind::Raise(_)
        | Kind::Wait(_)
        | Kind::Emit(_) => false,
    }
}

/// Whether something in the list may end the workflow.
fn ends(program: &Program, list: ListIndex) -> bool {
    program.list(list).tasks.iter().any(|index| {
        let task = program.task(*index);
        let mut ways = ways(task).into_iter();
        ways.any(|way| way.to == Flow::End)
            // Its tasks are looked at once for all calls; that much is not worth another look.
            || matches!(task.kind, Kind::Invoke(_) | Kind::Around(_))
            || parts(&task.kind)
                .into_iter()
                .any(|list| ends(program, list))
    })
}

fn has_value(transform: &Transform) -> bool {
    transform.mapping.is_some()
}

fn events(count: u64) -> Bound {
    Bound {
        events: count,
        bytes: EVENT_BYTES.saturating_mul(count),
        ..Bound::default()
    }
}

fn length(task: &Task) -> u64 {
    u64::try_from(task.reference.len()).unwrap_or(u64::MAX)
}

fn count(condition: bool) -> u64 {
    u64::from(condition)
}
