//! What happened, for people.

use weir_engine::{Activation, Activity, Event, Timestamp};

use crate::{EPOCH, rehearse::Run};

/// One line for each event: its time since the start, and what happened.
pub(crate) fn lines(run: &Run) -> Vec<String> {
    let events = run.stage.history.iter();
    let lines = events.filter_map(|(at, event)| {
        let line = line(run, event)?;
        Some(format!("{:>12}  {line}", span(at.0 - EPOCH.0)))
    });
    lines.collect()
}

fn line(run: &Run, event: &Event) -> Option<String> {
    let name = |task: &Activation| {
        let reference = run.references.get(task);
        reference.map_or("?", |reference| last(reference))
    };
    Some(match event {
        Event::WorkflowStarted { input, .. } => format!("started with {}", input.as_value()),
        Event::WorkflowCompleted { output } => format!("completed with {}", output.as_value()),
        Event::WorkflowFaulted { error } => format!("faulted: {error}"),
        Event::WorkflowCancelled { reason } => {
            format!(
                "cancelled: {}",
                reason.as_deref().unwrap_or("no reason given")
            )
        }
        Event::TaskStarted {
            reference,
            activity,
            deadline,
            ..
        } => format!("{} started{}", last(reference), what(activity, *deadline)),
        Event::TaskSkipped { reference, .. } => format!("{} skipped", last(reference)),
        Event::TaskCompleted { task, .. } => format!("{} completed", name(task)),
        Event::TaskFaulted { task, error } => format!("{} faulted: {error}", name(task)),
        Event::TaskCancelled { task } => format!("{} cancelled", name(task)),
        Event::IterationStarted { task, index } => format!("{} takes number {index}", name(task)),
        Event::IterationCompleted { task, index, .. } => {
            format!("{} has dealt with event {index}", name(task))
        }
        Event::RetryScheduled {
            task, retry, due, ..
        } => format!(
            "{} will retry (number {retry}) at {}",
            name(task),
            since_start(*due)
        ),
        Event::TaskRetried { task, .. } => format!("{} retries", name(task)),
        Event::ErrorCaught { task, error } => format!("{} caught: {error}", name(task)),
        Event::EventConsumed { by, event, .. } => {
            let names: Vec<_> = by.iter().map(|(task, _)| name(task)).collect();
            let type_ = event.as_value()["type"].as_str().unwrap_or("?");
            format!("{} received {type_}", names.join(", "))
        }
        Event::DecisionPaused { .. } | Event::DecisionResumed | Event::TimerArmed { .. } => {
            return None;
        }
    })
}

fn what(activity: &Activity, deadline: Option<Timestamp>) -> String {
    let what = match activity {
        Activity::Action { request, .. } => format!(", asks for {}", request.function()),
        Activity::Listen(_) => ", listens".to_owned(),
        Activity::Sleep { until } => format!(", waits until {}", since_start(*until)),
        Activity::Emit { event } => {
            let type_ = event.as_value()["type"].as_str().unwrap_or("?");
            format!(", publishes {type_}")
        }
        Activity::Instant
        | Activity::Sequence
        | Activity::Invoke { .. }
        | Activity::Iterate { .. }
        | Activity::Branches { .. }
        | Activity::Attempt { .. } => String::new(),
    };
    match deadline {
        Some(deadline) => format!("{what}, until {} at the latest", since_start(deadline)),
        None => what,
    }
}

fn last(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or_default()
}

fn since_start(at: Timestamp) -> String {
    span(at.0.saturating_sub(EPOCH.0))
}

/// Milliseconds for people, exactly: `15 min`, `1 h 0.2 s`, `0 s`.
pub(crate) fn span(ms: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min")];
    let mut rest = ms;
    let mut parts = Vec::new();
    for (unit_ms, unit) in UNITS {
        if rest >= unit_ms {
            parts.push(format!("{} {unit}", rest / unit_ms));
            rest %= unit_ms;
        }
    }
    if rest > 0 || parts.is_empty() {
        let fraction = format!("{:03}", rest % 1000);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        parts.push(format!("{}{point}{fraction} s", rest / 1000));
    }
    parts.join(" ")
}

#[test]
fn spans_are_exact() {
    let written: Vec<String> = [0, 1, 200, 61_000, 900_000, 90_000_001].map(span).into();
    assert_eq!(
        written,
        [
            "0 s",
            "0.001 s",
            "0.2 s",
            "1 min 1 s",
            "15 min",
            "1 d 1 h 0.001 s"
        ]
    );
}
