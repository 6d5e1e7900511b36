//! What the executor counts.

use std::time::Duration;

use weir_engine::WorkflowError;
use weir_runtime::{
    Metrics,
    telemetry::{Counter, Durations},
};

/// Instruments of one function.
#[derive(Clone, Debug)]
pub(crate) struct ActionMetrics {
    function: &'static str,
    durations: Durations,
    dropped: Counter,
}

impl ActionMetrics {
    pub(crate) fn new(metrics: &Metrics, function: &'static str) -> Self {
        Self {
            function,
            durations: metrics.durations("weir.action.duration", "How long actions take"),
            dropped: metrics.counter(
                "weir.action.dropped",
                "{action}",
                "Actions that were not done: expired or unreadable",
            ),
        }
    }

    pub(crate) fn done(&self, took: Duration, error: Option<&WorkflowError>) {
        let outcome = if error.is_some() {
            "failed"
        } else {
            "completed"
        };
        self.durations
            .record(took, &[("function", self.function), ("outcome", outcome)]);
    }

    pub(crate) fn expired(&self) {
        self.dropped
            .add(1, &[("function", self.function), ("reason", "expired")]);
    }

    pub(crate) fn dead(&self) {
        self.dropped
            .add(1, &[("function", self.function), ("reason", "dead")]);
    }
}
