//! Random walks through random programs never cost more than the bound.

use weir_graph::{
    Backoff, Bound, Deadline, Flow, Interval, Kind, Limits, ListIndex, Program, Retry, Task, Try,
};

use crate::generate::{self, Random};
use crate::{compile_with, limits};

#[test]
fn no_walk_costs_more_than_the_bound() {
    let limits = Limits {
        steps_max: u64::MAX,
        branches_max: u64::MAX,
        ..limits()
    };
    let mut reached = 0;
    for seed in 0..150 {
        let mut random = Random(seed);
        let text = format!("do: {}", generate::list(&mut random, 3));
        let program = compile_with(&text, &limits);
        let bound = program.bound;
        let mut worst = Bound::default();
        for _ in 0..100 {
            let mut walk = Walk {
                program: &program,
                random: &mut random,
            };
            let (cost, _) = walk.list(program.root);
            worst = both(worst, cost);
        }
        let bound = Bound {
            steps: bound.steps,
            actions: bound.actions,
            duration_ms: bound.duration_ms,
            branches: bound.branches,
            ..Bound::default()
        };
        assert_eq!(
            both(bound, worst),
            bound,
            "seed {seed}, walked {worst:?}:\n{text}"
        );
        reached += u32::from(worst.steps == bound.steps);
    }
    // The bound is no idle number: many programs are small enough for chance to reach it.
    assert!(reached > 30, "only {reached} reached the bound");
}

/// How something ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Well,
    Workflow,
    Badly,
}

/// Walks by chance where the engine decides by data, time and outcomes.
struct Walk<'a> {
    program: &'a Program,
    random: &'a mut Random,
}

impl Walk<'_> {
    fn list(&mut self, list: ListIndex) -> (Bound, Ended) {
        let mut index = self.program.list(list).tasks[0];
        let mut sum = Bound::default();
        loop {
            let (cost, flow) = self.task(self.program.task(index));
            sum = after(sum, cost);
            match flow {
                Some(Flow::To(next)) => index = next,
                Some(Flow::Exit | Flow::Out(_)) => return (sum, Ended::Well),
                Some(Flow::End) => return (sum, Ended::Workflow),
                None => return (sum, Ended::Badly),
            }
        }
    }

    /// The cost of a task and where it leads; none after an error, or if all has ended.
    fn task(&mut self, task: &Task) -> (Bound, Option<Flow>) {
        if task.guard.is_some() && self.random.one_in(2) {
            return (Bound::default(), Some(task.following));
        }
        let (mut cost, mut flow) = self.kind(task);
        cost.steps += 1;
        let deadline_ms = match &task.deadline {
            Deadline::Own(interval) => literal(interval),
            Deadline::Default(ms) => *ms,
            Deadline::Inherited => u64::MAX,
        };
        if cost.duration_ms > deadline_ms {
            cost.duration_ms = deadline_ms;
            flow = None;
        }
        (cost, flow)
    }

    fn kind(&mut self, task: &Task) -> (Bound, Option<Flow>) {
        let then = Some(task.then);
        match &task.kind {
            Kind::Set(_) | Kind::Emit(_) => (leaf(0, 0), then),
            Kind::Raise(_) => (leaf(0, 0), None),
            Kind::Switch(cases) => {
                let way = usize::try_from(self.random.below(3)).unwrap();
                (leaf(0, 0), cases.get(way).map(|case| case.then).or(then))
            }
            Kind::Wait(interval) => (leaf(0, literal(interval)), then),
            Kind::Listen(listen) => {
                let mut sum = leaf(0, self.random.below(3_000));
                let body = listen.foreach.as_ref().and_then(|foreach| foreach.body);
                if let Some(list) = body {
                    let (cost, ended) = self.list(list);
                    sum = after(sum, cost);
                    if ended != Ended::Well {
                        return (sum, way(ended, task.then));
                    }
                }
                (sum, then)
            }
            Kind::Call(_) | Kind::Shell(_) => {
                let ms = [0, 500, 1_000, 2_000][usize::try_from(self.random.below(4)).unwrap()];
                (leaf(1, ms), then.filter(|_| !self.random.one_in(3)))
            }
            Kind::Do(list) => {
                let (cost, ended) = self.list(*list);
                (cost, way(ended, task.then))
            }
            Kind::Invoke(invoke) => {
                let (cost, ended) = self.list(invoke.body);
                (cost, way(ended, task.then))
            }
            Kind::For(for_) => {
                let mut sum = leaf(0, 0);
                for _ in 0..for_.items_max {
                    if self.random.one_in(8) {
                        break;
                    }
                    let (cost, ended) = self.list(for_.body);
                    sum = after(sum, cost);
                    if ended != Ended::Well {
                        return (sum, way(ended, task.then));
                    }
                }
                (sum, then)
            }
            Kind::Fork { branches, compete } => {
                let (cost, ended) = self.fork(branches, *compete);
                (cost, way(ended, task.then))
            }
            Kind::Workflow(_) | Kind::Extended { .. } | Kind::Around(_) => {
                panic!("none is generated")
            }
            Kind::Try(try_) => self.attempts(try_, task.then),
        }
    }

    /// The first branch to end the fork ends it: the one that ends the workflow, fails (unless
    /// they compete), or completes (if they do).
    fn fork(&mut self, branches: &[ListIndex], compete: bool) -> (Bound, Ended) {
        let walked: Vec<_> = branches.iter().map(|branch| self.list(*branch)).collect();
        let decisive = |ended| match ended {
            Ended::Workflow => true,
            Ended::Well => compete,
            Ended::Badly => !compete,
        };
        let first = walked.iter().filter(|(_, ended)| decisive(*ended));
        let first = first.min_by_key(|(cost, _)| cost.duration_ms);
        let mut sum = Bound::default();
        for (cost, _) in &walked {
            sum.steps += cost.steps;
            sum.actions += cost.actions;
            sum.branches += cost.branches;
            sum.duration_ms = sum.duration_ms.max(cost.duration_ms);
        }
        let otherwise = if compete { Ended::Badly } else { Ended::Well };
        let ended = first.map_or(otherwise, |(cost, ended)| {
            sum.duration_ms = cost.duration_ms;
            *ended
        });
        (sum, ended)
    }

    fn attempts(&mut self, try_: &Try, then: Flow) -> (Bound, Option<Flow>) {
        let (mut sum, mut number) = (Bound::default(), 0);
        let retry = try_.catch.retry.as_ref();
        let whole_ms = retry.and_then(|retry| retry.duration.as_ref()).map(literal);
        let whole_ms = whole_ms.unwrap_or(u64::MAX);
        loop {
            let (mut cost, mut ended) = self.list(try_.body);
            let attempt_ms = retry.and_then(|retry| retry.attempt_duration.as_ref());
            let attempt_ms = attempt_ms.map_or(u64::MAX, literal);
            if cost.duration_ms > attempt_ms {
                (cost.duration_ms, ended) = (attempt_ms, Ended::Badly);
            }
            sum = after(sum, cost);
            if sum.duration_ms > whole_ms {
                (sum.duration_ms, ended) = (whole_ms, Ended::Badly);
            }
            if ended != Ended::Badly {
                return (sum, way(ended, then));
            }
            number += 1;
            let Some(retry) = retry.filter(|retry| number <= retry.attempts_max) else {
                break;
            };
            if sum.duration_ms >= whole_ms || self.random.one_in(8) {
                break;
            }
            sum.duration_ms = (sum.duration_ms + self.delay_ms(retry, number)).min(whole_ms);
            if sum.duration_ms >= whole_ms {
                break;
            }
        }
        if self.random.one_in(4) {
            return (sum, None);
        }
        let caught = try_.catch.then.unwrap_or(then);
        let Some(handler) = try_.catch.body else {
            return (sum, Some(caught));
        };
        let (cost, ended) = self.list(handler);
        (after(sum, cost), way(ended, caught))
    }

    fn delay_ms(&mut self, retry: &Retry, number: u64) -> u64 {
        let factor = match retry.backoff {
            Backoff::Constant => 1,
            Backoff::Linear => number,
            Backoff::Exponential => 1 << (number - 1),
        };
        literal(&retry.delay) * factor + 1_000 * self.random.below(2)
    }
}

fn way(ended: Ended, then: Flow) -> Option<Flow> {
    match ended {
        Ended::Well => Some(then),
        Ended::Workflow => Some(Flow::End),
        Ended::Badly => None,
    }
}

fn literal(interval: &Interval) -> u64 {
    match interval {
        Interval::Literal(ms) => *ms,
        Interval::Computed(_) => panic!("all spans of these documents are literal"),
    }
}

fn leaf(actions: u64, duration_ms: u64) -> Bound {
    Bound {
        steps: 0,
        actions,
        duration_ms,
        branches: 1,
        ..Bound::default()
    }
}

fn after(one: Bound, next: Bound) -> Bound {
    Bound {
        steps: one.steps + next.steps,
        actions: one.actions + next.actions,
        duration_ms: one.duration_ms + next.duration_ms,
        branches: one.branches.max(next.branches),
        ..Bound::default()
    }
}

fn both(one: Bound, other: Bound) -> Bound {
    Bound {
        steps: one.steps.max(other.steps),
        actions: one.actions.max(other.actions),
        duration_ms: one.duration_ms.max(other.duration_ms),
        branches: one.branches.max(other.branches),
        ..Bound::default()
    }
}
