//! Workflows that run workflows: which, and in what order they can be deployed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Kind, Program, WorkflowRef};

impl Program {
    /// The workflows that it runs, each with a task that does (a JSON pointer).
    pub fn callees(&self) -> BTreeMap<&WorkflowRef, &str> {
        let runs = self.tasks.iter().filter_map(|task| match &task.kind {
            Kind::Workflow(run) => Some((&run.workflow, &*task.reference)),
            Kind::Do(_)
            | Kind::Set(_)
            | Kind::Switch(_)
            | Kind::For(_)
            | Kind::Fork { .. }
            | Kind::Try(_)
            | Kind::Raise(_)
            | Kind::Wait(_)
            | Kind::Emit(_)
            | Kind::Listen(_)
            | Kind::Call(_)
            | Kind::Invoke(_)
            | Kind::Extended { .. }
            | Kind::Around(_)
            | Kind::Shell(_) => None,
        });
        runs.collect()
    }
}

/// The order in which `programs` can be deployed, as places among them: whatever is run comes
/// before what runs it. Others that they run are taken to be deployed already.
///
/// # Errors
/// A circle of workflows, each running the next: its first is its last.
pub fn callees_first(programs: &[&Program]) -> Result<Vec<usize>, Vec<WorkflowRef>> {
    let places = programs.iter().enumerate();
    let mut search = Search {
        programs,
        places: places
            .map(|(at, program)| (&program.workflow, at))
            .collect(),
        path: Vec::new(),
        done: BTreeSet::new(),
        order: Vec::new(),
    };
    for at in 0..programs.len() {
        search.visit(at)?;
    }
    Ok(search.order)
}

struct Search<'a> {
    programs: &'a [&'a Program],
    places: BTreeMap<&'a WorkflowRef, usize>,
    /// From where the search began to where it is.
    path: Vec<usize>,
    done: BTreeSet<usize>,
    order: Vec<usize>,
}

impl Search<'_> {
    fn visit(&mut self, at: usize) -> Result<(), Vec<WorkflowRef>> {
        if self.done.contains(&at) {
            return Ok(());
        }
        if let Some(first) = self.path.iter().position(|on| *on == at) {
            let circle = self.path[first..].iter().chain([&at]);
            return Err(circle
                .map(|at| self.programs[*at].workflow.clone())
                .collect());
        }
        self.path.push(at);
        for callee in self.programs[at].callees().into_keys() {
            if let Some(at) = self.places.get(callee) {
                self.visit(*at)?;
            }
        }
        self.path.pop();
        self.done.insert(at);
        self.order.push(at);
        Ok(())
    }
}
