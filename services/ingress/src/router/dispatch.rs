//! Dealing with the messages that the consumer hands to this replica.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tracing::{Instrument as _, info_span};
use weir_bus::{BusError, Consumer, Delivery, Outgoing, dead_letter};
use weir_protocol::header;
use weir_runtime::{Shutdown, telemetry};

use super::{
    Router,
    entry::Entry,
    step::{Step, step},
    subscriptions::Open,
};

/// Messages in work at the same time.
const IN_FLIGHT_MAX: usize = 256;
/// The index is usually there before the message; if it is not after this time, another replica
/// may be quicker.
const REACHED_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause before a message is delivered again.
const RETRY_MS: u64 = 500;
/// How often the broker hears that a message is in work.
const PROGRESS: Duration = Duration::from_secs(10);

impl Router {
    /// Deals with messages until `shutdown` is triggered; then finishes those in work.
    ///
    /// # Errors
    /// Those that waiting does not mend.
    pub async fn dispatch(self: Arc<Self>, shutdown: Shutdown) -> Result<(), BusError> {
        let mut deliveries = self.bus.consume(&Consumer::Router).await?;
        let permits = Arc::new(Semaphore::new(IN_FLIGHT_MAX));
        let mut in_work = JoinSet::new();
        let outcome = loop {
            while in_work.try_join_next().is_some() {}
            let permit = tokio::select! {
                () = shutdown.triggered() => break Ok(()),
                Ok(permit) = permits.clone().acquire_owned() => permit,
            };
            let delivery = tokio::select! {
                () = shutdown.triggered() => break Ok(()),
                delivery = deliveries.next() => delivery,
            };
            match delivery {
                Ok(delivery) => {
                    let router = self.clone();
                    in_work.spawn(async move { router.handle(delivery, permit).await });
                }
                Err(error) => break Err(error),
            }
        };
        while in_work.join_next().await.is_some() {}
        outcome
    }

    async fn handle(&self, delivery: Delivery, permit: OwnedSemaphorePermit) {
        let reached = self.reached.wait(delivery.message.sequence);
        if tokio::time::timeout(REACHED_TIMEOUT, reached)
            .await
            .is_err()
        {
            return retry(&delivery, "the index has not reached it").await;
        }
        let span = info_span!("route", subject = delivery.message.subject);
        if let Some(traceparent) = delivery.message.header(header::TRACEPARENT) {
            telemetry::set_parent_from(&span, traceparent);
        }
        self.route(delivery, permit).instrument(span).await;
    }

    async fn route(&self, delivery: Delivery, permit: OwnedSemaphorePermit) {
        let entry = Entry::read(&delivery.message);
        if let Entry::Opened(subscription) = &entry
            && let Err(reason) = self.site(subscription).await
        {
            return self.bury(&delivery, &reason).await;
        }
        match step(&self.index, &delivery.message) {
            Step::Publish {
                mut messages,
                errors,
            } => {
                if entry == Entry::Event {
                    continue_trace(&mut messages);
                }
                self.metrics.errors.add(errors, &[]);
                self.metrics.events.add(1, &[]);
                self.deliver(&delivery, messages).await;
            }
            Step::Bury(reason) => self.bury(&delivery, &reason).await,
            Step::Scan(open) => {
                // It takes no part in the work meanwhile.
                drop(permit);
                self.scan(&delivery, open).await;
            }
        }
    }

    async fn deliver(&self, delivery: &Delivery, messages: Vec<Outgoing>) {
        let count = messages.len();
        match self.publish(messages).await {
            Ok(too_large) => {
                self.metrics
                    .deliveries
                    .add((count - too_large.len()) as u64, &[]);
                match too_large.first() {
                    None => done(delivery).await,
                    Some(first) => {
                        let reason = format!("too large to be delivered to {}", first.subject);
                        self.bury(delivery, &reason).await;
                    }
                }
            }
            Err(error) => self.bury(delivery, &error.to_string()).await,
        }
    }

    async fn scan(&self, delivery: &Delivery, open: Arc<Open>) {
        self.metrics.look_backs.add(1, &[("in", "stream")]);
        let mut delivered = std::pin::pin!(self.scans.deliver(open));
        let outcome = loop {
            match tokio::time::timeout(PROGRESS, &mut delivered).await {
                Ok(outcome) => break outcome,
                Err(_) => {
                    if let Err(error) = delivery.acknowledge.progress().await {
                        tracing::debug!(%error, "could not tell of progress");
                    }
                }
            }
        };
        match outcome {
            Ok(()) => done(delivery).await,
            Err(error @ (BusError::TooLarge { .. } | BusError::Refused(_))) => {
                self.bury(delivery, &error.to_string()).await;
            }
            Err(error) => retry(delivery, &error.to_string()).await,
        }
    }

    /// Puts a message among the dead letters: it blocks nobody and is not lost.
    async fn bury(&self, delivery: &Delivery, reason: &str) {
        let message = &delivery.message;
        tracing::warn!(
            subject = message.subject,
            sequence = message.sequence,
            reason,
            "cannot be routed, moved to the dead letters"
        );
        self.metrics.dead.add(1, &[]);
        let letter = dead_letter(delivery, reason);
        match self.patient.publish(letter).await {
            Ok(_) => done(delivery).await,
            Err(error) => retry(delivery, &error.to_string()).await,
        }
    }
}

/// What an event leads to follows this span, if it is recorded; else whatever the event follows.
fn continue_trace(messages: &mut [Outgoing]) {
    if let Some(traceparent) = telemetry::current_traceparent() {
        for message in messages {
            let headers = &mut message.headers;
            headers.insert(header::TRACEPARENT.to_owned(), traceparent.clone());
        }
    }
}

async fn done(delivery: &Delivery) {
    if let Err(error) = delivery.ack().await {
        tracing::debug!(%error, "not acknowledged, it will come again");
    }
}

async fn retry(delivery: &Delivery, reason: &str) {
    tracing::debug!(
        subject = delivery.message.subject,
        reason,
        "will be delivered again"
    );
    if let Err(error) = delivery.acknowledge.retry(RETRY_MS).await {
        tracing::debug!(%error, "it will come again after its time");
    }
}
