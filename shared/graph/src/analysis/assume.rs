//! What a bound rests on.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::span;
use crate::bound::Sizes;
use crate::{Deadline, For, Interval, Kind, Program, Schedule, Size, Task, TaskIndex};

/// Something that a bound rests on. All of it is enforced while the workflow runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// What formulas call it, if they do.
    pub symbol: Option<String>,
    /// The task it is about; empty for the workflow.
    pub reference: Arc<str>,
    /// For people: `n = items of /do/0/each ≤ 1000`.
    pub text: String,
    /// Where the number comes from: `limits.for_items_max`, `maxItems`, `slice`.
    pub source: &'static str,
}

/// What formulas call the sizes of loops: `n`, or `n1`, `n2`, …
pub(super) fn names(program: &Program, sizes: &Sizes<'_>) -> BTreeMap<TaskIndex, String> {
    let open: Vec<_> = program
        .tasks
        .iter()
        .filter(|task| open_loop(task, sizes).is_some())
        .collect();
    let name = |place: usize| match open.len() {
        1 => "n".to_owned(),
        _ => format!("n{}", place + 1),
    };
    let names = open.iter().enumerate();
    names
        .map(|(place, task)| (task.index, name(place)))
        .collect()
}

/// The loop a task is, if its size depends on the input.
fn open_loop<'t>(task: &'t Task, sizes: &Sizes<'_>) -> Option<&'t For> {
    if let Kind::For(for_) = &task.kind
        && !for_.size.is_exact()
        && !sizes.contains_key(&*task.reference)
    {
        Some(for_)
    } else {
        None
    }
}

pub(super) fn assumptions(
    program: &Program,
    sizes: &Sizes<'_>,
    names: &BTreeMap<TaskIndex, String>,
) -> Vec<Assumption> {
    let mut found = Vec::new();
    let mut add = |symbol: Option<&String>, reference: &Arc<str>, text: String, source| {
        found.push(Assumption {
            symbol: symbol.cloned(),
            reference: reference.clone(),
            text,
            source,
        });
    };
    let root: Arc<str> = "".into();
    match &program.deadline {
        Deadline::Default(ms) => {
            let text = format!("the workflow ends within {}", span(*ms));
            add(None, &root, text, "limits.workflow_timeout_ms");
        }
        Deadline::Own(interval) => add_interval(&mut add, program, &root, interval, "the timeout"),
        Deadline::Inherited => {}
    }
    if let Some(Schedule::Every { ms }) = &program.schedule {
        let most = program.bound.duration_ms.div_ceil(*ms);
        let text = format!(
            "≤ {most} instances run at once: one starts every {}",
            span(*ms)
        );
        add(None, &root, text, "schedule.every");
    }
    for task in &program.tasks {
        let reference = &task.reference;
        match &task.deadline {
            Deadline::Default(ms) => {
                let source = if let Kind::Listen(_) = task.kind {
                    "limits.listen_timeout_ms"
                } else {
                    "limits.action_timeout_ms"
                };
                let text = format!("{reference} ends within {}", span(*ms));
                add(None, reference, text, source);
            }
            Deadline::Own(interval) => {
                add_interval(&mut add, program, reference, interval, "its timeout");
            }
            Deadline::Inherited => {}
        }
        if let Kind::Workflow(run) = &task.kind {
            let text = match &run.bound {
                Some(bound) => format!("{} takes ≤ {} steps", run.workflow, bound.steps),
                None => format!("{} is not counted: it is known at deployment", run.workflow),
            };
            add(None, reference, text, "run.workflow");
        }
        if let Some(for_) = open_loop(task, sizes) {
            let symbol = names.get(&task.index);
            let name = symbol.map_or("n", String::as_str);
            let text = format!("{name} = items of {reference} ≤ {}", for_.items_max);
            add(symbol, reference, text, size_source(for_.size));
        }
        if let Kind::Listen(listen) = &task.kind
            && listen.until.is_some()
        {
            let text = format!("{reference} consumes ≤ {} events", listen.events_max);
            add(None, reference, text, "limits.for_items_max");
        }
        if let Kind::Wait(interval) = &task.kind {
            add_interval(&mut add, program, reference, interval, "the wait");
        }
        if let Kind::Try(try_) = &task.kind
            && let Some(retry) = &try_.catch.retry
        {
            if !retry.is_counted {
                let text = format!("{reference} retries ≤ {} times", retry.attempts_max);
                add(None, reference, text, "limits.retry_attempts_max");
            }
            add_interval(
                &mut add,
                program,
                reference,
                &retry.delay,
                "a retry's delay",
            );
        }
    }
    found
}

fn add_interval(
    add: &mut impl FnMut(Option<&String>, &Arc<str>, String, &'static str),
    program: &Program,
    reference: &Arc<str>,
    interval: &Interval,
    what: &str,
) {
    if let Interval::Computed(_) = interval {
        let most = span(program.limits.wait_ms_max);
        let text = format!("{what} of {reference} is computed, ≤ {most}");
        add(None, reference, text, "limits.wait_ms_max");
    }
}

pub(super) fn size_source(size: Size) -> &'static str {
    match size {
        Size::Exact => "as written",
        Size::Slice => "slice",
        Size::Schema => "maxItems",
        Size::Limit => "limits.for_items_max",
    }
}
