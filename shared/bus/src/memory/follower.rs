//! Followers of the broker in memory.

use std::sync::Arc;

use async_trait::async_trait;
use weir_protocol::Stream;

use super::Broker;
use crate::{BusError, Follower, From, Stored};

pub(super) struct MemoryFollower {
    broker: Arc<Broker>,
    stream: Stream,
    /// Messages before this sequence were seen, or are not wanted.
    next: u64,
    stored_at_ms_min: u64,
}

impl MemoryFollower {
    pub fn start(broker: Arc<Broker>, stream: Stream, from: From) -> Self {
        let (next, stored_at_ms_min) = match from {
            From::Start => (1, 0),
            From::Sequence(sequence) => (sequence, 0),
            From::Time(at_ms) => (1, at_ms),
            From::Now => (broker.with(stream, |state, _| state.head()) + 1, 0),
        };
        Self {
            broker,
            stream,
            next,
            stored_at_ms_min,
        }
    }
}

#[async_trait]
impl Follower for MemoryFollower {
    async fn next(&mut self) -> Result<Stored, BusError> {
        let (next, from_ms) = (self.next, self.stored_at_ms_min);
        let message = self
            .broker
            .wait_for(self.stream, |state, _| {
                let mut messages = state.messages_from(next);
                messages.find(|m| m.stored_at_ms >= from_ms).cloned()
            })
            .await;
        // From the first one on, the sequence alone decides, even if the clock is set back.
        self.stored_at_ms_min = 0;
        self.next = message.sequence + 1;
        Ok(message)
    }
}
