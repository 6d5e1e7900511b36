//! Counting along the control-flow graph, in numbers or in formulas.

use std::collections::BTreeMap;

use super::cost::Times;
use super::{Cost, circle, deadline_ms, interval_ms, own, race, retry};
use crate::cycle::{self, Component, Cycle};
use crate::flow::{Via, ways};
use crate::{Bound, Flow, For, Kind, ListIndex, Listen, Measure, Program, Task, TaskIndex, Try};

/// How many items each `for` has at most, if that is less than its `items_max`.
pub(crate) type Sizes<'s> = BTreeMap<&'s str, u64>;

/// Where the costliest way leads from a task, by the number of each measure.
pub(crate) type Next = [Option<TaskIndex>; Measure::ALL.len()];

/// What a list or task can cost.
#[derive(Clone, Debug)]
pub(crate) struct Reach<C> {
    /// However it ends: well, with an error, cut off, or by ending the workflow.
    pub any: C,
    /// If it ends well; none if it never does.
    pub through: Option<C>,
}

/// What one task can cost, by the way it is left.
struct TaskReach<C> {
    any: C,
    ways: Vec<(Flow, C)>,
}

/// What is in a task.
struct Inner<C> {
    any: C,
    through: Option<C>,
    /// With an error caught; only of a `try`.
    caught: Option<C>,
}

pub(crate) struct Count<'p, C> {
    program: &'p Program,
    sizes: &'p Sizes<'p>,
    /// The tasks of each list, each after all it leads to.
    orders: Vec<Vec<Component>>,
    /// The lists counted already: functions are called from several places.
    lists: BTreeMap<ListIndex, Reach<C>>,
    pub tasks: BTreeMap<TaskIndex, C>,
    /// Where the costliest way leads from each task.
    pub next: BTreeMap<TaskIndex, Next>,
    /// The ways by which each task can be left.
    pub ways: BTreeMap<TaskIndex, Vec<Flow>>,
}

impl<C: Cost> Reach<C> {
    fn nothing() -> Self {
        Self {
            any: C::of(Bound::default()),
            through: None,
        }
    }
}

impl<'p, C: Cost> Count<'p, C> {
    pub fn new(program: &'p Program, sizes: &'p Sizes<'p>) -> Result<Self, Vec<Cycle>> {
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
        Ok(Self {
            program,
            sizes,
            orders,
            lists: BTreeMap::new(),
            tasks: BTreeMap::new(),
            next: BTreeMap::new(),
            ways: BTreeMap::new(),
        })
    }

    /// The longest path from the list's first task, each measure for itself.
    pub fn list(&mut self, list: ListIndex) -> Reach<C> {
        if let Some(reach) = self.lists.get(&list) {
            return reach.clone();
        }
        let mut reaches: BTreeMap<TaskIndex, Reach<C>> = BTreeMap::new();
        for Component { tasks, back_to } in std::mem::take(&mut self.orders[list.0]) {
            let mut backs = BTreeMap::new();
            for index in &tasks {
                let back_to = back_to.map(|(task, _)| task);
                let (reach, back) = self.reach(*index, back_to, &reaches, &backs);
                reaches.insert(*index, reach);
                backs.insert(*index, back);
            }
            if let Some((index, most)) = back_to {
                circle::lead_back(self.program.task(index), most, backs, &mut reaches);
            }
        }
        let first = self.program.list(list).tasks.first();
        let reach = first.and_then(|first| reaches.remove(first));
        let reach = reach.unwrap_or_else(Reach::nothing);
        self.lists.insert(list, reach.clone());
        reach
    }

    /// What can come from the task on, but for jumps back to `back_to`; and what until those.
    fn reach(
        &mut self,
        index: TaskIndex,
        back_to: Option<TaskIndex>,
        reaches: &BTreeMap<TaskIndex, Reach<C>>,
        backs: &BTreeMap<TaskIndex, Option<C>>,
    ) -> (Reach<C>, Option<C>) {
        let task = self.task(self.program.task(index));
        let mut reach = Reach {
            any: task.any,
            through: None,
        };
        let mut back = None;
        let mut onward = Next::default();
        for (to, cost) in task.ways {
            let rest = match to {
                Flow::To(next) if Some(next) == back_to && next <= index => {
                    reach.any = reach.any.or(&cost);
                    back = most(back, Some(cost));
                    continue;
                }
                Flow::To(next) => reaches.get(&next).cloned(),
                Flow::Exit | Flow::Out(_) => Some(Reach {
                    any: C::of(Bound::default()),
                    through: Some(C::of(Bound::default())),
                }),
                Flow::End => None,
            };
            let rest = rest.unwrap_or_else(Reach::nothing);
            let whole = cost.then(&rest.any);
            for measure in Measure::ALL {
                let (now, before) = (whole.number(measure), reach.any.number(measure));
                let goes_on = rest.any.number(measure) > 0;
                if let Flow::To(next) = to
                    && goes_on
                    && now >= before
                {
                    onward[measure as usize] = Some(next);
                } else if now > before {
                    onward[measure as usize] = None;
                }
            }
            reach.any = reach.any.or(&whole);
            let through = rest.through.map(|rest| cost.then(&rest));
            reach.through = most(reach.through, through);
            if let Flow::To(next) = to {
                let further = backs.get(&next).and_then(Option::as_ref);
                let further = further.map(|rest| cost.then(rest));
                back = most(back, further);
            }
        }
        self.next.insert(index, onward);
        (reach, back)
    }

    fn task(&mut self, task: &'p Task) -> TaskReach<C> {
        let cap_ms = deadline_ms(&task.deadline, &self.program.limits).unwrap_or(u64::MAX);
        let own = C::of(own::activation(task, self.program));
        let inner = self.kind(task);
        let any = own.then(&inner.any).within(cap_ms);
        let ways = ways(task).into_iter().filter_map(|way| {
            let cost = match way.via {
                Via::Skipped => C::of(own::skipped(task)),
                Via::Then | Via::Case(_) => own.then(inner.through.as_ref()?).within(cap_ms),
                Via::Caught => own.then(inner.caught.as_ref()?).within(cap_ms),
            };
            Some((way.to, cost))
        });
        let ways: Vec<_> = ways.collect();
        let leads = ways.iter().map(|(to, _)| *to).collect();
        self.ways.insert(task.index, leads);
        self.tasks.insert(task.index, any.clone());
        TaskReach { any, ways }
    }

    /// What is in the task, without its own activation.
    fn kind(&mut self, task: &'p Task) -> Inner<C> {
        match &task.kind {
            Kind::Set(_)
            | Kind::Switch(_)
            | Kind::Raise(_)
            | Kind::Emit(_)
            | Kind::Wait(_)
            | Kind::Call(_)
            | Kind::Workflow(_)
            | Kind::Shell(_) => {
                let leaf = C::of(own::leaf(task, self.program));
                Inner {
                    any: leaf.clone(),
                    through: Some(leaf),
                    caught: None,
                }
            }
            Kind::Listen(listen) => Inner::from(self.listen(task, listen)),
            Kind::Do(list) | Kind::Extended { list, .. } => Inner::from(self.list(*list)),
            Kind::Around(around) => Inner::from(self.list(around.body)),
            Kind::Invoke(invoke) => {
                let arguments = C::of(own::arguments());
                let body = self.list(invoke.body);
                Inner {
                    any: arguments.then(&body.any),
                    through: body.through.map(|through| arguments.then(&through)),
                    caught: None,
                }
            }
            Kind::For(for_) => Inner::from(self.for_(task, for_)),
            Kind::Fork { branches, compete } => Inner::from(self.fork(branches, *compete)),
            Kind::Try(try_) => self.try_(try_),
        }
    }

    fn for_(&mut self, task: &Task, for_: &For) -> Reach<C> {
        let body = self.list(for_.body);
        let items = C::of(own::items());
        let given = self.sizes.get(&*task.reference);
        let times = Times {
            max: given.map_or(for_.items_max, |given| for_.items_max.min(*given)),
            of: (!for_.size.is_exact() && given.is_none()).then_some(task.index),
        };
        if times.max == 0 {
            return Reach {
                any: items.clone(),
                through: Some(items),
            };
        }
        let began = C::of(own::iteration());
        let whole = began.then(&body.through.unwrap_or_else(|| C::of(Bound::default())));
        let last = began.then(&body.any);
        Reach {
            any: items.then(&whole.times_last(&last, times)),
            // There may be no item at all.
            through: Some(items.then(&whole.times(times))),
        }
    }

    /// It listens on while it deals with an event. Its own deadline ends both.
    fn listen(&mut self, task: &Task, listen: &Listen) -> Reach<C> {
        let leaf = C::of(own::leaf(task, self.program));
        let Some(foreach) = &listen.foreach else {
            return Reach {
                any: leaf.clone(),
                through: Some(leaf),
            };
        };
        let began = C::of(own::dealing(foreach));
        let nothing = || C::of(Bound::default());
        let body = foreach.body.map(|body| self.list(body));
        let body = body.unwrap_or_else(|| Reach {
            any: nothing(),
            through: Some(nothing()),
        });
        let times = Times::exactly(listen.events_max);
        let whole = began.then(&body.through.unwrap_or_else(nothing));
        let last = began.then(&body.any);
        Reach {
            any: leaf.beside(&whole.times_last(&last, times)),
            through: Some(leaf.beside(&whole.times(times))),
        }
    }

    fn fork(&mut self, branches: &[ListIndex], compete: bool) -> Reach<C> {
        let reaches: Vec<_> = branches.iter().map(|branch| self.list(*branch)).collect();
        let sum = |sum: C, branch: &C| sum.beside(branch);
        let nothing = || C::of(Bound::default());
        let mut any = reaches.iter().map(|reach| &reach.any).fold(nothing(), sum);
        if !compete {
            let through: Option<Vec<_>> =
                reaches.iter().map(|reach| reach.through.as_ref()).collect();
            let through = through.map(|all| all.into_iter().fold(nothing(), sum));
            return Reach { any, through };
        }
        // A branch that cannot fail ends the race, at the latest.
        let certain = branches
            .iter()
            .zip(&reaches)
            .filter(|(branch, _)| race::is_certain(self.program, **branch));
        let first_ms = certain
            .map(|(_, reach)| reach.any.number(Measure::Duration))
            .min();
        any = any.within(first_ms.unwrap_or(u64::MAX));
        let through = reaches.iter().any(|reach| reach.through.is_some());
        Reach {
            through: through.then(|| any.clone()),
            any,
        }
    }

    fn try_(&mut self, try_: &Try) -> Inner<C> {
        let limits = &self.program.limits;
        let mut body = self.list(try_.body);
        let mut failed = C::of(Bound::default());
        let mut cap_ms = u64::MAX;
        if let Some(policy) = &try_.catch.retry {
            let ms = |interval: &crate::Interval| interval_ms(interval, limits);
            cap_ms = policy.duration.as_ref().map_or(u64::MAX, ms);
            let attempt_ms = policy.attempt_duration.as_ref().map_or(u64::MAX, ms);
            body.any = body.any.within(attempt_ms);
            body.through = body.through.map(|through| through.within(attempt_ms));
            let retries = Times::exactly(policy.attempts_max);
            let delays_ms = retry::delays_ms(policy, limits);
            let again = C::of(own::retried(policy, delays_ms));
            let delays = C::of(Bound {
                duration_ms: delays_ms,
                ..Bound::default()
            });
            failed = C::of(own::tried(policy))
                .then(&body.any.then(&again).times(retries))
                .then(&delays);
        }
        let exhausted = failed.then(&body.any).within(cap_ms);
        let through = body.through.map(|last| failed.then(&last).within(cap_ms));
        let caught = C::of(own::caught());
        let handler = match try_.catch.body {
            Some(list) => self.list(list),
            None => Reach {
                any: C::of(Bound::default()),
                through: Some(C::of(Bound::default())),
            },
        };
        let in_all = |handler: &C| exhausted.then(&caught).then(handler);
        Inner {
            any: in_all(&handler.any),
            through,
            caught: handler.through.as_ref().map(in_all),
        }
    }
}

impl<C> From<Reach<C>> for Inner<C> {
    fn from(reach: Reach<C>) -> Self {
        Self {
            any: reach.any,
            through: reach.through,
            caught: None,
        }
    }
}

pub(super) fn most<C: Cost>(one: Option<C>, other: Option<C>) -> Option<C> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.or(&other)),
        (one, other) => one.or(other),
    }
}
