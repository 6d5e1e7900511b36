//! One action after another: what is done with each delivery.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use tracing::Instrument;
use weir_bus::{BusError, Delivery, Patient, dead_letter};
use weir_engine::{ErrorKind, WorkflowError};
use weir_expression::Data;
use weir_protocol::v1::ActionRequest;
use weir_runtime::{Clock, Shutdown, telemetry};

use crate::{
    Action, Function,
    job::{Job, Triage, triage},
    metrics::ActionMetrics,
};

/// How long a message that the bus takes nowhere, not even to the dead letters, is left alone.
const SET_ASIDE_MS: u64 = 600_000;

/// Does the actions of one function.
pub(crate) struct Worker {
    pub function: Arc<dyn Function>,
    pub bus: Patient,
    pub clock: Clock,
    pub metrics: ActionMetrics,
    /// See [`crate::Settings::name`].
    pub name: String,
    pub payload_bytes_max: usize,
    pub heartbeat: Duration,
    /// The grace period is over: actions that still run are given back.
    pub interrupt: Shutdown,
}

impl Worker {
    /// Handles one delivery to its end. Dropped before, it leaves the message to be delivered again.
    pub(crate) async fn handle(&self, delivery: Delivery) {
        tokio::select! {
            biased;
            () = self.process(&delivery) => {}
            never = self.keep_alive(&delivery) => match never {},
            () = self.interrupt.triggered() => {
                tracing::info!(
                    subject = delivery.message.subject,
                    sequence = delivery.message.sequence,
                    "an action did not end within the grace period, it is given to another executor"
                );
                settle(delivery.acknowledge.retry(0).await);
            }
        }
    }

    async fn keep_alive(&self, delivery: &Delivery) -> Infallible {
        loop {
            tokio::time::sleep(self.heartbeat).await;
            settle(delivery.acknowledge.progress().await);
        }
    }

    async fn process(&self, delivery: &Delivery) {
        match triage(&delivery.message, self.function.name(), (self.clock)()) {
            Triage::Do(job) => self.perform(delivery, &job).await,
            Triage::Expired { id } => {
                tracing::debug!(id, "an action came after its deadline, nobody waits for it");
                self.metrics.expired();
                settle(delivery.ack().await);
            }
            Triage::Dead { reason } => self.bury(delivery, &reason).await,
        }
    }

    async fn perform(&self, delivery: &Delivery, job: &Job) {
        let ActionRequest { id, reference, .. } = &job.action;
        let function = self.function.name();
        let span = tracing::info_span!(
            "action",
            function,
            id,
            reference,
            attempt = delivery.attempt
        );
        if let Some(traceparent) = &job.traceparent {
            telemetry::set_parent_from(&span, traceparent);
        }
        let start = Instant::now();
        let result = self.call(job).instrument(span.clone()).await;
        self.metrics.done(start.elapsed(), result.as_ref().err());
        if let Err(error) = &result {
            let _entered = span.enter();
            tracing::debug!(%error, "failed");
        }

        let reply = job.reply(result, &self.name, self.payload_bytes_max);
        match self.bus.publish(reply).await {
            Ok(_) => settle(delivery.ack().await),
            Err(error) => {
                let reason = format!("its outcome was not taken: {error}");
                self.bury(delivery, &reason).await;
            }
        }
    }

    /// Calls the function, for no longer than somebody waits.
    async fn call(&self, job: &Job) -> Result<Data, WorkflowError> {
        let ActionRequest {
            id,
            deadline,
            request,
            ..
        } = &job.action;
        let own = telemetry::current_traceparent();
        let action = Action {
            id,
            traceparent: own.as_deref().or(job.traceparent.as_deref()),
            request,
        };
        let left = Duration::from_millis(deadline.saturating_sub((self.clock)()));
        match tokio::time::timeout(left, self.function.call(&action)).await {
            Ok(result) => result.map(Data::from),
            Err(_) => Err(ErrorKind::Timeout.error("the action did not end before its deadline")),
        }
    }

    /// Moves a message that cannot be processed to the dead letters.
    async fn bury(&self, delivery: &Delivery, reason: &str) {
        let message = &delivery.message;
        tracing::warn!(
            subject = message.subject,
            sequence = message.sequence,
            reason,
            "an action cannot be processed, it goes to the dead letters"
        );
        self.metrics.dead();
        match self.bus.publish(dead_letter(delivery, reason)).await {
            Ok(_) => settle(delivery.ack().await),
            Err(error) => {
                tracing::error!(
                    subject = message.subject,
                    sequence = message.sequence,
                    %error,
                    "nor do the dead letters take it: it stays in the stream and is tried again \
                     later; remove the message by hand"
                );
                settle(delivery.acknowledge.retry(SET_ASIDE_MS).await);
            }
        }
    }
}

/// An acknowledgement that does not arrive only means another delivery.
fn settle(acknowledged: Result<(), BusError>) {
    if let Err(error) = acknowledged {
        tracing::debug!(%error, "an acknowledgement was lost, the message will be delivered again");
    }
}
