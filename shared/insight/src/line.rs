//! An event in a line.

use std::{collections::BTreeMap, sync::Arc};

use weir_engine::{Activation, Activity, Event, Timestamp};

/// What an event says, in a line; none for those that only the engine cares for. `references` has
/// the tasks of all activations, `time` writes points in time.
pub fn line(
    event: &Event,
    references: &BTreeMap<Activation, Arc<str>>,
    time: impl Fn(Timestamp) -> String,
) -> Option<String> {
    let name = |task: &Activation| {
        let reference = references.get(task);
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
        } => {
            let what = what(activity, &time);
            let until = deadline.map_or_else(String::new, |deadline| {
                format!(", until {} at the latest", time(deadline))
            });
            format!("{} started{what}{until}", last(reference))
        }
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
            time(*due)
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

fn what(activity: &Activity, time: impl Fn(Timestamp) -> String) -> String {
    match activity {
        Activity::Action { request, .. } => format!(", asks for {}", request.function()),
        Activity::Listen(_) => ", listens".to_owned(),
        Activity::Sleep { until } => format!(", waits until {}", time(*until)),
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
    }
}

fn last(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or_default()
}
