//! One step: a message to an instance becomes a record and what it implies. Synchronous and pure.

use weir_bus::Stored;
use weir_engine::{Ignored, InstanceId, Message, Timestamp, decide};
use weir_graph::{Program, WorkflowRef};
use weir_journal::Position;
use weir_protocol::{
    InboxKind, InboxSubject, header, json,
    v1::{self, Format},
};

use crate::{Instance, Outputs, outputs};

/// A message from the inbox, read.
#[derive(Clone, Debug)]
pub struct Input {
    /// To whom.
    pub instance: InstanceId,
    /// Which kind of message.
    pub kind: InboxKind,
    /// What it starts, if it is a start.
    pub starts: Option<WorkflowRef>,
    /// What.
    pub message: Message,
    /// What the record will name as its cause.
    pub cause: v1::Cause,
    /// W3C trace context it came with.
    pub traceparent: Option<String>,
}

/// Why a message cannot be read: it belongs among the dead letters.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Not a subject of the contract.
    #[error("`{0}` is not `weir.inbox.<namespace>.<workflow>.<instance>.<kind>`")]
    Subject(String),
    /// Not a payload of the contract.
    #[error(transparent)]
    Format(#[from] v1::FormatError),
    /// Deeper than a record can hold.
    #[error(transparent)]
    TooDeep(#[from] json::TooDeep),
    /// Says one thing on its subject and another in its payload.
    #[error("the subject names workflow {subject}, the payload {payload}")]
    Workflow {
        /// As on the subject.
        subject: String,
        /// As in the payload.
        payload: WorkflowRef,
    },
}

impl Input {
    /// Reads a message of the inbox.
    ///
    /// # Errors
    /// Says what is not as the contract has it.
    pub fn read(stored: &Stored) -> Result<Self, InputError> {
        let subject = InboxSubject::parse(&stored.subject)
            .ok_or_else(|| InputError::Subject(stored.subject.clone()))?;
        let payload = &stored.payload;
        json::check_depth(payload, json::MESSAGE_LEVELS_MAX)?;
        let message = match subject.kind {
            InboxKind::Start => {
                let start = v1::Start::decode(payload)?;
                let named = (&*start.workflow.namespace, &*start.workflow.name);
                if named != (subject.namespace.as_str(), subject.workflow.as_str()) {
                    return Err(InputError::Workflow {
                        subject: format!("{}/{}", subject.namespace, subject.workflow),
                        payload: (&start.workflow).into(),
                    });
                }
                start.to_message(subject.instance, stored.stored_at_ms)
            }
            InboxKind::Outcome => v1::Outcome::decode(payload)?.to_message(),
            InboxKind::Timeout => v1::Timeout::decode(payload)?.to_message(),
            InboxKind::Event => v1::EventReceived::decode(payload)?.to_message(),
            InboxKind::Cancel => v1::Cancel::decode(payload)?.to_message(),
        };
        let starts = if let Message::StartInstance(start) = &message {
            Some(start.workflow.clone())
        } else {
            None
        };
        let id = stored.header(header::MESSAGE_ID);
        Ok(Self {
            instance: subject.instance,
            kind: subject.kind,
            starts,
            message,
            cause: v1::Cause {
                kind: subject.kind.token().to_owned(),
                id: id.map_or_else(|| format!("sequence/{}", stored.sequence), str::to_owned),
            },
            traceparent: stored.header(header::TRACEPARENT).map(str::to_owned),
        })
    }
}

/// What a message leads to.
#[derive(Debug)]
pub enum Step {
    /// Append the record; then publish the outputs; then the instance is as given.
    Record {
        /// To append, right after the position that the instance had.
        record: v1::Record,
        /// To publish once it is stored.
        outputs: Box<Outputs>,
        /// The instance afterwards, but for its position.
        instance: Box<Instance>,
    },
    /// Nothing to do about it.
    Nothing(Ignored, Box<Instance>),
}

/// Decides on `input` for `instance` at time `now_ms` (milliseconds since the Unix epoch).
pub fn step(program: &Program, mut instance: Instance, input: &Input, now_ms: u64) -> Step {
    let before = instance.state.clone();
    let now = Timestamp(now_ms);
    let decision = decide(program, instance.state, &input.message, now);
    instance.state = decision.state;
    if decision.events.is_empty() {
        let ignored = decision.ignored.unwrap_or(Ignored::NothingDue);
        return Step::Nothing(ignored, Box::new(instance));
    }
    if instance.traceparent.is_none() {
        instance.traceparent = Some(
            input
                .traceparent
                .clone()
                .unwrap_or_else(|| new_trace(input.instance)),
        );
    }
    let Position { revision, sequence } = instance.position;
    let revision = revision.next();
    let record = v1::Record {
        revision: revision.0,
        previous: sequence,
        at: now_ms,
        cause: input.cause.clone(),
        traceparent: (revision.0 == 1)
            .then(|| instance.traceparent.clone())
            .flatten(),
        events: decision.events.iter().map(Into::into).collect(),
    };
    let traceparent = instance.traceparent.as_deref();
    let outputs = outputs(&before, &decision.events, revision, now, traceparent);
    Step::Record {
        record,
        outputs: Box::new(outputs),
        instance: Box::new(instance),
    }
}

/// An instance that was started without a trace context has one of its own: its id.
fn new_trace(instance: InstanceId) -> String {
    let trace = instance.0.simple();
    let (_, span) = instance.0.as_u64_pair();
    format!("00-{trace}-{:016x}-01", span.max(1))
}
