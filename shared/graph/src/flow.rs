//! The ways out of a task: what the engine may follow, and so what cycles and bounds look at.

use crate::{Flow, Kind, ListIndex, Task};

/// What makes a way be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The task's `if` was false.
    Skipped,
    /// It ended well.
    Then,
    /// This case of a `switch` was chosen.
    Case(usize),
    /// It is a `try` that caught an error.
    Caught,
}

/// One way out of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Why.
    pub via: Via,
    /// Where it leads.
    pub to: Flow,
}

/// Every way out of a task but an error.
pub fn ways(task: &Task) -> Vec<Way> {
    let mut ways = Vec::new();
    let mut add = |via, to| ways.push(Way { via, to });
    if task.guard.is_some() {
        add(Via::Skipped, task.following);
    }
    match &task.kind {
        Kind::Switch(cases) => {
            for (place, case) in cases.iter().enumerate() {
                add(Via::Case(place), case.then);
            }
            if cases.iter().all(|case| case.when.is_some()) {
                add(Via::Then, task.then);
            }
        }
        Kind::Try(try_) => {
            add(Via::Then, task.then);
            add(Via::Caught, try_.catch.then.unwrap_or(task.then));
        }
        Kind::Extended { ways, .. } => {
            for to in ways {
                add(Via::Then, *to);
            }
        }
        Kind::Around(around) => {
            add(Via::Then, task.then);
            if around.is_before {
                add(Via::Then, Flow::Out(0));
            }
        }
        Kind::Raise(_) => {}
        Kind::Do(_)
        | Kind::Set(_)
        | Kind::For(_)
        | Kind::Fork { .. }
        | Kind::Wait(_)
        | Kind::Listen(_)
        | Kind::Emit(_)
        | Kind::Call(_)
        | Kind::Invoke(_)
        | Kind::Workflow(_)
        | Kind::Shell(_) => add(Via::Then, task.then),
    }
    ways
}

/// The lists in a task. A function that it calls is not in it: others may call it, too.
pub fn parts(kind: &Kind) -> Vec<ListIndex> {
    match kind {
        Kind::Do(list) | Kind::Extended { list, .. } => vec![*list],
        Kind::For(for_) => vec![for_.body],
        Kind::Fork { branches, .. } => branches.clone(),
        Kind::Try(try_) => [try_.body].into_iter().chain(try_.catch.body).collect(),
        Kind::Listen(listen) => listen.body().into_iter().collect(),
        Kind::Set(_)
        | Kind::Switch(_)
        | Kind::Raise(_)
        | Kind::Wait(_)
        | Kind::Emit(_)
        | Kind::Call(_)
        | Kind::Invoke(_)
        | Kind::Around(_)
        | Kind::Workflow(_)
        | Kind::Shell(_) => Vec::new(),
    }
}
