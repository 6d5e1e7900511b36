//! Whether a run was as expected.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};
use weir_definition::Position;
use weir_engine::{Event, Status, WorkflowError};

use crate::{Case, Expected, history::span, rehearse::Run};

/// Something that was not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which expectation.
    pub what: &'static str,
    /// Where it stands.
    pub position: Position,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub came: String,
}

/// What was not as expected.
pub(crate) fn check(case: &Case, run: &Run) -> Vec<Failure> {
    if !run.problems.is_empty() {
        // The run was broken off: nothing else can be said.
        return Vec::new();
    }
    let expectations = case.expected.iter();
    let failures = expectations.flat_map(|(expected, position)| {
        let differences = differences(expected, run).into_iter();
        differences.map(|(what, expected, came)| Failure {
            what,
            position: *position,
            expected,
            came,
        })
    });
    failures.collect()
}

type Difference = (&'static str, String, String);

fn differences(expected: &Expected, run: &Run) -> Option<Difference> {
    let state = &run.stage.state;
    let end = || ending(run);
    match expected {
        Expected::Status(status) => {
            (status != status_name(state.status)).then(|| ("status", status.clone(), end()))
        }
        Expected::Output(output) => {
            let came = state.output.as_ref().map(weir_expression::Data::as_value);
            (came != Some(output)).then(|| ("output", output.to_string(), end()))
        }
        Expected::Error(error) => {
            let came = state.error.as_ref().map(error_value);
            let is_it = came.is_some_and(|came| has(&came, error));
            (!is_it).then(|| ("error", error.to_string(), end()))
        }
        Expected::Path(path) => {
            let came = started(run);
            (came != *path).then(|| ("path", names(path), names(&came)))
        }
        Expected::Runs(tasks) => {
            let came = started(run);
            let missing: Vec<_> = tasks.iter().filter(|task| !came.contains(task)).collect();
            (!missing.is_empty()).then(|| ("runs", names(tasks), names(&came)))
        }
        Expected::Skips(tasks) => {
            let came: BTreeSet<_> = started(run).into_iter().collect();
            let ran = tasks.iter().filter(|task| came.contains(*task)).cloned();
            let ran: Vec<_> = ran.collect();
            let came = format!("{} ran", names(&ran));
            (!ran.is_empty()).then(|| ("skips", names(tasks), came))
        }
        Expected::Emits(events) => {
            let published = run.stage.published.iter();
            let came: Vec<Value> = published.map(|event| event.as_value().clone()).collect();
            unlike("emits", events, &came)
        }
        Expected::Timeouts(tasks) => {
            let came = &run.timeouts;
            (came != tasks).then(|| ("timeouts", names(tasks), names(came)))
        }
        Expected::Requests(task, requests) => {
            let all = run
                .requests
                .iter()
                .filter(|(reference, _)| reference == task);
            let came: Vec<Value> = all.map(|(_, request)| request.clone()).collect();
            unlike("requests", requests, &came)
        }
        Expected::Lasts(ms) => {
            let came = run.stage.elapsed_ms();
            (came != *ms).then(|| ("lasts", span(*ms), span(came)))
        }
        Expected::Within(ms) => {
            let came = run.stage.elapsed_ms();
            let most = || format!("at most {}", span(*ms));
            (came > *ms).then(|| ("within", most(), span(came)))
        }
    }
}

/// A difference, unless there are as many as expected and each has at least what is expected.
fn unlike(what: &'static str, expected: &[Value], came: &[Value]) -> Option<Difference> {
    let mut pairs = expected.iter().zip(came);
    let alike = expected.len() == came.len() && pairs.all(|(part, whole)| has(whole, part));
    (!alike).then(|| (what, json!(expected).to_string(), json!(came).to_string()))
}

/// Whether `whole` has everything that `part` has. Lists are compared item by item.
fn has(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, part)| whole.get(name).is_some_and(|whole| has(whole, part))),
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(w, p)| has(w, p))
        }
        _ => whole == part,
    }
}

fn started(run: &Run) -> Vec<Arc<str>> {
    let events = run.stage.history.iter();
    let started = events.filter_map(|(_, event)| {
        if let Event::TaskStarted { reference, .. } = event {
            Some(reference.clone())
        } else {
            None
        }
    });
    started.collect()
}

/// Names of tasks; nothing is written as `none`.
fn names(tasks: &[Arc<str>]) -> String {
    if tasks.is_empty() {
        return "none".to_owned();
    }
    let names = tasks.iter().map(|task| name(task));
    names.collect::<Vec<_>>().join(", ")
}

fn name(reference: &str) -> &str {
    match reference.rsplit('/').next() {
        None | Some("") => "$workflow",
        Some(name) => name,
    }
}

fn ending(run: &Run) -> String {
    let state = &run.stage.state;
    match (&state.output, &state.error) {
        (Some(output), _) => format!("completed with {}", output.as_value()),
        (None, Some(error)) => format!("faulted with {}", error_value(error)),
        (None, None) => status_name(state.status).to_owned(),
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Running | Status::Waiting => "running",
        Status::Completed => "completed",
        Status::Faulted => "faulted",
        Status::Cancelled => "cancelled",
    }
}

fn error_value(error: &WorkflowError) -> Value {
    let mut value = json!({"type": error.type_, "status": error.status});
    let others = [
        ("title", &error.title),
        ("detail", &error.detail),
        ("instance", &error.instance),
    ];
    for (name, text) in others {
        if let Some(text) = text {
            value[name] = json!(text);
        }
    }
    value
}
