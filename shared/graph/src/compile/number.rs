//! Gives every task its number before any is compiled, since jumps lead forward too.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_definition::model::task::{TaskKind, TaskList};

use crate::TaskIndex;

/// The tasks by reference, numbered in the order of the document.
pub(super) fn number(tasks: &TaskList) -> BTreeMap<Arc<str>, TaskIndex> {
    let mut indices = BTreeMap::new();
    visit(tasks, &mut indices);
    indices
}

fn visit(tasks: &TaskList, indices: &mut BTreeMap<Arc<str>, TaskIndex>) {
    for named in tasks {
        let index = TaskIndex(indices.len());
        indices.insert(Arc::from(named.task.pointer.as_str()), index);
        match &named.task.kind {
            TaskKind::Do(tasks) => visit(tasks, indices),
            TaskKind::For(for_) => visit(&for_.tasks, indices),
            TaskKind::Fork(fork) => visit(&fork.branches, indices),
            TaskKind::Try(try_) => {
                visit(&try_.tasks, indices);
                if let Some(tasks) = &try_.catch.tasks {
                    visit(tasks, indices);
                }
            }
            // The tasks of `listen.foreach` are not compiled: it is not supported.
            TaskKind::Call(_)
            | TaskKind::Emit(_)
            | TaskKind::Listen(_)
            | TaskKind::Raise(_)
            | TaskKind::Run(_)
            | TaskKind::Set(_)
            | TaskKind::Switch(_)
            | TaskKind::Wait(_) => {}
        }
    }
}
