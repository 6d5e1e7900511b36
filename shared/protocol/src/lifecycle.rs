//! Trace: what happened to an instance, as CloudEvents for people and their tools.
//!
//! Every journaled event appears on `weir.trace.<namespace>.<workflow>.<instance>.<event>`, in
//! order, at least once. Types and data are the specification's (`io.serverlessworkflow.…`) where
//! it has some; `io.weir.…` otherwise. Beyond the specification, `data.weir` says what a live view
//! needs: the activation, its parent, what it waits for and until when.

use serde_json::{Map, Value, json};
use weir_engine::{
    Activation, Activity, Event, InstanceId, Progress, State, Timestamp, WorkflowError,
};
use weir_graph::WorkflowRef;

/// One lifecycle event, before it has an envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Lifecycle {
    /// Last token of its subject, for example `task-completed`.
    pub name: &'static str,
    /// CloudEvents type.
    pub event_type: String,
    /// CloudEvents subject: JSON pointer to the task, if it is about one.
    pub reference: Option<String>,
    /// CloudEvents data.
    pub data: Value,
}

/// The lifecycle events that `event`, decided at `at`, is for an instance in the state `before`.
pub fn lifecycle(before: &State, event: &Event, at: Timestamp) -> Vec<Lifecycle> {
    let view = View {
        before,
        at: at.to_rfc3339(),
    };
    match event {
        Event::WorkflowStarted {
            instance,
            workflow,
            deadline,
            ..
        } => {
            vec![view.workflow_started(*instance, workflow, *deadline)]
        }
        Event::WorkflowCompleted { .. } => vec![view.workflow_completed()],
        Event::WorkflowFaulted { error } => vec![view.workflow_faulted(error)],
        Event::WorkflowCancelled { reason } => vec![view.workflow_cancelled(reason.as_deref())],
        Event::DecisionPaused { .. } | Event::DecisionResumed => Vec::new(),
        Event::TimerArmed { due, task } => {
            let data = json!({"due": due.to_rfc3339(), "task": view.reference(*task)});
            vec![view.own_workflow("workflow-timer-armed", data)]
        }
        Event::TaskStarted {
            task,
            parent,
            reference,
            deadline,
            activity,
            ..
        } => view.started(*task, *parent, reference, *deadline, activity),
        Event::TaskSkipped { reference, .. } => {
            vec![view.task("task-skipped", "skippedAt", reference, Value::Null)]
        }
        Event::TaskCompleted { task, .. } => view.completed(*task),
        Event::TaskFaulted { task, error } => {
            vec![view.ended(*task, "task-faulted", "faultedAt", Some(error))]
        }
        Event::TaskCancelled { task } => {
            vec![view.ended(*task, "task-cancelled", "cancelledAt", None)]
        }
        Event::IterationStarted { task, index } => {
            let more = json!({"activation": task.0, "index": index});
            vec![view.of(*task, "task-iteration-started", "startedAt", more)]
        }
        Event::IterationCompleted { task, index, .. } => {
            let more = json!({"activation": task.0, "index": index});
            vec![view.of(*task, "task-iteration-completed", "completedAt", more)]
        }
        Event::RetryScheduled {
            task,
            error,
            retry,
            due,
        } => {
            let more = json!({"activation": task.0, "retry": retry, "due": due.to_rfc3339()});
            let mut scheduled = view.of(*task, "task-retry-scheduled", "scheduledAt", more);
            scheduled.data["error"] = problem(error);
            vec![scheduled]
        }
        Event::TaskRetried { task, .. } => {
            vec![view.of(
                *task,
                "task-retried",
                "retriedAt",
                json!({"activation": task.0}),
            )]
        }
        Event::ErrorCaught { task, error } => {
            let more = json!({"activation": task.0});
            let mut caught = view.of(*task, "task-error-caught", "caughtAt", more);
            caught.data["error"] = problem(error);
            vec![caught]
        }
        Event::EventConsumed { by, event, .. } => by
            .iter()
            .map(|(task, filter)| {
                let event = event.as_value();
                let more = json!({"activation": task.0, "filter": filter, "event":
                    {"id": event["id"], "source": event["source"], "type": event["type"]}});
                view.of(*task, "task-event-consumed", "consumedAt", more)
            })
            .collect(),
    }
}

/// The specification's names; anything else is Weir's own.
const SPECIFIED: [&str; 12] = [
    "workflow-started",
    "workflow-completed",
    "workflow-faulted",
    "workflow-cancelled",
    "workflow-correlation-started",
    "workflow-correlation-completed",
    "task-created",
    "task-started",
    "task-completed",
    "task-faulted",
    "task-cancelled",
    "task-retried",
];

/// `task-completed` → `io.serverlessworkflow.task.completed.v1`.
fn event_type(name: &str) -> String {
    let owner = if SPECIFIED.contains(&name) {
        "serverlessworkflow"
    } else {
        "weir"
    };
    format!("io.{owner}.{}.v1", name.replacen('-', ".", 1))
}

struct View<'a> {
    before: &'a State,
    at: String,
}

impl View<'_> {
    /// `<name>-<instance>.<namespace>`: the qualified name of the specification's examples.
    fn qualified_name(&self) -> String {
        let workflow = &self.before.workflow;
        format!(
            "{}-{}.{}",
            workflow.name, self.before.instance, workflow.namespace
        )
    }

    fn reference(&self, task: Activation) -> &str {
        self.before
            .tasks
            .get(&task)
            .map_or("", |task| &task.reference)
    }

    fn workflow_started(
        &self,
        instance: InstanceId,
        workflow: &WorkflowRef,
        deadline: Timestamp,
    ) -> Lifecycle {
        let WorkflowRef {
            namespace,
            name,
            version,
        } = workflow;
        let data = json!({
            "name": format!("{name}-{instance}.{namespace}"),
            "definition": {"name": name, "namespace": namespace, "version": version},
            "startedAt": self.at,
            "weir": {"deadline": deadline.to_rfc3339()},
        });
        let name = "workflow-started";
        Lifecycle {
            name,
            event_type: event_type(name),
            reference: None,
            data,
        }
    }

    fn workflow_completed(&self) -> Lifecycle {
        let uri = format!("/api/v1/instances/{}/output", self.before.instance);
        let data = json!({"completedAt": self.at, "outputUri": uri});
        self.own_workflow("workflow-completed", data)
    }

    fn workflow_faulted(&self, error: &WorkflowError) -> Lifecycle {
        let data = json!({"faultedAt": self.at, "error": problem(error)});
        self.own_workflow("workflow-faulted", data)
    }

    fn workflow_cancelled(&self, reason: Option<&str>) -> Lifecycle {
        let mut data = json!({"cancelledAt": self.at});
        if let Some(reason) = reason {
            data["weir"] = json!({"reason": reason});
        }
        self.own_workflow("workflow-cancelled", data)
    }

    fn own_workflow(&self, name: &'static str, mut data: Value) -> Lifecycle {
        data["name"] = Value::String(self.qualified_name());
        Lifecycle {
            name,
            event_type: event_type(name),
            reference: None,
            data,
        }
    }

    fn task(&self, name: &'static str, time: &str, reference: &str, more: Value) -> Lifecycle {
        let mut data = Map::new();
        data.insert("workflow".to_owned(), Value::String(self.qualified_name()));
        data.insert("task".to_owned(), Value::String(reference.to_owned()));
        data.insert(time.to_owned(), Value::String(self.at.clone()));
        if !more.is_null() {
            data.insert("weir".to_owned(), more);
        }
        let reference = Some(reference.to_owned());
        Lifecycle {
            name,
            event_type: event_type(name),
            reference,
            data: Value::Object(data),
        }
    }

    fn of(&self, task: Activation, name: &'static str, time: &str, more: Value) -> Lifecycle {
        self.task(name, time, self.reference(task), more)
    }

    fn started(
        &self,
        task: Activation,
        parent: Activation,
        reference: &str,
        deadline: Option<Timestamp>,
        activity: &Activity,
    ) -> Vec<Lifecycle> {
        let inherited = self.before.deadline_of(parent);
        let deadline = deadline.map_or(inherited, |own| own.min(inherited));
        let mut more = json!({"activation": task.0, "parent": parent.0,
            "deadline": deadline.to_rfc3339()});
        if let Some(waiting) = waiting(activity) {
            more["waiting"] = waiting;
        }
        let created = json!({"activation": task.0, "parent": parent.0});
        let mut lifecycle = vec![
            self.task("task-created", "createdAt", reference, created),
            self.task("task-started", "startedAt", reference, more),
        ];
        if matches!(activity, Activity::Listen(_)) {
            let data = json!({"startedAt": self.at, "weir": {"task": reference}});
            lifecycle.push(self.own_workflow("workflow-correlation-started", data));
        }
        lifecycle
    }

    fn completed(&self, task: Activation) -> Vec<Lifecycle> {
        let mut lifecycle = Vec::new();
        if let Some(Progress::Listening { keys, .. }) =
            self.before.tasks.get(&task).map(|task| &task.progress)
        {
            let mut data = json!({"completedAt": self.at});
            if !keys.is_empty() {
                data["correlationKeys"] = json!(keys);
            }
            data["weir"] = json!({"task": self.reference(task)});
            lifecycle.push(self.own_workflow("workflow-correlation-completed", data));
        }
        let more = json!({"activation": task.0});
        lifecycle.push(self.of(task, "task-completed", "completedAt", more));
        lifecycle
    }

    fn ended(
        &self,
        task: Activation,
        name: &'static str,
        time: &str,
        error: Option<&WorkflowError>,
    ) -> Lifecycle {
        let mut ended = self.of(task, name, time, json!({"activation": task.0}));
        if let Some(error) = error {
            ended.data["error"] = problem(error);
        }
        ended
    }
}

/// What a started task waits for, if it waits.
fn waiting(activity: &Activity) -> Option<Value> {
    match activity {
        Activity::Sleep { until } => Some(json!({"for": "time", "until": until.to_rfc3339()})),
        Activity::Listen(_) => Some(json!({"for": "events"})),
        Activity::Action { request, .. } => {
            Some(json!({"for": "action", "function": request.function()}))
        }
        Activity::Instant
        | Activity::Sequence
        | Activity::Invoke { .. }
        | Activity::Iterate { .. }
        | Activity::Branches { .. }
        | Activity::Attempt { .. }
        | Activity::Emit { .. } => None,
    }
}

fn problem(error: &WorkflowError) -> Value {
    serde_json::to_value(crate::v1::WorkflowError::from(error)).unwrap_or_default()
}
