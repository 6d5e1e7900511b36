//! The bound, explained: as formulas over the sizes of inputs, with what they assume, task by task.
//!
//! The numbers are those of [`Program::bound`]: both are computed by the same rules, and a formula
//! under its largest sizes is the number.

mod assume;
mod input;
mod path;
mod span;
mod why;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::assume::Assumption;
pub use self::input::sizes;
pub use self::span::span;
use crate::bound::formula::Formulas;
use crate::bound::{Bounds, Cost, Sizes, bounds, deadline_ms};
use crate::{Bound, Deadline, Kind, ListIndex, Measure, Program, TaskIndex};

/// A bound and where it comes from.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The numbers.
    pub bound: Bound,
    /// The same as formulas.
    pub formulas: Formulas,
    /// What both rest on, in the order of the document.
    pub assumptions: Vec<Assumption>,
    /// The main list.
    pub tasks: Vec<Node>,
    /// What formulas call the loops' sizes.
    names: BTreeMap<TaskIndex, String>,
}

/// A task in an [`Analysis`].
#[derive(Clone, Debug)]
pub struct Node {
    /// Which.
    pub task: TaskIndex,
    /// Its name.
    pub name: Arc<str>,
    /// JSON pointer to it.
    pub reference: Arc<str>,
    /// `do`, `call`, …
    pub kind: &'static str,
    /// What one activation can cost, with all that is in it.
    pub bound: Bound,
    /// The same as formulas.
    pub formulas: Formulas,
    /// Where the numbers come from, for people.
    pub why: Vec<String>,
    /// The measures on whose costliest path it is.
    pub costliest: Vec<Measure>,
    /// What is in it.
    pub parts: Vec<Part>,
}

/// A list in a task.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it is to the task: `do`, `try`, `catch`, or a branch's name.
    pub label: String,
    /// Its tasks, in the order of the document.
    pub tasks: Vec<Node>,
}

/// Explains the bound of a program.
pub fn analyze(program: &Program) -> Analysis {
    analyze_with(program, &BTreeMap::new())
}

/// Explains the bound of a program if loops have these sizes, by reference: see [`sizes`].
pub fn analyze_with(program: &Program, sizes: &BTreeMap<String, u64>) -> Analysis {
    let sizes: Sizes<'_> = sizes.iter().map(|(name, size)| (&**name, *size)).collect();
    // A program has no cycles: it would not have been compiled.
    let numbers = bounds::<Bound>(program, &sizes).unwrap_or_else(|_| nothing(program));
    let formulas = bounds::<Formulas>(program, &sizes).unwrap_or_else(|_| nothing(program));
    let build = Build {
        program,
        sizes: &sizes,
        costliest: path::costliest(program, &numbers),
        numbers: &numbers,
        formulas: &formulas,
        names: assume::names(program, &sizes),
    };
    Analysis {
        bound: numbers.total,
        tasks: build.list(program.root, build.within_ms(&program.deadline, u64::MAX)),
        assumptions: assume::assumptions(program, &sizes, &build.names),
        formulas: formulas.total.clone(),
        names: build.names,
    }
}

fn nothing<C: Cost>(program: &Program) -> Bounds<C> {
    Bounds {
        total: C::of(program.bound),
        tasks: BTreeMap::new(),
        next: BTreeMap::new(),
        ways: BTreeMap::new(),
    }
}

impl Analysis {
    /// The formula of one measure of the whole, for people: `3 + 4·n`.
    pub fn formula(&self, measure: Measure) -> String {
        self.render(&self.formulas, measure)
    }

    /// The formula of one measure of a node.
    pub fn formula_of(&self, node: &Node, measure: Measure) -> String {
        self.render(&node.formulas, measure)
    }

    fn render(&self, formulas: &Formulas, measure: Measure) -> String {
        let name = |task: TaskIndex| self.names.get(&task).cloned().unwrap_or_default();
        let number = |number: u64| {
            if measure == Measure::Duration {
                span(number)
            } else {
                number.to_string()
            }
        };
        formulas.get(measure).render(&name, &number)
    }
}

struct Build<'a> {
    program: &'a Program,
    sizes: &'a Sizes<'a>,
    numbers: &'a Bounds<Bound>,
    formulas: &'a Bounds<Formulas>,
    costliest: BTreeMap<TaskIndex, Vec<Measure>>,
    names: BTreeMap<TaskIndex, String>,
}

impl Build<'_> {
    /// How long what has this deadline can take, as a part of what can take so long.
    fn within_ms(&self, deadline: &Deadline, whole_ms: u64) -> u64 {
        let own_ms = deadline_ms(deadline, &self.program.limits);
        own_ms.map_or(whole_ms, |own_ms| own_ms.min(whole_ms))
    }

    fn list(&self, list: ListIndex, within_ms: u64) -> Vec<Node> {
        let tasks = self.program.list(list).tasks.iter();
        tasks.map(|index| self.node(*index, within_ms)).collect()
    }

    fn node(&self, index: TaskIndex, within_ms: u64) -> Node {
        let task = self.program.task(index);
        let bound = self.numbers.tasks.get(&index);
        let formulas = self.formulas.tasks.get(&index);
        let nothing = || Cost::of(Bound::default());
        let within_ms = self.within_ms(&task.deadline, within_ms);
        Node {
            task: index,
            name: task.name.clone(),
            reference: task.reference.clone(),
            kind: task.kind.name(),
            bound: bound.copied().unwrap_or_default().within(within_ms),
            formulas: formulas.cloned().unwrap_or_else(nothing).within(within_ms),
            why: why::why(self.program, task, self.sizes, &self.names),
            costliest: self.costliest.get(&index).cloned().unwrap_or_default(),
            parts: self.parts(&task.kind, within_ms),
        }
    }

    fn parts(&self, kind: &Kind, within_ms: u64) -> Vec<Part> {
        let part = |label: &str, list| Part {
            label: label.to_owned(),
            tasks: self.list(list, within_ms),
        };
        match kind {
            Kind::Do(list) => vec![part("do", *list)],
            Kind::Extended { list, .. } => vec![part("with extensions", *list)],
            Kind::For(for_) => vec![part("do", for_.body)],
            Kind::Try(try_) => {
                let handler = try_.catch.body.map(|list| part("catch", list));
                [part("try", try_.body)]
                    .into_iter()
                    .chain(handler)
                    .collect()
            }
            Kind::Fork { branches, .. } => {
                let name = |list: ListIndex| {
                    let first = self.program.list(list).tasks.first();
                    first.map_or("", |task| &*self.program.task(*task).name)
                };
                branches
                    .iter()
                    .map(|list| part(name(*list), *list))
                    .collect()
            }
            Kind::Listen(listen) => {
                let body = listen.body().map(|list| part("foreach", list));
                body.into_iter().collect()
            }
            // A function is called from several places: its numbers are in those of each call.
            Kind::Invoke(_)
            | Kind::Around(_)
            | Kind::Set(_)
            | Kind::Switch(_)
            | Kind::Raise(_)
            | Kind::Wait(_)
            | Kind::Emit(_)
            | Kind::Call(_)
            | Kind::Workflow(_)
            | Kind::Shell(_) => Vec::new(),
        }
    }
}
