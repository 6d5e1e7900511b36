//! `use.extensions`: what runs before and after other tasks.
//!
//! An extended task is compiled into three: itself, with what is its own; a task that stands in its
//! place and has a list of what comes before it, itself, and what comes after it; and in that list
//! a task for each extension. The lists of the extensions are compiled once, for all tasks. Where
//! the extended task leads, the one in its place does: there is a copy of what comes after for each
//! of these ways, so that nothing needs to be remembered.

use std::sync::Arc;

use serde_json::Value;
use weir_definition::model::Extension;
use weir_definition::model::task::{Task as Source, TaskKind};
use weir_expression::Data;

use super::Compiler;
use super::list::Siblings;
use super::report::Compiled;
use crate::{Around, Deadline, Flow, Kind, List, ListIndex, Task, TaskIndex, Transform};

/// The compiled lists of an extension.
#[derive(Clone, Copy, Default)]
pub(super) struct Lists {
    before: Option<ListIndex>,
    after: Option<ListIndex>,
}

/// Whether an extension is for a task of this kind.
pub(super) fn extends(extension: &Extension, kind: &TaskKind) -> bool {
    let name = match kind {
        TaskKind::Call(_) => "call",
        TaskKind::Do(_) | TaskKind::Fork(_) => "composite",
        TaskKind::Emit(_) => "emit",
        TaskKind::For(_) => "for",
        TaskKind::Listen(_) => "listen",
        TaskKind::Raise(_) => "raise",
        TaskKind::Run(_) => "run",
        TaskKind::Set(_) => "set",
        TaskKind::Switch(_) => "switch",
        TaskKind::Try(_) => "try",
        TaskKind::Wait(_) => "wait",
    };
    extension.extend == "all" || extension.extend == name
}

/// What stands in the place of an extended task. Of the last two tokens one is its place, as of
/// every task.
pub(super) fn in_place_of(pointer: &str) -> String {
    format!("{pointer} (extended)")
}

/// What runs the list of the extension of this number before a task.
pub(super) fn before(pointer: &str, number: usize) -> String {
    format!("{pointer} (extended)/before/{number}")
}

impl<'d> Compiler<'d> {
    /// Compiles the lists of all extensions. Nothing extends their tasks.
    pub(super) fn compile_extensions(&mut self) -> Compiled<()> {
        let mut compiled = Ok(());
        for extension in &self.definition.use_.extensions {
            self.functions.set_current(Some(&extension.pointer));
            let mut list = |tasks: &'d weir_definition::model::task::TaskList, exit| {
                let found = (!tasks.is_empty()).then(|| self.list_with_exit(tasks, exit));
                found.transpose()
            };
            let before = list(&extension.before, Flow::Out(0));
            let after = list(&extension.after, Flow::Exit);
            match (before, after) {
                (Ok(before), Ok(after)) => self.extensions.push(Lists { before, after }),
                (Err(reported), _) | (_, Err(reported)) => {
                    self.extensions.push(Lists::default());
                    compiled = Err(reported);
                }
            }
        }
        self.functions.set_current(None);
        compiled
    }

    /// Where a task of the document stands: if it is extended, what is in its place.
    pub(super) fn index(&self, source: &Source) -> TaskIndex {
        let extended = self.indices.get(in_place_of(&source.pointer).as_str());
        *extended.unwrap_or(&self.indices[source.pointer.as_str()])
    }

    /// Compiles a task and whatever extends it.
    pub(super) fn task(
        &mut self,
        name: &str,
        source: &'d Source,
        index: TaskIndex,
        siblings: &Siblings<'d>,
    ) -> Compiled<()> {
        let own = self.indices[source.pointer.as_str()];
        if own == index {
            let task = self.plain(name, source, index, siblings)?;
            self.tasks[index.0] = Some(task);
            return Ok(());
        }
        let pointer = format!("{}/then", source.pointer);
        let then = self.flow(source.then.as_ref(), &pointer, siblings)?;
        let list = ListIndex(self.lists.len());
        self.lists.push(List {
            tasks: Vec::new(),
            owner: Some(index),
        });
        for extension in &self.definition.use_.extensions {
            if extends(extension, &source.kind) {
                self.functions.call(&extension.pointer, &extension.pointer);
            }
        }
        self.ways.push(vec![then]);
        let task = self.plain(name, source, own, &siblings.within(list));
        let ways = self.ways.pop().unwrap_or_default();
        let mut task = task?;
        let mut frame = Task {
            index,
            reference: in_place_of(&source.pointer).into(),
            definition: task.definition.clone(),
            list: siblings.list,
            guard: task.guard.take(),
            returns_max: task.returns_max.take(),
            then,
            following: siblings.following,
            ..bare(&task)
        };
        let tasks = self.around(source, &mut task, list, &ways)?;
        self.lists[list.0].tasks = tasks;
        frame.kind = Kind::Extended { list, ways };
        self.tasks[own.0] = Some(task);
        self.tasks[index.0] = Some(frame);
        Ok(())
    }

    /// The list around an extended task, which is made to lead to what comes after it.
    fn around(
        &mut self,
        source: &'d Source,
        task: &mut Task,
        list: ListIndex,
        ways: &[Flow],
    ) -> Compiled<Vec<TaskIndex>> {
        let all = self.definition.use_.extensions.iter();
        let applying: Vec<(usize, &'d Extension)> = all
            .enumerate()
            .filter(|(_, extension)| extends(extension, &source.kind))
            .collect();
        let part = |compiler: &mut Self, extension: &'d Extension| -> Compiled<Task> {
            let guard = extension.when.as_ref();
            let guard = guard.map(|when| compiler.expression(when)).transpose()?;
            Ok(Task {
                name: extension.name.as_str().into(),
                list,
                guard,
                ..bare(task)
            })
        };
        let mut tasks = Vec::new();
        let mut before_it = Vec::new();
        for (number, extension) in &applying {
            if let Some(body) = self.extensions[*number].before {
                let reference = before(&source.pointer, *number);
                let mut part = part(self, extension)?;
                part.index = self.indices[reference.as_str()];
                part.reference = reference.into();
                part.kind = Kind::Around(Around {
                    body,
                    of: task.index,
                    is_before: true,
                });
                tasks.push(part.index);
                before_it.push(part);
            }
        }
        tasks.push(task.index);
        for (place, mut part) in before_it.into_iter().enumerate() {
            part.then = Flow::To(tasks[place + 1]);
            part.following = part.then;
            let index = part.index;
            self.tasks[index.0] = Some(part);
        }
        let mut first = Vec::new();
        for way in 0..ways.len() {
            // From the last to the first, since each leads to the next.
            let mut next = Flow::Out(way);
            let mut after_it = Vec::new();
            for (number, extension) in &applying {
                if let Some(body) = self.extensions[*number].after {
                    let mut part = part(self, extension)?;
                    part.index = TaskIndex(self.tasks.len());
                    let reference =
                        format!("{}/after/{way}/{number}", in_place_of(&source.pointer));
                    part.reference = reference.into();
                    part.kind = Kind::Around(Around {
                        body,
                        of: task.index,
                        is_before: false,
                    });
                    self.indices.insert(part.reference.clone(), part.index);
                    self.tasks.push(None);
                    tasks.push(part.index);
                    after_it.push(part);
                }
            }
            for mut part in after_it.into_iter().rev() {
                part.then = next;
                part.following = next;
                let index = part.index;
                next = Flow::To(index);
                self.tasks[index.0] = Some(part);
            }
            first.push(next);
        }
        lead(task, &first);
        Ok(tasks)
    }

    /// Where a task that is extended leads, as seen from within what is in its place.
    pub(super) fn way(&mut self, to: Flow) -> Flow {
        let Some(ways) = self.ways.last_mut() else {
            return to;
        };
        let place = ways.iter().position(|way| *way == to);
        Flow::Out(place.unwrap_or_else(|| {
            ways.push(to);
            ways.len() - 1
        }))
    }
}

/// Makes a task lead to what comes after it.
fn lead(task: &mut Task, first: &[Flow]) {
    let lead = |flow: &mut Flow| {
        if let Flow::Out(way) = *flow {
            *flow = first.get(way).copied().unwrap_or(*flow);
        }
    };
    lead(&mut task.then);
    task.following = task.then;
    match &mut task.kind {
        Kind::Switch(cases) => cases.iter_mut().for_each(|case| lead(&mut case.then)),
        Kind::Try(attempt) => attempt.catch.then.iter_mut().for_each(lead),
        Kind::Do(_)
        | Kind::Set(_)
        | Kind::For(_)
        | Kind::Fork { .. }
        | Kind::Raise(_)
        | Kind::Wait(_)
        | Kind::Listen(_)
        | Kind::Emit(_)
        | Kind::Call(_)
        | Kind::Invoke(_)
        | Kind::Workflow(_)
        | Kind::Shell(_)
        | Kind::Extended { .. }
        | Kind::Around(_) => {}
    }
}

/// A task that does nothing by itself, of the name of another.
fn bare(task: &Task) -> Task {
    Task {
        index: task.index,
        name: Arc::clone(&task.name),
        reference: Arc::clone(&task.reference),
        definition: Data::from(Value::Null),
        list: task.list,
        guard: None,
        input: Transform::default(),
        output: Transform::default(),
        export: Transform::default(),
        deadline: Deadline::Inherited,
        then: Flow::Exit,
        following: Flow::Exit,
        returns_max: None,
        kind: Kind::Do(task.list),
    }
}
