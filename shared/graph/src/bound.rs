//! The static bound of a workflow: what it can cost at most.

mod cost;
mod race;
mod retry;

use std::collections::BTreeMap;

use crate::cycle::{self, Cycle};
use crate::flow::{Via, ways};
use crate::{
    Deadline, Flow, For, Interval, Kind, Limits, ListIndex, Program, Task, TaskIndex, Try,
};

/// The most that one instance can do, whatever its input, the outcomes and the timing.
///
/// All numbers saturate; a value of `u64::MAX` reads "more than can be counted" and is refused by
/// the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// Tasks started (each activation counts: iterations and retries too).
    pub steps: u64,
    /// Actions requested of executors (`call`, `run`).
    pub actions: u64,
    /// Longest wall-clock time, in milliseconds.
    pub duration_ms: u64,
    /// Most leaf tasks in progress at the same time.
    pub branches: u64,
}

/// The bounds of a program and of each of its tasks.
pub(crate) struct Bounds {
    pub total: Bound,
    /// What one activation of each task can cost, with all that is in it.
    pub tasks: BTreeMap<TaskIndex, Bound>,
}

/// Computes the bounds.
///
/// # Errors
/// The cycles, if there are any: then there is no bound.
pub(crate) fn bounds(program: &Program) -> Result<Bounds, Vec<Cycle>> {
    let mut orders = Vec::new();
    let mut cycles = Vec::new();
    for list in &program.lists {
        match cycle::order(list, &program.tasks) {
            Ok(order) => orders.push(order),
            Err(found) => cycles.extend(found),
        }
    }
    if !cycles.is_empty() {
        return Err(cycles);
    }
    let mut count = Count {
        program,
        orders,
        tasks: BTreeMap::new(),
    };
    let mut total = count.list(program.root).any;
    if let Some(cap_ms) = deadline_ms(&program.deadline, &program.limits) {
        total.duration_ms = total.duration_ms.min(cap_ms);
    }
    Ok(Bounds {
        total,
        tasks: count.tasks,
    })
}

/// What a list or task can cost.
#[derive(Clone, Copy, Debug, Default)]
struct Reach {
    /// However it ends: well, with an error, cut off, or by ending the workflow.
    any: Bound,
    /// If it ends well; none if it never does.
    through: Option<Bound>,
}

/// What one task can cost, by the way it is left.
struct TaskReach {
    any: Bound,
    ways: Vec<(Flow, Bound)>,
}

struct Count<'p> {
    program: &'p Program,
    /// The tasks of each list, each after all it leads to.
    orders: Vec<Vec<TaskIndex>>,
    tasks: BTreeMap<TaskIndex, Bound>,
}

impl<'p> Count<'p> {
    /// The longest path from the list's first task, each measure for itself.
    fn list(&mut self, list: ListIndex) -> Reach {
        let mut reaches: BTreeMap<TaskIndex, Reach> = BTreeMap::new();
        let order = std::mem::take(&mut self.orders[list.0]);
        for index in order {
            let task = self.task(self.program.task(index));
            let mut reach = Reach {
                any: task.any,
                through: None,
            };
            for (to, cost) in task.ways {
                let rest = match to {
                    Flow::To(next) => reaches.get(&next).copied().unwrap_or_default(),
                    Flow::Exit => Reach {
                        any: Bound::default(),
                        through: Some(Bound::default()),
                    },
                    Flow::End => Reach::default(),
                };
                reach.any = reach.any.or(cost.then(rest.any));
                let through = rest.through.map(|rest| cost.then(rest));
                reach.through = most(reach.through, through);
            }
            reaches.insert(index, reach);
        }
        let first = self.program.list(list).tasks.first();
        first
            .and_then(|first| reaches.get(first).copied())
            .unwrap_or_default()
    }

    fn task(&mut self, task: &'p Task) -> TaskReach {
        let cap_ms = deadline_ms(&task.deadline, &self.program.limits);
        let capped = |cost: Bound| cost.within(cap_ms.unwrap_or(u64::MAX));
        let own = Bound {
            steps: 1,
            ..Bound::default()
        };
        let inner = self.kind(task);
        let any = capped(own.then(inner.any));
        let ways = ways(task).into_iter().filter_map(|way| {
            let cost = match way.via {
                Via::Skipped => Bound::default(),
                Via::Then | Via::Case(_) => capped(own.then(inner.through?)),
                Via::Caught => capped(own.then(inner.caught?)),
            };
            Some((way.to, cost))
        });
        let ways = ways.collect();
        self.tasks.insert(task.index, any);
        TaskReach { any, ways }
    }

    /// What is in the task, without its own activation.
    fn kind(&mut self, task: &'p Task) -> Inner {
        let limits = &self.program.limits;
        match &task.kind {
            Kind::Set(_) | Kind::Switch(_) | Kind::Raise(_) | Kind::Emit(_) => Inner::leaf(0, 0),
            Kind::Wait(interval) => Inner::leaf(0, interval_ms(interval, limits)),
            // Their own deadline ends them: the cap of the task.
            Kind::Listen(_) => Inner::leaf(0, u64::MAX),
            Kind::Call(_) | Kind::Shell(_) => Inner::leaf(1, u64::MAX),
            Kind::Do(list) => Inner::from(self.list(*list)),
            Kind::For(for_) => Inner::from(self.for_(for_)),
            Kind::Fork { branches, compete } => Inner::from(self.fork(branches, *compete)),
            Kind::Try(try_) => self.try_(try_),
        }
    }

    fn for_(&mut self, for_: &For) -> Reach {
        let body = self.list(for_.body);
        let whole = body.through.unwrap_or_default();
        let Some(before) = for_.items_max.checked_sub(1) else {
            return Reach {
                any: Bound::LEAF,
                through: Some(Bound::LEAF),
            };
        };
        Reach {
            any: whole.times(before).then(body.any),
            // There may be no item at all.
            through: Some(whole.times(for_.items_max).or(Bound::LEAF)),
        }
    }

    fn fork(&mut self, branches: &[ListIndex], compete: bool) -> Reach {
        let reaches: Vec<_> = branches.iter().map(|branch| self.list(*branch)).collect();
        let sum = |sum: Bound, branch: Bound| sum.beside(branch);
        let any = reaches.iter().map(|reach| reach.any);
        let mut any = any.fold(Bound::default(), sum);
        if !compete {
            let through: Option<Vec<_>> = reaches.iter().map(|reach| reach.through).collect();
            let through = through.map(|all| all.into_iter().fold(Bound::default(), sum));
            return Reach { any, through };
        }
        // A branch that cannot fail ends the race, at the latest.
        let certain = branches.iter().zip(&reaches);
        let certain = certain.filter(|(branch, _)| race::is_certain(self.program, **branch));
        let first_ms = certain.map(|(_, reach)| reach.any.duration_ms).min();
        any = any.within(first_ms.unwrap_or(u64::MAX));
        let through = reaches.iter().any(|reach| reach.through.is_some());
        Reach {
            any,
            through: through.then_some(any),
        }
    }

    fn try_(&mut self, try_: &Try) -> Inner {
        let limits = &self.program.limits;
        let mut body = self.list(try_.body);
        let mut retries = 0;
        let mut waiting = Bound::default();
        let mut cap_ms = u64::MAX;
        if let Some(retry) = &try_.catch.retry {
            let ms = |interval: &Interval| interval_ms(interval, limits);
            retries = retry.attempts_max;
            waiting.duration_ms = retry::delays_ms(retry, limits);
            cap_ms = retry.duration.as_ref().map_or(u64::MAX, ms);
            let attempt_ms = retry.attempt_duration.as_ref().map_or(u64::MAX, ms);
            body.any = body.any.within(attempt_ms);
            body.through = body.through.map(|through| through.within(attempt_ms));
        }
        let failed = body.any.times(retries).then(waiting);
        let exhausted = failed.then(body.any).within(cap_ms);
        let through = body.through.map(|last| failed.then(last).within(cap_ms));
        let handler = match try_.catch.body {
            Some(list) => self.list(list),
            None => Reach {
                any: Bound::default(),
                through: Some(Bound::default()),
            },
        };
        Inner {
            any: exhausted.then(handler.any),
            through,
            caught: handler.through.map(|handler| exhausted.then(handler)),
        }
    }
}

/// What is in a task.
struct Inner {
    any: Bound,
    through: Option<Bound>,
    /// With an error caught; only of a `try`.
    caught: Option<Bound>,
}

impl Inner {
    fn leaf(actions: u64, duration_ms: u64) -> Self {
        let bound = Bound {
            actions,
            duration_ms,
            ..Bound::LEAF
        };
        Self {
            any: bound,
            through: Some(bound),
            caught: None,
        }
    }
}

impl From<Reach> for Inner {
    fn from(reach: Reach) -> Self {
        Self {
            any: reach.any,
            through: reach.through,
            caught: None,
        }
    }
}

fn most(one: Option<Bound>, other: Option<Bound>) -> Option<Bound> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.or(other)),
        (one, other) => one.or(other),
    }
}

fn interval_ms(interval: &Interval, limits: &Limits) -> u64 {
    match interval {
        Interval::Literal(ms) => *ms,
        Interval::Computed(_) => limits.wait_ms_max,
    }
}

fn deadline_ms(deadline: &Deadline, limits: &Limits) -> Option<u64> {
    match deadline {
        Deadline::Own(interval) => Some(interval_ms(interval, limits)),
        Deadline::Default(ms) => Some(*ms),
        Deadline::Inherited => None,
    }
}
