//! Instances and their records, as JSON for people.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use weir_engine::{
    ActionId, Activation, Event, Progress, State, Status, TaskState, Timestamp, TryPhase,
};
use weir_journal::Entry;
use weir_protocol::{InstanceId, v1};

/// Stands where credentials were.
const HIDDEN: &str = "<hidden>";

/// An instance as its journal tells it.
pub(super) struct Folded {
    pub state: State,
    revision: u64,
    /// When the last record was decided.
    updated_at: Timestamp,
}

impl Folded {
    /// Folds all records of an instance.
    pub fn of(
        id: InstanceId,
        entries: &[Entry],
    ) -> Result<Self, <Event as TryFrom<&v1::Event>>::Error> {
        let mut folded = Self {
            state: State::new(id),
            revision: 0,
            updated_at: Timestamp(0),
        };
        for Entry { record, .. } in entries {
            folded.revision = record.revision;
            folded.updated_at = Timestamp(record.at);
            for event in &record.events {
                let event = Event::try_from(event)?;
                folded.state.apply(&event, folded.updated_at);
            }
        }
        Ok(folded)
    }

    /// The whole of it.
    pub fn to_json(&self) -> Value {
        let state = &self.state;
        let tasks: Vec<Value> = state
            .tasks
            .iter()
            .filter(|(activation, _)| **activation != Activation::ROOT)
            .map(|(activation, task)| self.task(*activation, task))
            .collect();
        let mut view = json!({
            "instance": state.instance.to_string(),
            "workflow": v1::WorkflowRef::from(&state.workflow),
            "status": status(state.status),
            "startedAt": state.started_at.to_rfc3339(),
            "updatedAt": self.updated_at.to_rfc3339(),
            "revision": self.revision,
            "steps": state.steps,
            "actions": state.actions,
            "input": state.input.as_value(),
            "context": state.context.as_value(),
            "tasks": tasks,
        });
        if let Some(output) = &state.output {
            view["output"] = output.as_value().clone();
        }
        if let Some(error) = &state.error {
            view["error"] = json!(v1::WorkflowError::from(error));
        }
        if state.status.is_final() {
            view["endedAt"] = json!(self.updated_at.to_rfc3339());
        } else {
            let deadline = state.deadline_of(Activation::ROOT);
            view["deadline"] = json!(deadline.to_rfc3339());
        }
        view
    }

    fn task(&self, activation: Activation, task: &TaskState) -> Value {
        let mut view = json!({
            "activation": activation.0,
            "reference": &*task.reference,
            "parent": task.parent.map(|parent| parent.0),
            "startedAt": task.started_at.to_rfc3339(),
            "deadline": self.state.deadline_of(activation).to_rfc3339(),
        });
        if let Some(waiting) = self.waiting(activation, task) {
            view["waitingFor"] = waiting;
        }
        view
    }

    /// The whole of it, with the data of every task.
    pub fn to_detailed_json(&self) -> Value {
        let mut view = self.to_json();
        let tasks = view["tasks"].as_array_mut().into_iter().flatten();
        for task in tasks {
            let activation = Activation(task["activation"].as_u64().unwrap_or_default());
            if let Some(state) = self.state.tasks.get(&activation) {
                task["input"] = state.input.as_value().clone();
                task["progress"] = progress(&state.progress);
            }
        }
        view
    }

    /// What a task waits for, or how far it is.
    fn waiting(&self, activation: Activation, task: &TaskState) -> Option<Value> {
        Some(match &task.progress {
            Progress::Sleeping { until } => json!({"for": "time", "until": until.to_rfc3339()}),
            Progress::Listening {
                subscription,
                received,
                keys,
                iterations,
            } => json!({
                "for": "events",
                "since": subscription.since.to_rfc3339(),
                "expected": subscription.expected,
                "received": received.len(),
                "dealtWith": iterations.outputs.len(),
                "keys": keys,
            }),
            Progress::Acting { request } => json!({
                "for": "action",
                "function": request.function(),
                "id": ActionId::new(self.state.instance, &task.reference, activation).to_string(),
            }),
            Progress::Try {
                retries,
                phase: TryPhase::Backoff { due },
                ..
            } => json!({"for": "retry", "retries": retries, "until": due.to_rfc3339()}),
            Progress::Try { .. }
            | Progress::Instant
            | Progress::Emitted { .. }
            | Progress::Sequence { .. }
            | Progress::Iterate { .. }
            | Progress::Branches { .. } => return None,
        })
    }
}

/// How far a task is, with the data it has so far.
fn progress(progress: &Progress) -> Value {
    match progress {
        Progress::Instant => json!({"is": "ending"}),
        Progress::Emitted { event } => json!({"is": "emitted", "event": event.as_value()}),
        Progress::Sequence { value } => json!({"is": "sequence", "value": value.as_value()}),
        Progress::Iterate {
            items,
            index,
            value,
        } => {
            let count = items.as_value().as_array().map_or(0, Vec::len);
            json!({"is": "iteration", "index": index, "of": count,
                "item": usize::try_from(*index).ok().and_then(|index| items.as_value().get(index)),
                "value": value.as_value()})
        }
        Progress::Branches {
            count,
            outputs,
            compete,
            faulted,
        } => {
            let outputs = outputs.iter();
            let outputs = outputs.map(|(branch, output)| (branch.to_string(), output.as_value()));
            json!({"is": if *compete { "race" } else { "branches" }, "of": count,
                "outputs": outputs.collect::<BTreeMap<_, _>>(), "faulted": faulted})
        }
        Progress::Try {
            retries,
            value,
            phase,
            ..
        } => {
            let mut view = json!({"is": "attempt", "retries": retries, "value": value.as_value()});
            match phase {
                TryPhase::Trying { .. } => {}
                TryPhase::Backoff { due } => view["next"] = json!(due.to_rfc3339()),
                TryPhase::Catching { error } => {
                    view["caught"] = json!(v1::WorkflowError::from(error));
                }
            }
            view
        }
        Progress::Sleeping { until } => json!({"is": "sleep", "until": until.to_rfc3339()}),
        Progress::Listening { received, keys, .. } => {
            let events = received.iter().map(|one| one.event.as_value());
            json!({"is": "listening", "events": events.collect::<Vec<_>>(), "keys": keys})
        }
        Progress::Acting { request } => {
            let mut request = json!(v1::Request::from(request));
            if let Some(credentials) = request.get_mut("credentials") {
                *credentials = json!(HIDDEN);
            }
            json!({"is": "action", "request": request})
        }
    }
}

/// As the API writes it.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Running => "running",
        Status::Waiting => "waiting",
        Status::Completed => "completed",
        Status::Faulted => "faulted",
        Status::Cancelled => "cancelled",
    }
}

/// A record as it is stored, and where; credentials are hidden.
pub(crate) fn record(entry: &Entry) -> Value {
    let mut record = serde_json::to_value(&entry.record).unwrap_or_default();
    let events = record["events"].as_array_mut().into_iter().flatten();
    for event in events {
        if let Some(credentials) = event.pointer_mut("/activity/request/credentials") {
            *credentials = json!(HIDDEN);
        }
    }
    record["sequence"] = json!(entry.position.sequence);
    record
}
