//! Gives every task its number before any is compiled, since jumps lead forward too.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_definition::Definition;
use weir_definition::model::Extension;
use weir_definition::model::task::{Task, TaskKind, TaskList};

use super::extension;
use crate::TaskIndex;

/// The tasks by reference, numbered in the order of the document; those of functions come last.
pub(super) fn number(definition: &Definition) -> BTreeMap<Arc<str>, TaskIndex> {
    let extensions = &definition.use_.extensions;
    let mut numbers = Numbers {
        indices: BTreeMap::new(),
        extensions,
    };
    numbers.list(&definition.tasks);
    for function in definition.use_.functions.values() {
        numbers.task(function);
    }
    // Nothing extends the tasks of extensions.
    numbers.extensions = &[];
    for extension in extensions {
        numbers.list(&extension.before);
        numbers.list(&extension.after);
    }
    numbers.indices
}

struct Numbers<'d> {
    indices: BTreeMap<Arc<str>, TaskIndex>,
    extensions: &'d [Extension],
}

impl Numbers<'_> {
    fn list(&mut self, tasks: &TaskList) {
        for named in tasks {
            self.task(&named.task);
        }
    }

    fn add(&mut self, reference: &str) {
        let index = TaskIndex(self.indices.len());
        self.indices.insert(Arc::from(reference), index);
    }

    fn task(&mut self, source: &Task) {
        let extensions = self.extensions.iter().enumerate();
        let applying = extensions.filter(|(_, each)| extension::extends(each, &source.kind));
        for (place, (number, each)) in applying.enumerate() {
            if place == 0 {
                self.add(&extension::in_place_of(&source.pointer));
            }
            if !each.before.is_empty() {
                self.add(&extension::before(&source.pointer, number));
            }
        }
        self.add(&source.pointer);
        match &source.kind {
            TaskKind::Do(tasks) => self.list(tasks),
            TaskKind::For(for_) => self.list(&for_.tasks),
            TaskKind::Fork(fork) => self.list(&fork.branches),
            TaskKind::Try(try_) => {
                self.list(&try_.tasks);
                if let Some(tasks) = &try_.catch.tasks {
                    self.list(tasks);
                }
            }
            TaskKind::Listen(listen) => {
                if let Some(foreach) = &listen.foreach {
                    self.list(&foreach.tasks);
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
}
