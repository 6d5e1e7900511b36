//! The `$` variables an expression can see, depending on where it stands.
//!
//! They are built only for expressions that use them: `$workflow` and `$task` hold copies of
//! definitions.

use std::{collections::BTreeSet, sync::LazyLock};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use weir_expression::{Data, STANDARD_VARIABLES, Scope};
use weir_graph::{Kind, Task, TaskIndex};

use super::Decider;
use crate::{Activation, Credentials, Progress, Timestamp, TryPhase, WorkflowError};

/// `$runtime`.
static RUNTIME: LazyLock<Data> = LazyLock::new(|| {
    Data::from(json!({
        "name": "weir",
        "version": env!("CARGO_PKG_VERSION"),
        "metadata": {},
    }))
});

/// Where an expression stands, and what it may see there (specification: Runtime expression
/// arguments). What is none here is null there.
#[derive(Clone, Default)]
pub(super) struct Site<'s> {
    /// `$context`.
    pub context: Option<&'s Data>,
    /// The task it belongs to; none for the workflow's own `input` and `output`.
    pub task: Option<TaskSite<'s>>,
    /// `$input`: the task's transformed input.
    pub input: Option<&'s Data>,
    /// `$output`: the task's transformed output.
    pub output: Option<&'s Data>,
    /// `$authorization`: how the task's request authenticates.
    pub credentials: Option<&'s Credentials>,
    /// Variables that hold here only: the item about to be iterated, the error about to be caught.
    pub own: Vec<(&'s str, Data)>,
}

/// The task an expression belongs to.
#[derive(Clone, Copy)]
pub(super) struct TaskSite<'s> {
    pub task: &'s Task,
    /// What it is part of: the variables of its `for`s and `catch`es are visible.
    pub parent: Activation,
    /// `$task.input`.
    pub raw: &'s Data,
    /// `$task.output`.
    pub raw_output: Option<&'s Data>,
    /// `$task.startedAt`.
    pub started_at: Timestamp,
}

impl Decider<'_> {
    /// The variables named in `variables`, as seen from `site`.
    pub(super) fn scope(&self, site: &Site<'_>, variables: &BTreeSet<String>) -> Scope {
        let mut scope = Scope::default();
        for name in variables {
            let value = match name.as_str() {
                "context" => site.context.cloned(),
                "input" => site.input.cloned(),
                "output" => site.output.cloned(),
                "task" => site
                    .task
                    .map(|at| self.extended(at).unwrap_or_else(|| task(at))),
                "authorization" => site.credentials.map(authorization),
                "workflow" => Some(self.workflow()),
                "runtime" => Some(RUNTIME.clone()),
                name if STANDARD_VARIABLES.contains(&name) => None,
                name => self.own_variable(site, name),
            };
            if let Some(value) = value {
                scope.set(name, value);
            }
        }
        scope
    }

    /// In an extension, `$task` is the task that is extended, with the properties of its definition.
    fn extended(&self, site: TaskSite<'_>) -> Option<Data> {
        let (around, of) = if let Kind::Around(around) = &site.task.kind {
            (site.parent, around.of)
        } else {
            self.around(site.parent)?
        };
        let (_, frame) = self.live(around)?;
        let compiled = self.program.task(of);
        let mut value = compiled.definition.as_value().clone();
        let described = task(TaskSite {
            task: compiled,
            parent: around,
            raw: &frame.raw,
            raw_output: None,
            started_at: frame.started_at,
        });
        let value_map = value.as_object_mut()?;
        for (name, described) in described.as_value().as_object()? {
            value_map.insert(name.clone(), described.clone());
        }
        Some(Data::from(value))
    }

    /// What is in the place of the task that `frame` is an extension of, or a part of such; and
    /// that task.
    fn around(&self, frame: Activation) -> Option<(Activation, TaskIndex)> {
        let mut frame = Some(frame);
        while let Some((compiled, state)) = frame.and_then(|frame| self.live(frame)) {
            if let Kind::Around(around) = &compiled.kind {
                return Some((state.parent?, around.of));
            }
            // A function that it calls has tasks of its own.
            if let Kind::Invoke(_) = &compiled.kind {
                return None;
            }
            frame = state.parent;
        }
        None
    }

    /// A variable of the definition's own: the innermost of that name.
    fn own_variable(&self, site: &Site<'_>, name: &str) -> Option<Data> {
        if let Some((_, value)) = site.own.iter().find(|(own, _)| *own == name) {
            return Some(value.clone());
        }
        let mut frame = Some(site.task?.parent);
        while let Some((compiled, state)) = frame.and_then(|frame| self.live(frame)) {
            match (&compiled.kind, &state.progress) {
                (Kind::For(each), Progress::Iterate { items, index, .. }) => {
                    if *each.each == *name {
                        return Some(item(items, *index));
                    }
                    if *each.at == *name {
                        return Some(Data::from(Value::from(*index)));
                    }
                }
                (
                    Kind::Listen(listen),
                    Progress::Listening {
                        subscription,
                        received,
                        iterations,
                        ..
                    },
                ) => {
                    let value = listen.foreach.as_ref().and_then(|foreach| {
                        let started = iterations.started;
                        Self::heard_variable(foreach, subscription, received, started, name)
                    });
                    if value.is_some() {
                        return value;
                    }
                }
                (
                    Kind::Try(attempt),
                    Progress::Try {
                        phase: TryPhase::Catching { error },
                        ..
                    },
                ) if *attempt.catch.error_as == *name => return Some(error_value(error)),
                _ => {}
            }
            frame = state.parent;
        }
        None
    }

    fn workflow(&self) -> Data {
        let build = || {
            Data::from(json!({
                "id": self.identity.instance.to_string(),
                "definition": self.program.definition.as_value(),
                "input": self.identity.input.as_value(),
                "startedAt": time(self.identity.started_at),
            }))
        };
        self.workflow.get_or_init(build).clone()
    }
}

/// The item of a collection, or null.
pub(super) fn item(items: &Data, index: u64) -> Data {
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    let item = items.as_value().get(index);
    item.map_or_else(Data::null, |item| Data::from(item.clone()))
}

/// An error as a workflow sees it.
pub(super) fn error_value(error: &WorkflowError) -> Data {
    let mut value = json!({"type": error.type_, "status": error.status});
    for (name, text) in [
        ("title", &error.title),
        ("detail", &error.detail),
        ("instance", &error.instance),
    ] {
        if let Some(text) = text {
            value[name] = Value::from(text.as_str());
        }
    }
    Data::from(value)
}

fn task(site: TaskSite<'_>) -> Data {
    let mut value = json!({
        "name": *site.task.name,
        "reference": *site.task.reference,
        "definition": site.task.definition.as_value(),
        "input": site.raw.as_value(),
        "startedAt": time(site.started_at),
    });
    if let Some(output) = site.raw_output {
        value["output"] = output.as_value().clone();
    }
    Data::from(value)
}

fn authorization(credentials: &Credentials) -> Data {
    Data::from(match credentials {
        Credentials::Basic { username, password } => json!({
            "scheme": "Basic",
            "parameter": STANDARD.encode(format!("{username}:{password}")),
        }),
        Credentials::Bearer { token } => json!({"scheme": "Bearer", "parameter": token}),
        // What is sent depends on the server, or on the authority: only the executor knows it.
        Credentials::Digest { .. } | Credentials::Token { .. } => Value::Null,
    })
}

fn time(at: Timestamp) -> Value {
    json!({
        "iso8601": at.to_rfc3339(),
        "epoch": {"seconds": at.0 / 1_000, "milliseconds": at.0},
    })
}
