//! The last step: cycles and bounds of a compiled program.

use super::Compiler;
use super::report::{Compiled, Reported, code};
use crate::bound::{Bounds, Sizes, bounds};
use crate::cycle::Cycle;
use crate::flow::parts;
use crate::{Around, Bound, Invoke, Kind, Measure, Program, TaskIndex, span};

impl Compiler<'_> {
    /// The program with its bound, if it has one and it is within the limits.
    pub(super) fn check(&mut self, mut program: Program) -> Compiled<Program> {
        let bounds = match bounds::<Bound>(&program, &Sizes::new()) {
            Ok(bounds) => bounds,
            Err(cycles) => {
                for cycle in cycles {
                    self.report_cycle(&program, &cycle);
                }
                return Err(Reported);
            }
        };
        for (measure, most) in self.limits.maxima() {
            if bounds.total.get(measure) > most {
                match measure {
                    Measure::Branches => self.report_branches(&program, &bounds),
                    Measure::Steps
                    | Measure::Actions
                    | Measure::Emits
                    | Measure::Events
                    | Measure::Values
                    | Measure::Bytes
                    | Measure::Duration => self.report_excess(&program, &bounds, measure, most),
                }
            }
        }
        program.bound = bounds.total;
        if !self.diagnostics.is_empty() {
            return Err(Reported);
        }
        self.warn(&program, &bounds);
        Ok(program)
    }

    fn report_cycle(&mut self, program: &Program, cycle: &Cycle) {
        let names: Vec<&str> = cycle
            .tasks
            .iter()
            .map(|index| &*program.task(*index).name)
            .collect();
        let message = format!("`then` leads round in a circle: {}", names.join(" → "));
        let remedy = "a workflow has to end: repeat with `for` (and `while`), retry with `try`, or \
                      say at the one task that all its circles lead back to how often they may: \
                      `metadata: {maxReturns: 10}`";
        self.report(code::CYCLE, &cycle.directive, message, remedy);
    }

    fn report_excess(
        &mut self,
        program: &Program,
        bounds: &Bounds<Bound>,
        measure: Measure,
        most: u64,
    ) {
        let chain = costliest(program, bounds, measure);
        let factors: Vec<String> = chain
            .iter()
            .filter_map(|index| factor(program, *index))
            .collect();
        let place = chain
            .iter()
            .find(|index| factor(program, **index).is_some())
            .or_else(|| chain.first());
        let Some(place) = place else { return };
        let task = program.task(*place);
        let why = if factors.is_empty() {
            format!("most of them in `{}`", task.name)
        } else {
            factors.join(", ")
        };
        let number = bounds.total.get(measure);
        let message = match measure {
            Measure::Duration => format!(
                "the workflow may take {}, more than {}: most of it in `{}`",
                span(number),
                span(most),
                task.name
            ),
            Measure::Actions => {
                format!(
                    "the workflow may request {} actions, more than {most}: {why}",
                    count(number)
                )
            }
            Measure::Emits => {
                format!(
                    "the workflow may emit {} events, more than {most}: {why}",
                    count(number)
                )
            }
            Measure::Events => format!(
                "the workflow may write {} events to its journal, more than {most}: {why}",
                count(number)
            ),
            Measure::Steps | Measure::Values | Measure::Bytes | Measure::Branches => {
                format!(
                    "the workflow may start {} tasks, more than {most}: {why}",
                    count(number)
                )
            }
        };
        let remedy = if measure == Measure::Duration {
            "give the workflow a shorter `timeout`, or what takes longest"
        } else {
            "bound what is iterated (`in: .items[:100]`, or `maxItems` in the task's \
             `input.schema`), or retry fewer times"
        };
        self.report(code::BOUND, &task.reference, message, remedy);
    }

    fn report_branches(&mut self, program: &Program, bounds: &Bounds<Bound>) {
        let forks = program
            .tasks
            .iter()
            .filter(|task| matches!(task.kind, Kind::Fork { .. }));
        let costly = |index: &TaskIndex| bounds.tasks.get(index).map_or(0, |cost| cost.branches);
        // The first of the widest forks is the outermost.
        let widest = forks.min_by_key(|task| std::cmp::Reverse(costly(&task.index)));
        let Some(task) = widest else { return };
        let message = format!(
            "the workflow may have {} branches in progress at the same time, more than {}",
            count(bounds.total.branches),
            self.limits.branches_max,
        );
        let remedy = format!("`{}` is the widest fork: split it into several", task.name);
        self.report(code::BOUND, &task.reference, message, remedy);
    }
}

/// The costliest task of the main list, the costliest one in it, and so on.
fn costliest(program: &Program, bounds: &Bounds<Bound>, measure: Measure) -> Vec<TaskIndex> {
    let mut chain = Vec::new();
    let mut lists = vec![program.root];
    loop {
        let tasks = lists.iter().flat_map(|list| &program.list(*list).tasks);
        let cost = |index: &&TaskIndex| bounds.tasks.get(index).map_or(0, |cost| cost.get(measure));
        // The first of the costliest, since `max_by_key` takes the last.
        let Some(index) = tasks.min_by_key(|index| std::cmp::Reverse(cost(index))) else {
            return chain;
        };
        chain.push(*index);
        let kind = &program.task(*index).kind;
        if let Kind::Extended { .. } | Kind::Around(_) = kind {
            chain.pop();
        }
        lists = if let Kind::Invoke(Invoke { body, .. }) | Kind::Around(Around { body, .. }) = kind
        {
            vec![*body]
        } else {
            parts(kind)
        };
    }
}

/// By how much a task multiplies what is in it, for people.
fn factor(program: &Program, index: TaskIndex) -> Option<String> {
    let task = program.task(index);
    match &task.kind {
        Kind::For(for_) if for_.items_max > 1 => Some(format!(
            "`{}` iterates up to {} times",
            task.name, for_.items_max
        )),
        Kind::Listen(listen) if listen.foreach.is_some() && listen.events_max > 1 => Some(format!(
            "`{}` handles up to {} events",
            task.name, listen.events_max
        )),
        Kind::Try(try_) => {
            let retries = try_
                .catch
                .retry
                .as_ref()
                .map_or(0, |retry| retry.attempts_max);
            (retries > 0).then(|| format!("`{}` retries up to {retries} times", task.name))
        }
        Kind::For(_)
        | Kind::Do(_)
        | Kind::Fork { .. }
        | Kind::Set(_)
        | Kind::Switch(_)
        | Kind::Raise(_)
        | Kind::Wait(_)
        | Kind::Listen(_)
        | Kind::Emit(_)
        | Kind::Call(_)
        | Kind::Invoke(_)
        | Kind::Extended { .. }
        | Kind::Around(_)
        | Kind::Workflow(_)
        | Kind::Shell(_) => None,
    }
}

fn count(number: u64) -> String {
    if number == u64::MAX {
        "uncountably many".to_owned()
    } else {
        format!("up to {number}")
    }
}
