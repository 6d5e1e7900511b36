//! Task lists, and where flow directives lead in them.

use weir_definition::model::task::{FlowDirective, NamedTask, TaskList};

use super::{Compiler, report::code};
use crate::{Flow, List, ListIndex, TaskIndex};

/// The list a task is in, and its place there: what its directives are resolved by.
pub(super) struct Siblings<'d> {
    pub list: ListIndex,
    tasks: &'d [NamedTask],
    indices: Vec<TaskIndex>,
    /// Where `continue` leads.
    pub following: Flow,
}

impl<'d> Compiler<'d> {
    /// Compiles a list that runs in sequence.
    pub(super) fn list(
        &mut self,
        tasks: &'d TaskList,
        owner: Option<TaskIndex>,
    ) -> Option<ListIndex> {
        self.sequence(tasks, owner)
    }

    /// Compiles the branches of a fork: a list for each.
    pub(super) fn branches(
        &mut self,
        branches: &'d TaskList,
        owner: TaskIndex,
    ) -> Option<Vec<ListIndex>> {
        let lists: Vec<_> = branches
            .iter()
            .map(|branch| self.sequence(std::slice::from_ref(branch), Some(owner)))
            .collect();
        lists.into_iter().collect()
    }

    fn sequence(&mut self, tasks: &'d [NamedTask], owner: Option<TaskIndex>) -> Option<ListIndex> {
        let list = ListIndex(self.lists.len());
        let indices: Vec<_> = tasks
            .iter()
            .filter_map(|named| self.indices.get(named.task.pointer.as_str()).copied())
            .collect();
        self.lists.push(List {
            tasks: indices.clone(),
            owner,
        });
        let mut siblings = Siblings {
            list,
            tasks,
            indices,
            following: Flow::Exit,
        };
        let mut sound = true;
        for (place, named) in tasks.iter().enumerate() {
            let next = siblings.indices.get(place + 1);
            siblings.following = next.map_or(Flow::Exit, |next| Flow::To(*next));
            sound &= self.task(named, &siblings).is_some();
        }
        sound.then_some(list)
    }

    /// Where the directive at `pointer` leads; none means on.
    pub(super) fn flow(
        &mut self,
        directive: Option<&FlowDirective>,
        pointer: &str,
        siblings: &Siblings<'_>,
    ) -> Option<Flow> {
        match directive {
            None | Some(FlowDirective::Continue) => Some(siblings.following),
            Some(FlowDirective::Exit) => Some(Flow::Exit),
            Some(FlowDirective::End) => Some(Flow::End),
            Some(FlowDirective::Task(name)) => {
                let place = siblings.tasks.iter().position(|task| task.name == *name);
                let index = place.and_then(|place| siblings.indices.get(place));
                if index.is_none() {
                    let message = format!("`then: {name}` leads nowhere");
                    let remedy = "name a task of the same list";
                    self.report(code::UNKNOWN, pointer, message, remedy);
                }
                index.copied().map(Flow::To)
            }
        }
    }
}
