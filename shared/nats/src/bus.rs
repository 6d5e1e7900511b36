//! The bus on JetStream.

use std::collections::VecDeque;

use async_nats::jetstream::ErrorCode;
use async_trait::async_trait;
use serde_json::{Value, json};
use weir_bus::{Bus, BusError, Consumer, Deliveries, Follower, From, Outgoing, Published, Stored};
use weir_protocol::{Stream, Subject};

use crate::{
    BusOptions, Nats, api,
    consumer::Preference,
    deliveries::NatsDeliveries,
    follower::NatsFollower,
    latest,
    link::Lost,
    message,
    publish::{self, Sent},
    read,
};

/// Messages of one call that wait for their acknowledgement at the same time.
const WAITING_MAX: usize = 512;

/// The bus on JetStream. Its streams must have been provisioned.
#[derive(Clone, Debug)]
pub struct NatsBus {
    nats: Nats,
    options: BusOptions,
    preference: Preference,
}

impl NatsBus {
    /// The bus behind a connection.
    pub fn new(nats: &Nats, options: BusOptions) -> Self {
        Self {
            nats: nats.clone(),
            preference: Preference::new(options.replica),
            options,
        }
    }

    /// Version of the server.
    pub fn server_version(&self) -> String {
        self.nats.client.server_info().version
    }

    /// How much a stream holds.
    ///
    /// # Errors
    /// If it does not exist or nobody answers.
    pub async fn usage(&self, stream: Stream) -> Result<Usage, BusError> {
        let info = api::stream_info(&self.nats, stream.name()).await?;
        let replicas = info.config.get("num_replicas").and_then(Value::as_u64);
        Ok(Usage {
            stored: info.state.last_seq,
            messages: info.state.messages,
            bytes: info.state.bytes,
            replicas: replicas.unwrap_or_default(),
        })
    }
}

/// How much a stream holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Messages that were ever stored.
    pub stored: u64,
    /// Messages that are there.
    pub messages: u64,
    /// Their bytes, subjects, headers and the store's own included.
    pub bytes: u64,
    /// How many servers keep the stream.
    pub replicas: u64,
}

#[async_trait]
impl Bus for NatsBus {
    async fn publish(&self, message: Outgoing) -> Result<Published, BusError> {
        let sent = publish::send(&self.nats, message).await?;
        let ack = sent.acknowledged().await?;
        Ok(Published {
            sequence: ack.sequence,
            duplicate: ack.duplicate,
        })
    }

    async fn publish_all(&self, messages: Vec<Outgoing>) -> Result<(), BusError> {
        let mut result = Ok(());
        let mut waiting = VecDeque::new();
        let watch = self.nats.link.watch();
        for message in messages {
            // On another connection, this one would overtake those that were lost.
            if watch.is_lost() {
                result = result.and(Err(BusError::Unavailable(Lost.to_string())));
                break;
            }
            // Without waiting here, more than fit in flight would wait for each other.
            if waiting.len() == WAITING_MAX {
                result = result.and(acknowledged(&mut waiting).await);
            }
            match publish::send(&self.nats, message).await {
                Ok(sent) => waiting.push_back(sent),
                Err(error) => result = result.and(Err(error)),
            }
        }
        while !waiting.is_empty() {
            result = result.and(acknowledged(&mut waiting).await);
        }
        result
    }

    async fn consume(&self, consumer: &Consumer) -> Result<Box<dyn Deliveries>, BusError> {
        let ack_wait = match consumer {
            Consumer::Inbox { .. } | Consumer::Router => self.options.ack_wait,
            Consumer::Actions { .. } => self.options.action_ack_wait,
        };
        let joined = NatsDeliveries::join(&self.nats, consumer, ack_wait, self.preference);
        Ok(Box::new(joined.await?))
    }

    async fn follow(&self, stream: Stream, from: From) -> Result<Box<dyn Follower>, BusError> {
        Ok(Box::new(
            NatsFollower::start(&self.nats, stream, from).await?,
        ))
    }

    async fn last(&self, stream: Stream, subject: &Subject) -> Result<Option<Stored>, BusError> {
        read::last(&self.nats, stream, subject.as_str()).await
    }

    async fn latest(&self, stream: Stream, filter: &str) -> Result<Vec<Stored>, BusError> {
        latest::latest(&self.nats, stream, filter).await
    }

    async fn all(&self, stream: Stream, subject: &Subject) -> Result<Vec<Stored>, BusError> {
        read::all(&self.nats, stream, subject.as_str()).await
    }

    async fn head(&self, stream: Stream) -> Result<u64, BusError> {
        let info = api::stream_info(&self.nats, stream.name()).await?;
        Ok(info.state.last_seq)
    }

    async fn remove(&self, stream: Stream, sequence: u64) -> Result<bool, BusError> {
        let subject = format!("STREAM.MSG.DELETE.{}", stream.name());
        let request = json!({"seq": sequence, "no_erase": true});
        match api::request::<Value>(&self.nats, subject, &request).await {
            Ok(_) => Ok(true),
            Err(error) if error.is(ErrorCode::SEQUENCE_NOT_FOUND) => Ok(false),
            Err(error) if error.is(ErrorCode::STREAM_MESSAGE_DELETE_FAILED) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn time_ms(&self) -> Result<u64, BusError> {
        // A small stream, of which it costs the server nothing to tell.
        let info = api::stream_info(&self.nats, Stream::Definitions.name()).await?;
        let time = info.ts.as_deref().map(async_nats::datetime::parse_rfc3339);
        match time {
            Some(Ok(time)) => Ok(message::at_ms(time)),
            Some(Err(_)) | None => Err(BusError::Refused(
                "the server does not say what time it is".to_owned(),
            )),
        }
    }

    fn payload_bytes_max(&self) -> usize {
        publish::payload_bytes_max(&self.nats)
    }
}

/// Waits for the oldest.
async fn acknowledged(waiting: &mut VecDeque<Sent>) -> Result<(), BusError> {
    match waiting.pop_front() {
        Some(sent) => sent.acknowledged().await.map(drop),
        None => Ok(()),
    }
}
