//! Where a task's numbers come from, for people.

use std::collections::BTreeMap;

use super::assume::size_source;
use super::span;
use crate::bound::{Sizes, interval_ms, retry_delays_ms};
use crate::{Deadline, For, Interval, Kind, Listen, Program, Retry, Task, TaskIndex};

pub(super) fn why(
    program: &Program,
    task: &Task,
    sizes: &Sizes<'_>,
    names: &BTreeMap<TaskIndex, String>,
) -> Vec<String> {
    let mut why: Vec<String> = match &task.kind {
        Kind::For(for_) => vec![items(task, for_, sizes, names)],
        Kind::Fork { branches, compete } => vec![if *compete {
            format!("a race of {} branches", branches.len())
        } else {
            format!("{} branches side by side", branches.len())
        }],
        Kind::Try(try_) => try_
            .catch
            .retry
            .as_ref()
            .map(|retry| attempts(program, retry))
            .unwrap_or_default(),
        Kind::Wait(interval) => {
            vec![format!(
                "waits {}",
                span(interval_ms(interval, &program.limits))
            )]
        }
        Kind::Listen(listen) => vec![events(listen)],
        Kind::Switch(cases) => vec![format!("the worst of {} cases", cases.len())],
        Kind::Do(_)
        | Kind::Invoke(_)
        | Kind::Extended { .. }
        | Kind::Around(_)
        | Kind::Set(_)
        | Kind::Raise(_)
        | Kind::Emit(_)
        | Kind::Call(_)
        | Kind::Workflow(_)
        | Kind::Shell(_) => Vec::new(),
    };
    if let Some(most) = task.returns_max {
        why.push(format!("led back to ≤ {most} times (maxReturns)"));
    }
    match &task.deadline {
        Deadline::Own(Interval::Literal(ms)) => why.push(format!("timeout {}", span(*ms))),
        Deadline::Own(interval @ Interval::Computed(_)) => {
            let ms = interval_ms(interval, &program.limits);
            why.push(format!("timeout computed, ≤ {}", span(ms)));
        }
        Deadline::Default(ms) => why.push(format!("default timeout {}", span(*ms))),
        Deadline::Inherited => {}
    }
    why
}

fn items(
    task: &Task,
    for_: &For,
    sizes: &Sizes<'_>,
    names: &BTreeMap<TaskIndex, String>,
) -> String {
    if let Some(size) = sizes.get(&*task.reference) {
        return format!("{size} items of this input");
    }
    match names.get(&task.index) {
        Some(name) => format!(
            "{name} ≤ {} items ({})",
            for_.items_max,
            size_source(for_.size)
        ),
        None => format!("{} items, as written", for_.items_max),
    }
}

fn attempts(program: &Program, retry: &Retry) -> Vec<String> {
    let ms = |interval| interval_ms(interval, &program.limits);
    let source = if retry.is_counted {
        ""
    } else {
        " (limits.retry_attempts_max)"
    };
    let mut why = vec![format!("1 + {} attempts{source}", retry.attempts_max)];
    let delays_ms = retry_delays_ms(retry, &program.limits);
    if delays_ms > 0 {
        why.push(format!("delays of {} in all", span(delays_ms)));
    }
    if let Some(interval) = &retry.attempt_duration {
        why.push(format!("{} each", span(ms(interval))));
    }
    if let Some(interval) = &retry.duration {
        why.push(format!("{} in all", span(ms(interval))));
    }
    why
}

fn events(listen: &Listen) -> String {
    match listen.events_max {
        1 => "1 event".to_owned(),
        most if listen.until.is_some() => format!("≤ {most} events (limits.for_items_max)"),
        most => format!("{most} events"),
    }
}
