//! Durable consumers of the broker in memory.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use weir_protocol::{Stream, subject_matches};

use super::{Broker, stream::StreamState};
use crate::{Acknowledge, BusError, Consumer, Deliveries, Delivery, Stored};

/// What a consumer has seen of its stream.
pub(super) struct ConsumerState {
    filter: Option<String>,
    /// Sequence of the last message that was delivered for the first time.
    seen: u64,
    /// Delivered, and not acknowledged.
    pending: BTreeMap<u64, Pending>,
}

#[derive(Clone, Copy)]
struct Pending {
    attempt: u64,
    /// When it is due again.
    due_ms: u64,
}

impl ConsumerState {
    pub fn new(filter: Option<String>) -> Self {
        Self {
            filter,
            seen: 0,
            pending: BTreeMap::new(),
        }
    }

    pub fn next_redelivery_ms(&self) -> Option<u64> {
        self.pending.values().map(|pending| pending.due_ms).min()
    }

    /// The next message to deliver and which attempt that is: what is due again goes first.
    fn take(
        &mut self,
        stream: &StreamState,
        now_ms: u64,
        ack_wait_ms: u64,
    ) -> Option<(Stored, u64)> {
        // What expired or made room for another is nobody's any more.
        self.pending
            .retain(|sequence, _| stream.message(*sequence).is_some());
        let due_again = self.pending.iter().find(|(_, p)| p.due_ms <= now_ms);
        let (message, attempt) = if let Some((sequence, pending)) = due_again {
            (stream.message(*sequence)?, pending.attempt + 1)
        } else {
            let filter = self.filter.as_deref();
            let wanted = |m: &&Stored| filter.is_none_or(|f| subject_matches(f, &m.subject));
            let new = stream.messages_from(self.seen + 1).find(wanted)?;
            self.seen = new.sequence;
            (new, 1)
        };
        let due_ms = now_ms.saturating_add(ack_wait_ms);
        self.pending
            .insert(message.sequence, Pending { attempt, due_ms });
        Some((message.clone(), attempt))
    }
}

/// One replica of a consumer.
pub(super) struct MemoryDeliveries {
    broker: Arc<Broker>,
    stream: Stream,
    name: String,
}

impl MemoryDeliveries {
    pub fn join(broker: Arc<Broker>, consumer: &Consumer) -> Self {
        let (stream, name) = (consumer.stream(), consumer.durable_name());
        broker.with(stream, |state, _| {
            state.join(&name, consumer.filter());
        });
        Self {
            broker,
            stream,
            name,
        }
    }
}

#[async_trait]
impl Deliveries for MemoryDeliveries {
    async fn next(&mut self) -> Result<Delivery, BusError> {
        let ack_wait_ms = self.broker.options.ack_wait_ms;
        let take = |state: &mut StreamState, now_ms| {
            state
                .with_consumer(&self.name, |c, s| c.take(s, now_ms, ack_wait_ms))
                .flatten()
        };
        let (message, attempt) = self.broker.wait_for(self.stream, take).await;
        let acknowledge = Box::new(MemoryAcknowledge {
            broker: Arc::clone(&self.broker),
            stream: self.stream,
            consumer: self.name.clone(),
            sequence: message.sequence,
        });
        Ok(Delivery {
            message,
            attempt,
            acknowledge,
        })
    }
}

struct MemoryAcknowledge {
    broker: Arc<Broker>,
    stream: Stream,
    consumer: String,
    sequence: u64,
}

impl MemoryAcknowledge {
    /// Sets when the message is due again; nothing happens if it was acknowledged.
    fn due_after(&self, ms: u64) {
        self.broker.with(self.stream, |state, now_ms| {
            state.with_consumer(&self.consumer, |consumer, _| {
                if let Some(pending) = consumer.pending.get_mut(&self.sequence) {
                    pending.due_ms = now_ms.saturating_add(ms);
                }
            })
        });
        self.broker.kept(self.stream).changed.notify_waiters();
    }
}

#[async_trait]
impl Acknowledge for MemoryAcknowledge {
    async fn ack(&self) -> Result<(), BusError> {
        self.broker.with(self.stream, |state, _| {
            state.with_consumer(&self.consumer, |c, _| c.pending.remove(&self.sequence));
            state.acknowledged(self.sequence);
        });
        Ok(())
    }

    async fn retry(&self, after_ms: u64) -> Result<(), BusError> {
        self.due_after(after_ms);
        Ok(())
    }

    async fn progress(&self) -> Result<(), BusError> {
        self.due_after(self.broker.options.ack_wait_ms);
        Ok(())
    }
}
