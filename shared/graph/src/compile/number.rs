//! Gives every task its number before any is compiled, since jumps lead forward too.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_definition::Definition;
use weir_definition::model::task::{Task, TaskKind, TaskList};

use crate::TaskIndex;

/// The tasks by reference, numbered in the order of the document; those of functions come last.
pub(super) fn number(definition: &Definition) -> BTreeMap<Arc<str>, TaskIndex> {
    let mut indices = BTreeMap::new();
    list(&definition.tasks, &mut indices);
    for function in definition.use_.functions.values() {
        task(function, &mut indices);
    }
    indices
}

fn list(tasks: &TaskList, indices: &mut BTreeMap<Arc<str>, TaskIndex>) {
    for named in tasks {
        task(&named.task, indices);
    }
}

fn task(source: &Task, indices: &mut BTreeMap<Arc<str>, TaskIndex>) {
    let index = TaskIndex(indices.len());
    indices.insert(Arc::from(source.pointer.as_str()), index);
    match &source.kind {
        TaskKind::Do(tasks) => list(tasks, indices),
        TaskKind::For(for_) => list(&for_.tasks, indices),
        TaskKind::Fork(fork) => list(&fork.branches, indices),
        TaskKind::Try(try_) => {
            list(&try_.tasks, indices);
            if let Some(tasks) = &try_.catch.tasks {
                list(tasks, indices);
            }
        }
        TaskKind::Listen(listen) => {
            if let Some(foreach) = &listen.foreach {
                list(&foreach.tasks, indices);
            }
        }
        TaskKind::Call(_)
        | TaskKind::Emit(_)
        | TaskKind::Raise(_)
        | TaskKind::Run(_)
        | TaskKind::Set(_)
        | TaskKind::Switch(_)
        | TaskKind::Wait(_) => {}
    }
}
