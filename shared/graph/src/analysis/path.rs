//! The costliest path, for each measure.

use std::collections::BTreeMap;

use crate::bound::Bounds;
use crate::{Around, Bound, Invoke, Kind, ListIndex, Measure, Program, TaskIndex};

/// The tasks on the costliest path of each measure that is not 0.
pub(super) fn costliest(
    program: &Program,
    bounds: &Bounds<Bound>,
) -> BTreeMap<TaskIndex, Vec<Measure>> {
    let mut found = BTreeMap::new();
    for measure in Measure::ALL {
        if bounds.total.get(measure) > 0 {
            let mut walk = Walk {
                program,
                bounds,
                measure,
                found: &mut found,
            };
            walk.list(program.root);
        }
    }
    found
}

struct Walk<'a> {
    program: &'a Program,
    bounds: &'a Bounds<Bound>,
    measure: Measure,
    found: &'a mut BTreeMap<TaskIndex, Vec<Measure>>,
}

impl Walk<'_> {
    fn list(&mut self, list: ListIndex) {
        let mut current = self.program.list(list).tasks.first().copied();
        while let Some(index) = current {
            if self.cost(index) > 0 {
                self.found.entry(index).or_default().push(self.measure);
                self.inside(&self.program.task(index).kind);
            }
            let next = self.bounds.next.get(&index);
            current = next.and_then(|next| next[self.measure as usize]);
        }
    }

    fn inside(&mut self, kind: &Kind) {
        match kind {
            Kind::Do(list) | Kind::Extended { list, .. } => self.list(*list),
            Kind::For(for_) => self.list(for_.body),
            Kind::Listen(listen) => {
                if let Some(body) = listen.body() {
                    self.list(body);
                }
            }
            // A function that has been walked through need not be again.
            Kind::Invoke(Invoke { body, .. }) | Kind::Around(Around { body, .. }) => {
                let mut tasks = self.program.list(*body).tasks.iter();
                let first = tasks.next().and_then(|index| self.found.get(index));
                if !first.is_some_and(|measures| measures.contains(&self.measure)) {
                    self.list(*body);
                }
            }
            Kind::Try(try_) => {
                self.list(try_.body);
                if let Some(list) = try_.catch.body {
                    self.list(list);
                }
            }
            // Only the slowest branch matters to the time.
            Kind::Fork { branches, .. } if self.measure == Measure::Duration => {
                let slowest = branches.iter().rev().max_by_key(|list| {
                    let first = self.program.list(**list).tasks.first();
                    first.map_or(0, |task| self.cost(*task))
                });
                if let Some(list) = slowest {
                    self.list(*list);
                }
            }
            Kind::Fork { branches, .. } => {
                for list in branches {
                    self.list(*list);
                }
            }
            Kind::Set(_)
            | Kind::Switch(_)
            | Kind::Raise(_)
            | Kind::Wait(_)
            | Kind::Emit(_)
            | Kind::Call(_)
            | Kind::Workflow(_)
            | Kind::Shell(_) => {}
        }
    }

    fn cost(&self, index: TaskIndex) -> u64 {
        let cost = self.bounds.tasks.get(&index);
        cost.map_or(0, |cost| cost.get(self.measure))
    }
}
