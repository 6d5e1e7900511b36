//! The bus in memory, for tests and simulation.
//!
//! It keeps the promises of the real one and none besides: sequences, work queues, time to live,
//! rollup, dedupe, expected sequences, redelivery. It is deterministic: time is whatever its clock
//! says, and whoever moves that clock calls [`MemoryBus::tick`].

mod consumer;
mod follower;
mod stream;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::Notify;
use weir_protocol::{Retention, Stream, Subject};

use self::{consumer::MemoryDeliveries, follower::MemoryFollower, stream::StreamState};
use crate::{Bus, BusError, Consumer, Deliveries, Follower, From, Outgoing, Published, Stored};

/// Milliseconds since the Unix epoch.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// How a [`MemoryBus`] behaves.
#[derive(Clone, Debug)]
pub struct MemoryOptions {
    /// Largest payload, in bytes.
    pub payload_bytes_max: usize,
    /// How long a delivery may stay without acknowledgement, in milliseconds.
    pub ack_wait_ms: u64,
    /// How long ids are remembered, in milliseconds.
    pub duplicate_window_ms: u64,
    /// How long messages without a time to live of their own are kept, in milliseconds, where a
    /// stream limits that.
    pub age_ms_max: BTreeMap<Stream, u64>,
}

impl Default for MemoryOptions {
    fn default() -> Self {
        Self {
            payload_bytes_max: 1024 * 1024,
            ack_wait_ms: 30_000,
            duplicate_window_ms: 120_000,
            age_ms_max: BTreeMap::new(),
        }
    }
}

/// A broker in memory. Clones are connections to the same one.
#[derive(Clone)]
pub struct MemoryBus {
    broker: Arc<Broker>,
}

impl MemoryBus {
    /// An empty broker.
    pub fn new(clock: Clock) -> Self {
        Self::with_options(clock, MemoryOptions::default())
    }

    /// An empty broker that behaves as `options` say.
    pub fn with_options(clock: Clock, options: MemoryOptions) -> Self {
        let streams = Stream::ALL.map(|stream| (stream, Kept::new(stream)));
        Self {
            broker: Arc::new(Broker {
                clock,
                options,
                streams: BTreeMap::from(streams),
            }),
        }
    }

    /// The clock has moved: wakes those who wait for a delivery that is due again.
    pub fn tick(&self) {
        for kept in self.broker.streams.values() {
            kept.changed.notify_waiters();
        }
    }

    /// When the next delivery is due again, unless it is acknowledged before: milliseconds since
    /// the Unix epoch.
    pub fn next_redelivery_ms(&self) -> Option<u64> {
        let streams = self.broker.streams.values();
        streams
            .filter_map(|kept| kept.lock().next_redelivery_ms())
            .min()
    }

    /// What a stream holds, oldest first.
    pub fn messages(&self, stream: Stream) -> Vec<Stored> {
        self.broker
            .with(stream, |state, _| state.messages().cloned().collect())
    }
}

struct Broker {
    clock: Clock,
    options: MemoryOptions,
    streams: BTreeMap<Stream, Kept>,
}

/// A stream, and what wakes those who wait for it to change.
struct Kept {
    state: Mutex<StreamState>,
    changed: Notify,
}

impl Kept {
    fn new(stream: Stream) -> Self {
        Self {
            state: Mutex::new(StreamState::new(stream)),
            changed: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, StreamState> {
        // A panic elsewhere left no half-made change that matters to a test.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Broker {
    /// Looks at or changes a stream, from which what is too old has gone.
    fn with<T>(&self, stream: Stream, f: impl FnOnce(&mut StreamState, u64) -> T) -> T {
        let now_ms = (self.clock)();
        let mut state = self.kept(stream).lock();
        state.expire(now_ms);
        f(&mut state, now_ms)
    }

    fn kept(&self, stream: Stream) -> &Kept {
        &self.streams[&stream]
    }

    /// The first answer that `f` has, now or after a change of the stream.
    async fn wait_for<T>(
        &self,
        stream: Stream,
        mut f: impl FnMut(&mut StreamState, u64) -> Option<T>,
    ) -> T {
        loop {
            let mut changed = std::pin::pin!(self.kept(stream).changed.notified());
            // From here on no change is missed, though nothing waits yet.
            changed.as_mut().enable();
            if let Some(found) = self.with(stream, &mut f) {
                return found;
            }
            changed.await;
        }
    }

    fn publish(&self, message: Outgoing) -> Result<Published, BusError> {
        let (size, size_max) = (message.payload.len(), self.options.payload_bytes_max);
        if size > size_max {
            return Err(BusError::TooLarge { size, size_max });
        }
        let subject = message.subject.as_str();
        let stream = Stream::of_subject(subject)
            .ok_or_else(|| BusError::Refused(format!("no stream listens on `{subject}`")))?;
        let published = self.with(stream, |state, now_ms| {
            state.publish(message, now_ms, &self.options)
        })?;
        self.kept(stream).changed.notify_waiters();
        Ok(published)
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn publish(&self, message: Outgoing) -> Result<Published, BusError> {
        self.broker.publish(message)
    }

    async fn publish_all(&self, messages: Vec<Outgoing>) -> Result<(), BusError> {
        // All are on their way before the first answer is there, so one that is refused does not
        // hold back those after it.
        let mut first_error = Ok(());
        for message in messages {
            let published = self.broker.publish(message);
            first_error = first_error.and(published.map(drop));
        }
        first_error
    }

    async fn consume(&self, consumer: &Consumer) -> Result<Box<dyn Deliveries>, BusError> {
        let deliveries = MemoryDeliveries::join(Arc::clone(&self.broker), consumer);
        Ok(Box::new(deliveries))
    }

    async fn follow(&self, stream: Stream, from: From) -> Result<Box<dyn Follower>, BusError> {
        if stream.retention() == Retention::WorkQueue {
            return Err(BusError::Refused(format!(
                "{stream} is a work queue: consume it"
            )));
        }
        let follower = MemoryFollower::start(Arc::clone(&self.broker), stream, from);
        Ok(Box::new(follower))
    }

    async fn last(&self, stream: Stream, subject: &Subject) -> Result<Option<Stored>, BusError> {
        let last = |state: &mut StreamState| state.on_subject(subject.as_str()).last().cloned();
        Ok(self.broker.with(stream, |state, _| last(state)))
    }

    async fn latest(&self, stream: Stream, filter: &str) -> Result<Vec<Stored>, BusError> {
        Ok(self.broker.with(stream, |state, _| state.latest(filter)))
    }

    async fn all(&self, stream: Stream, subject: &Subject) -> Result<Vec<Stored>, BusError> {
        Ok(self.broker.with(stream, |state, _| {
            state.on_subject(subject.as_str()).cloned().collect()
        }))
    }

    async fn head(&self, stream: Stream) -> Result<u64, BusError> {
        Ok(self.broker.with(stream, |state, _| state.head()))
    }

    async fn remove(&self, stream: Stream, sequence: u64) -> Result<bool, BusError> {
        Ok(self.broker.with(stream, |state, _| state.remove(sequence)))
    }

    async fn time_ms(&self) -> Result<u64, BusError> {
        Ok((self.broker.clock)())
    }

    fn payload_bytes_max(&self) -> usize {
        self.broker.options.payload_bytes_max
    }
}

#[cfg(test)]
mod tests;
