//! Tasks that no way leads to.

use std::collections::BTreeSet;

use weir_definition::diagnostic::code;

use super::Compiler;
use crate::bound::Bounds;
use crate::{Bound, Flow, Kind, List, Program, TaskIndex};

impl Compiler<'_> {
    pub(super) fn warn_unreachable(&mut self, program: &Program, bounds: &Bounds<Bound>) {
        let mut unreachable = BTreeSet::new();
        for list in &program.lists {
            // What is in a task that is not reached need not be said too.
            if list.owner.is_some_and(|owner| unreachable.contains(&owner)) {
                unreachable.extend(&list.tasks);
                continue;
            }
            // Nor of what extensions are made of: their authors wrote it for many tasks.
            let extended = |owner| matches!(program.task(owner).kind, Kind::Extended { .. });
            if list.owner.is_some_and(extended) {
                continue;
            }
            let reached = reached(list, bounds);
            let missed = list.tasks.iter().filter(|task| !reached.contains(task));
            for index in missed.copied() {
                unreachable.insert(index);
                let task = program.task(index);
                let message = format!("`{}` is never run: no way leads to it", task.name);
                let remedy = "lead a `then` of this list to it, or remove it";
                self.report(code::UNREACHABLE, &task.reference, message, remedy);
            }
        }
    }
}

/// The tasks of a list that some way from its first one leads to.
fn reached(list: &List, bounds: &Bounds<Bound>) -> BTreeSet<TaskIndex> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<TaskIndex> = list.tasks.first().copied().into_iter().collect();
    while let Some(index) = open.pop() {
        if reached.insert(index) {
            let ways = bounds.ways.get(&index).into_iter().flatten();
            open.extend(ways.filter_map(|to| match to {
                Flow::To(next) => Some(*next),
                Flow::Exit | Flow::Out(_) | Flow::End => None,
            }));
        }
    }
    reached
}
