//! What a timer says when it fires.

use std::sync::Arc;

use weir_bus::Outgoing;
use weir_engine::InstanceId;
use weir_protocol::{
    InboxKind, InboxSubject, header,
    v1::{Format, Timeout},
};

use super::{Origin, Slot, Trace};

/// A timer that fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fire {
    /// Whose.
    pub instance: InstanceId,
    /// When it was due: milliseconds since the Unix epoch.
    pub due: u64,
    /// Of the message that set it, in the stream.
    pub sequence: u64,
    /// When it fires.
    pub fired_at: u64,
    /// What it is the deadline of.
    pub origin: Arc<Origin>,
    /// The instance's trace.
    pub trace: Option<Trace>,
}

impl Fire {
    pub(super) fn of(timer: &Slot, now_ms: u64) -> Self {
        Self {
            instance: timer.instance,
            due: timer.due,
            sequence: timer.sequence,
            fired_at: now_ms,
            origin: timer.origin.clone(),
            trace: timer.trace,
        }
    }

    /// The timeout for the instance. Its id is the same at all replicas, and another one for every
    /// message that sets a timer: should a scheduler that was paused set one again after its end
    /// was forgotten, the broker does not take its firing for a repetition, and it is ended once
    /// more.
    pub fn message(&self) -> Outgoing {
        let Self {
            instance,
            due,
            sequence,
            fired_at,
            origin,
            trace,
        } = self;
        let inbox = InboxSubject {
            namespace: origin.namespace.clone(),
            workflow: origin.workflow.clone(),
            instance: *instance,
            kind: InboxKind::Timeout,
        };
        let timeout = Timeout {
            due: *due,
            reference: origin.reference.as_ref().to_owned(),
            fired_at: *fired_at,
        };
        let message = Outgoing::new(inbox.subject(), timeout.encode())
            .with_id(format!("timeout/{instance}/{due}/{sequence}"));
        match trace {
            Some(trace) => message.with_header(header::TRACEPARENT, trace.to_string()),
            None => message,
        }
    }
}
