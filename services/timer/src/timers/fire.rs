//! What a timer says when it fires.

use std::sync::Arc;

use weir_bus::Outgoing;
use weir_engine::InstanceId;
use weir_expression::Data;
use weir_protocol::{
    InboxKind, InboxSubject, Subject, header,
    v1::{Format, Start, Timeout, Timer, WorkflowRef},
};

use super::{Origin, Slot, Trace, origin::Scheduled};

/// A timer that fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fire {
    /// Whose.
    pub instance: InstanceId,
    /// When it was due: milliseconds since the Unix epoch.
    pub due: u64,
    /// Revision of the record that set it; a schedule counts its timers.
    pub revision: u64,
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
            revision: timer.revision,
            sequence: timer.sequence,
            fired_at: now_ms,
            origin: timer.origin.clone(),
            trace: timer.trace,
        }
    }

    /// The message to an inbox: a start if it is a schedule's, else a timeout.
    pub fn message(&self) -> Outgoing {
        match self.timer() {
            Some(timer) => self.start(&timer),
            None => self.timeout(),
        }
    }

    /// The timer that takes its place, if it is a schedule's and there is a next time. Who comes
    /// too late with it is refused.
    pub fn next(&self) -> Option<Outgoing> {
        let next = self.timer()?.next(self.fired_at)?;
        let message = Outgoing::new(Subject::timer(self.instance), next.encode());
        Some(message.expecting(self.sequence))
    }

    /// The timer as it is stored, if it is a schedule's.
    fn timer(&self) -> Option<Timer> {
        let Scheduled { version, schedule } = self.origin.scheduled.as_ref()?;
        Some(Timer {
            revision: self.revision,
            due: self.due,
            workflow: WorkflowRef {
                namespace: self.origin.namespace.to_string(),
                name: self.origin.workflow.to_string(),
                version: version.clone(),
            },
            reference: self.origin.reference.as_ref().to_owned(),
            traceparent: None,
            schedule: Some(schedule.clone()),
        })
    }

    /// Its id is the same at all replicas, and so is the instance.
    fn start(&self, timer: &Timer) -> Outgoing {
        let instance = timer.starts().unwrap_or(self.instance);
        let start = Start {
            workflow: timer.workflow.clone(),
            input: Data::null(),
            since: None,
            parent: None,
        };
        let subject = self.inbox(instance, InboxKind::Start);
        Outgoing::new(subject, start.encode()).with_id(format!("start/{instance}"))
    }

    /// Its id is the same at all replicas, and another one for every message that sets a timer:
    /// should a scheduler that was paused set one again after its end was forgotten, the broker does
    /// not take its firing for a repetition, and it is ended once more.
    fn timeout(&self) -> Outgoing {
        let Self {
            instance,
            due,
            revision: _,
            sequence,
            fired_at,
            origin,
            trace,
        } = self;
        let timeout = Timeout {
            due: *due,
            reference: origin.reference.as_ref().to_owned(),
            fired_at: *fired_at,
        };
        let subject = self.inbox(*instance, InboxKind::Timeout);
        let message = Outgoing::new(subject, timeout.encode())
            .with_id(format!("timeout/{instance}/{due}/{sequence}"));
        match trace {
            Some(trace) => message.with_header(header::TRACEPARENT, trace.to_string()),
            None => message,
        }
    }

    fn inbox(&self, instance: InstanceId, kind: InboxKind) -> Subject {
        InboxSubject {
            namespace: self.origin.namespace.clone(),
            workflow: self.origin.workflow.clone(),
            instance,
            kind,
        }
        .subject()
    }
}
