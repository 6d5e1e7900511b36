//! Task lists, and where flow directives lead in them.

use weir_definition::model::task::{FlowDirective, NamedTask, TaskList};

use super::Compiler;
use super::report::{Compiled, code};
use crate::{Flow, List, ListIndex, TaskIndex};

/// The list a task is in, and its place there: what its directives are resolved by.
pub(super) struct Siblings<'d> {
    pub list: ListIndex,
    tasks: &'d [NamedTask],
    indices: Vec<TaskIndex>,
    /// Where `continue` leads.
    pub following: Flow,
    /// Where `exit` leads.
    exit: Flow,
    /// Whether it is of a task that is extended: then what is in its place leads on.
    is_extended: bool,
}

impl Siblings<'_> {
    /// Of a task that stands alone.
    pub(super) fn none(list: ListIndex) -> Self {
        Self {
            list,
            tasks: &[],
            indices: Vec::new(),
            following: Flow::Exit,
            exit: Flow::Exit,
            is_extended: false,
        }
    }

    /// Of the same task in the list of what is in its place.
    pub(super) fn within(&self, list: ListIndex) -> Self {
        Self {
            list,
            tasks: self.tasks,
            indices: self.indices.clone(),
            following: self.following,
            exit: self.exit,
            is_extended: true,
        }
    }
}

impl<'d> Compiler<'d> {
    /// Compiles a list that runs in sequence.
    pub(super) fn list(
        &mut self,
        tasks: &'d TaskList,
        owner: Option<TaskIndex>,
    ) -> Compiled<ListIndex> {
        self.sequence(tasks, owner, Flow::Exit)
    }

    /// Compiles a list that belongs to no task.
    pub(super) fn list_with_exit(
        &mut self,
        tasks: &'d TaskList,
        exit: Flow,
    ) -> Compiled<ListIndex> {
        self.sequence(tasks, None, exit)
    }

    /// Compiles the branches of a fork: a list for each.
    pub(super) fn branches(
        &mut self,
        branches: &'d TaskList,
        owner: TaskIndex,
    ) -> Compiled<Vec<ListIndex>> {
        let lists: Vec<_> = branches
            .iter()
            .map(|branch| self.sequence(std::slice::from_ref(branch), Some(owner), Flow::Exit))
            .collect();
        lists.into_iter().collect()
    }

    fn sequence(
        &mut self,
        tasks: &'d [NamedTask],
        owner: Option<TaskIndex>,
        exit: Flow,
    ) -> Compiled<ListIndex> {
        let list = ListIndex(self.lists.len());
        let indices: Vec<_> = tasks.iter().map(|named| self.index(&named.task)).collect();
        self.lists.push(List {
            tasks: indices.clone(),
            owner,
        });
        let mut siblings = Siblings {
            list,
            tasks,
            indices,
            following: Flow::Exit,
            exit,
            is_extended: false,
        };
        let mut compiled = Ok(());
        for (place, named) in tasks.iter().enumerate() {
            let index = siblings.indices[place];
            let next = siblings.indices.get(place + 1);
            siblings.following = next.map_or(Flow::Exit, |next| Flow::To(*next));
            compiled = compiled.and(self.task(&named.name, &named.task, index, &siblings));
        }
        compiled.map(|()| list)
    }

    /// Where the directive at `pointer` leads; none means on.
    pub(super) fn flow(
        &mut self,
        directive: Option<&FlowDirective>,
        pointer: &str,
        siblings: &Siblings<'_>,
    ) -> Compiled<Flow> {
        let to = match directive {
            None | Some(FlowDirective::Continue) => Ok(siblings.following),
            Some(FlowDirective::Exit) => Ok(siblings.exit),
            Some(FlowDirective::End) => Ok(Flow::End),
            Some(FlowDirective::Task(name)) => {
                let place = siblings.tasks.iter().position(|task| task.name == *name);
                let index = place.and_then(|place| siblings.indices.get(place));
                index.copied().map(Flow::To).ok_or_else(|| {
                    let message = format!("`then: {name}` leads nowhere");
                    let remedy = "name a task of the same list";
                    self.report(code::UNKNOWN, pointer, message, remedy)
                })
            }
        }?;
        Ok(if siblings.is_extended {
            self.way(to)
        } else {
            to
        })
    }
}
