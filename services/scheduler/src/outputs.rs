//! What a record implies, as messages: commands for the world, and the trace.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use weir_bus::{Outgoing, Ttl};
use weir_engine::{
    ActionId, Activation, Command, Event, InstanceId, Outcome, Parent, Request, Revision, State,
    Subscription, Timestamp, WorkflowRequest, consequences,
};
use weir_graph::WorkflowRef;
use weir_protocol::{
    InboxKind, Subject, Token, TokenError, cloudevent, header,
    lifecycle::{Lifecycle, lifecycle},
    v1::{self, Format},
};

/// How long the end of a timer or subscription is remembered.
const TOMBSTONE_SECONDS: u64 = 60;
/// A subscription outlives its deadline by this much, in case the timer is late.
const SUBSCRIPTION_GRACE_MS: u64 = 3_600_000;
/// Longer ones are kept until they are closed.
const SUBSCRIPTION_TTL_MS_MAX: u64 = 24 * 3_600_000;

/// The messages of one record.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    /// Publish these in order. Their ids derive from the record: sending them again is harmless.
    pub messages: Vec<Outgoing>,
    /// Set or end the instance's timer.
    pub timer: Option<Outgoing>,
    /// Messages that cannot be built: a defect, for the log.
    pub errors: Vec<TokenError>,
}

/// What `events`, decided at `at` and recorded as `revision`, imply for an instance that was in
/// the state `before` them.
pub fn outputs(
    before: &State,
    events: &[Event],
    revision: Revision,
    at: Timestamp,
    traceparent: Option<&str>,
) -> Outputs {
    let mut state = before.clone();
    let mut outputs = Outputs::default();
    let mut trace = Vec::new();
    for event in events {
        let happened = lifecycle(&state, event, at);
        let commands = consequences(&state, event);
        state.apply(event, at);
        trace.extend(happened);
        let record = Record {
            state: &state,
            revision,
            at,
            traceparent,
        };
        for command in commands {
            match record.command(&command) {
                Ok(message)
                    if matches!(command, Command::ArmTimer { .. } | Command::DisarmTimer) =>
                {
                    outputs.timer = Some(message);
                }
                Ok(message) => outputs.messages.push(message),
                Err(error) => outputs.errors.push(error),
            }
        }
    }
    let record = Record {
        state: &state,
        revision,
        at,
        traceparent,
    };
    for (index, lifecycle) in trace.into_iter().enumerate() {
        match record.trace(index, &lifecycle) {
            Ok(message) => outputs.messages.push(message),
            Err(error) => outputs.errors.push(error),
        }
    }
    outputs
}

struct Record<'a> {
    state: &'a State,
    revision: Revision,
    at: Timestamp,
    traceparent: Option<&'a str>,
}

impl Record<'_> {
    fn instance(&self) -> InstanceId {
        self.state.instance
    }

    fn workflow(&self) -> &WorkflowRef {
        &self.state.workflow
    }

    fn message(&self, subject: Subject, payload: Vec<u8>, id: String) -> Outgoing {
        let message = Outgoing::new(subject, payload).with_id(id);
        match self.traceparent {
            Some(traceparent) => message.with_header(header::TRACEPARENT, traceparent),
            None => message,
        }
    }

    fn command(&self, command: &Command) -> Result<Outgoing, TokenError> {
        let (instance, revision) = (self.instance(), self.revision.0);
        Ok(match command {
            Command::RequestAction {
                task,
                reference,
                request: Request::Workflow(run),
                ..
            } => self.run_workflow(*task, reference, run)?,
            Command::CancelWorkflow {
                task,
                reference,
                workflow,
            } => {
                let child = InstanceId::for_action(&ActionId::new(instance, reference, *task));
                let cancel = v1::Cancel {
                    reason: Some(format!("{instance} does not wait for it any more")),
                };
                let subject = Subject::inbox(workflow, child, InboxKind::Cancel)?;
                self.message(subject, cancel.encode(), format!("cancel/{child}/parent"))
            }
            Command::ReportOutcome { parent, outcome } => self.report(parent, outcome)?,
            Command::RequestAction {
                task,
                reference,
                request,
                deferred,
                deadline,
            } => {
                let id = ActionId::new(instance, reference, *task).to_string();
                let reply_to = Subject::inbox(self.workflow(), instance, InboxKind::Outcome)?;
                let action = v1::ActionRequest {
                    id: id.clone(),
                    instance: instance.to_string(),
                    workflow: self.workflow().into(),
                    task: task.0,
                    reference: reference.to_string(),
                    reply_to: reply_to.to_string(),
                    deadline: deadline.0,
                    request: request.into(),
                    deferred: deferred.as_deref().map(Into::into),
                };
                let function = Token::new(request.function())?;
                self.message(
                    Subject::actions(&function),
                    action.encode(),
                    format!("action/{id}"),
                )
            }
            Command::ArmTimer { due, reference } => {
                let timer = v1::Timer {
                    revision,
                    due: due.0,
                    workflow: self.workflow().into(),
                    reference: reference.to_string(),
                    traceparent: self.traceparent.map(str::to_owned),
                    schedule: None,
                };
                Outgoing::new(Subject::timer(instance), timer.encode())
            }
            Command::DisarmTimer => {
                let mut message = Outgoing::new(Subject::timer(instance), Vec::new());
                message.ttl = Some(Ttl::Seconds(TOMBSTONE_SECONDS));
                message
            }
            Command::OpenSubscription {
                task,
                reference,
                subscription,
                deadline,
            } => self.open(*task, reference, subscription, *deadline),
            Command::CloseSubscription { task } => {
                let id = format!("close/{instance}/{task}");
                let subject = Subject::subscription(instance, *task);
                let mut message = self.message(subject, Vec::new(), id);
                message.rollup = true;
                message.ttl = Some(Ttl::Seconds(TOMBSTONE_SECONDS));
                message
            }
            Command::PublishEvent { event } => self.publish(event.as_value()),
        })
    }

    /// The start of the instance that a `run.workflow` asks for.
    fn run_workflow(
        &self,
        task: Activation,
        reference: &str,
        run: &WorkflowRequest,
    ) -> Result<Outgoing, TokenError> {
        let instance = self.instance();
        let start = v1::Start {
            workflow: (&run.workflow).into(),
            input: run.input.clone(),
            since: None,
            parent: run.is_awaited.then(|| v1::Parent {
                instance: instance.to_string(),
                workflow: self.workflow().into(),
                task: task.0,
                reference: reference.to_owned(),
            }),
        };
        let child = InstanceId::for_action(&ActionId::new(instance, reference, task));
        let subject = Subject::inbox(&run.workflow, child, InboxKind::Start)?;
        Ok(self.message(subject, start.encode(), format!("start/{child}")))
    }

    /// How this instance ended, for the task that waits for it.
    fn report(&self, parent: &Parent, outcome: &Outcome) -> Result<Outgoing, TokenError> {
        let id = ActionId::new(parent.instance, &parent.reference, parent.task).to_string();
        let (output, error) = match outcome {
            Outcome::Completed(output) => (Some(output.clone()), None),
            Outcome::Failed(error) => (None, Some(error.into())),
        };
        let outcome = v1::Outcome {
            id: id.clone(),
            task: parent.task.0,
            output,
            error,
            executor: Some(self.instance().to_string()),
        };
        let subject = Subject::inbox(&parent.workflow, parent.instance, InboxKind::Outcome)?;
        Ok(self.message(subject, outcome.encode(), format!("outcome/{id}")))
    }

    fn open(
        &self,
        task: Activation,
        reference: &str,
        subscription: &Subscription,
        deadline: Timestamp,
    ) -> Outgoing {
        let instance = self.instance();
        let open = v1::OpenSubscription {
            workflow: self.workflow().into(),
            listener: v1::Listener::Instance {
                instance: instance.to_string(),
                task: task.0,
                reference: reference.to_string(),
                since: subscription.since.0,
                expected: subscription.expected.clone(),
            },
        };
        let id = format!("open/{instance}/{task}");
        let subject = Subject::subscription(instance, task);
        let mut message = self.message(subject, open.encode(), id);
        let left = deadline
            .0
            .saturating_sub(self.at.0)
            .saturating_add(SUBSCRIPTION_GRACE_MS);
        message.ttl = Some(if left > SUBSCRIPTION_TTL_MS_MAX {
            Ttl::Never
        } else {
            Ttl::Seconds(left.div_ceil(1000))
        });
        message
    }

    fn publish(&self, event: &Value) -> Outgoing {
        let mut event = event.clone();
        if let (None, Some(own)) = (event.get(header::TRACEPARENT), self.traceparent) {
            event[header::TRACEPARENT] = own.into();
        }
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let subject = Subject::event(text("type").unwrap_or_default());
        let (source, id) = (
            text("source").unwrap_or_default(),
            text("id").unwrap_or_default(),
        );
        let id = cloudevent::message_id(source, id);
        let payload = event.to_string().into_bytes();
        self.message(subject, payload, id)
            .with_header(header::CONTENT_TYPE, cloudevent::STRUCTURED)
    }

    fn trace(&self, index: usize, lifecycle: &Lifecycle) -> Result<Outgoing, TokenError> {
        let (instance, revision) = (self.instance(), self.revision.0);
        let workflow = self.workflow();
        let subject = Subject::trace(workflow, instance, lifecycle.name)?;
        let mut event = json!({
            "specversion": "1.0",
            "id": format!("{instance}/{revision}/{index}"),
            "source": format!("/weir/{}/{}/{instance}", workflow.namespace, workflow.name),
            "type": lifecycle.event_type,
            "time": self.at.to_rfc3339(),
            "datacontenttype": "application/json",
            "data": lifecycle.data,
            "instance": instance.to_string(),
            "revision": revision,
            "index": index,
        });
        let optional: BTreeMap<&str, Option<&str>> = BTreeMap::from([
            ("subject", lifecycle.reference.as_deref()),
            ("traceparent", self.traceparent),
        ]);
        for (name, value) in optional {
            if let Some(value) = value {
                event[name] = value.into();
            }
        }
        let id = format!("trace/{instance}/{revision}/{index}");
        Ok(Outgoing::new(subject, event.to_string().into_bytes())
            .with_id(id)
            .with_header(header::CONTENT_TYPE, cloudevent::STRUCTURED))
    }
}
