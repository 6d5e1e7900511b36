//! Following a stream in order, without gaps.
//!
//! The consumer behind it is the broker's to forget: whenever anything may have been lost (another
//! connection, silence, a gap in its count), a new one begins after the last message seen.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use weir_bus::{BusError, Follower, From, Stored};
use weir_protocol::{Stream, Timestamp};

use crate::{
    Nats,
    api::{self, ConsumerInfo},
    message,
    pull::{Pull, Pulled, Wish},
};

/// Messages per request.
const BATCH: usize = 500;
/// How long the broker remembers a consumer that nobody asks.
const INACTIVE: Duration = Duration::from_mins(2);
/// Pause between attempts to begin anew.
const RETRY_DELAY: Duration = Duration::from_millis(200);

pub(crate) struct NatsFollower {
    nats: Nats,
    stream: Stream,
    /// Where the next consumer begins.
    from: Begin,
    /// The consumer, and how many messages it sent.
    current: Option<(Pull, u64)>,
}

#[derive(Clone, Copy, Debug)]
enum Begin {
    Sequence(u64),
    Time(u64),
}

impl NatsFollower {
    pub async fn start(nats: &Nats, stream: Stream, from: From) -> Result<Self, BusError> {
        let from = match from {
            From::Start => Begin::Sequence(1),
            From::Sequence(sequence) => Begin::Sequence(sequence.max(1)),
            From::Time(at_ms) => Begin::Time(at_ms),
            // As a number: what comes before the consumer does is not missed.
            From::Now => {
                let info = api::stream_info(nats, stream.name()).await?;
                Begin::Sequence(info.state.last_seq + 1)
            }
        };
        let mut follower = Self {
            nats: nats.clone(),
            stream,
            from,
            current: None,
        };
        let pull = follower.begin().await?;
        follower.current = Some((pull, 0));
        Ok(follower)
    }

    async fn begin(&self) -> Result<Pull, BusError> {
        let stream = self.stream.name();
        let name = format!(
            "follower-{}",
            self.nats.client.new_inbox().replace('.', "-")
        );
        let mut config = Map::new();
        let mut set = |key: &str, value: Value| config.insert(key.to_owned(), value);
        set("name", json!(name));
        set("ack_policy", json!("none"));
        set("replay_policy", json!("instant"));
        set("max_deliver", json!(1));
        set("mem_storage", json!(true));
        set("num_replicas", json!(1));
        set("inactive_threshold", json!(INACTIVE.as_nanos()));
        match self.from {
            Begin::Sequence(sequence) => {
                set("deliver_policy", json!("by_start_sequence"));
                set("opt_start_seq", json!(sequence));
            }
            Begin::Time(at_ms) => {
                set("deliver_policy", json!("by_start_time"));
                set("opt_start_time", json!(Timestamp(at_ms).to_rfc3339()));
            }
        }
        let create = json!({"stream_name": stream, "config": config, "action": "create"});
        let subject = format!("CONSUMER.CREATE.{stream}.{name}");
        api::request::<ConsumerInfo>(&self.nats, subject, &create).await?;
        let wish = Wish {
            stream,
            consumer: name,
            batch: BATCH,
            priority: None,
        };
        Pull::start(&self.nats, &wish).await
    }
}

#[async_trait]
impl Follower for NatsFollower {
    async fn next(&mut self) -> Result<Stored, BusError> {
        loop {
            let (pull, count) = match self.current.as_mut() {
                Some((pull, count)) => (pull, count),
                None => match self.begin().await {
                    Ok(pull) => {
                        let (pull, count) = self.current.insert((pull, 0));
                        (pull, count)
                    }
                    Err(BusError::Unavailable(reason)) => {
                        tracing::debug!(reason, stream = %self.stream, "cannot follow yet");
                        tokio::time::sleep(RETRY_DELAY).await;
                        continue;
                    }
                    Err(error) => return Err(error),
                },
            };
            let Pulled::Message(message) = pull.next().await else {
                self.current = None;
                continue;
            };
            let Some(delivered) = message::from_consumer(self.stream, message) else {
                continue;
            };
            if delivered.consumer_sequence != *count + 1 {
                self.current = None;
                continue;
            }
            *count += 1;
            self.from = Begin::Sequence(delivered.stored.sequence + 1);
            if !message::is_marker(&delivered.stored) {
                return Ok(delivered.stored);
            }
        }
    }
}
