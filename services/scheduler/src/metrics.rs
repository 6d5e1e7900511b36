//! What the scheduler counts.

use std::time::Duration;

use weir_protocol::InboxKind;
use weir_runtime::{
    Metrics,
    telemetry::{Counter, Durations},
};

/// The scheduler's instruments.
#[derive(Clone, Debug)]
pub(crate) struct StepMetrics {
    durations: Durations,
    conflicts: Counter,
    dead: Counter,
    exceeded: Counter,
}

impl StepMetrics {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let message = "{message}";
        Self {
            durations: metrics.durations(
                "weir.step.duration",
                "How long a message to an instance takes: load, decide, append, publish",
            ),
            conflicts: metrics.counter(
                "weir.step.conflicts",
                message,
                "Messages that were decided again because another writer was first",
            ),
            dead: metrics.counter(
                "weir.step.dead",
                message,
                "Messages moved to the dead letters",
            ),
            exceeded: metrics.counter(
                "weir.bound.exceeded",
                "{instance}",
                "Instances that would have done more than their static bound: a defect, always 0",
            ),
        }
    }

    pub(crate) fn served(&self, took: Duration, kind: InboxKind) {
        self.durations.record(took, &[("kind", kind.token())]);
    }

    pub(crate) fn conflict(&self) {
        self.conflicts.add(1, &[]);
    }

    pub(crate) fn exceeded(&self) {
        self.exceeded.add(1, &[]);
    }

    pub(crate) fn dead(&self) {
        self.dead.add(1, &[]);
    }
}
