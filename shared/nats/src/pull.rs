//! Asking a pull consumer for messages, again and again.
//!
//! Requests overlap, so that messages flow without a pause. Every loss is noticed: the server sends
//! heartbeats while a request waits, so silence means that it has forgotten the request, and then,
//! as after every reconnect, a new one is made. Requests are counted in messages still owed; a
//! wrong count costs a few seconds, never a standstill.

use std::time::Duration;

use async_nats::{Message, StatusCode, Subscriber};
use bytes::Bytes;
use futures::StreamExt;
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use weir_bus::BusError;

use crate::{Nats, message};

/// How long the server keeps a request.
const EXPIRES: Duration = Duration::from_secs(30);
/// How often it says that a request waits.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Silence that means that nothing waits any more.
const SILENCE: Duration = Duration::from_millis(2500);
/// Pause after a request was turned down.
const PAUSE: Duration = Duration::from_millis(50);

/// What to ask for.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub stream: &'static str,
    pub consumer: String,
    /// Messages per request.
    pub batch: usize,
    /// Group and priority, for consumers that have them.
    pub priority: Option<(&'static str, u8)>,
}

/// What comes of it.
pub(crate) enum Pulled {
    Message(Message),
    /// Nobody answers for the consumer: it may have to be created again.
    Gone,
    /// Messages may have been lost on the way; requests begin anew.
    Interrupted,
}

/// One client's requests to one consumer.
pub(crate) struct Pull {
    nats: Nats,
    /// Where requests go.
    subject: String,
    request: Map<String, Value>,
    batch: usize,
    /// How many messages the caller can take.
    room: usize,
    /// Where answers come, followed by the number of the request.
    inbox: String,
    subscriber: Subscriber,
    /// Number of the last request.
    last: u64,
    /// Requests up to this number count no more.
    forgotten: u64,
    /// Messages that requests may still bring.
    owed: usize,
    /// When the server was last heard of.
    heard: Instant,
    /// Which connection the requests were made on.
    connection: u64,
    /// No request before this time.
    paused_until: Option<Instant>,
}

impl Pull {
    pub async fn start(nats: &Nats, wish: &Wish) -> Result<Self, BusError> {
        let unavailable = |error: &dyn ToString| BusError::Unavailable(error.to_string());
        let inbox = nats.client.new_inbox();
        let subscriber = nats.client.subscribe(format!("{inbox}.*")).await;
        let subscriber = subscriber.map_err(|error| unavailable(&error))?;
        let mut request = Map::new();
        let mut set = |key: &str, value: Value| request.insert(key.to_owned(), value);
        set("expires", json!(EXPIRES.as_nanos()));
        set("idle_heartbeat", json!(HEARTBEAT.as_nanos()));
        if let Some((group, priority)) = wish.priority {
            set("group", json!(group));
            set("priority", json!(priority));
        }
        let (stream, consumer) = (wish.stream, &wish.consumer);
        Ok(Self {
            nats: nats.clone(),
            subject: format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"),
            request,
            batch: wish.batch,
            room: usize::MAX,
            inbox,
            subscriber,
            last: 0,
            forgotten: 0,
            owed: 0,
            heard: Instant::now(),
            connection: nats.link.connections(),
            paused_until: None,
        })
    }

    /// From now on, the caller can take so many messages.
    pub fn room(&mut self, messages: usize) {
        self.room = messages;
    }

    /// The next message, or what happened instead. Cancel-safe.
    pub async fn next(&mut self) -> Pulled {
        loop {
            if self.nats.link.connections() != self.connection {
                self.connection = self.nats.link.connections();
                self.forget();
                return Pulled::Interrupted;
            }
            if self
                .paused_until
                .is_none_or(|until| until <= Instant::now())
            {
                self.paused_until = None;
                let limit = self.batch.min(self.room);
                if self.owed <= limit / 2 && self.owed < self.room && self.nats.is_connected() {
                    self.ask(self.batch.min(self.room - self.owed)).await;
                }
            }
            let wake_at = self.paused_until.unwrap_or(self.heard + SILENCE);
            tokio::select! {
                biased;
                message = self.subscriber.next() => {
                    self.heard = Instant::now();
                    // Only a client that has died ends it; that ends the whole process.
                    let Some(message) = message else { return std::future::pending().await };
                    if let Some(pulled) = self.take(message) {
                        return pulled;
                    }
                }
                () = self.nats.link.reconnected_since(self.connection) => {}
                () = tokio::time::sleep_until(wake_at) => {
                    if self.paused_until.is_none() {
                        self.heard = Instant::now();
                        self.forget();
                        return Pulled::Interrupted;
                    }
                }
            }
        }
    }

    /// The messages that were received and not looked at.
    pub fn into_unseen(mut self) -> Vec<Message> {
        let mut unseen = Vec::new();
        while let Some(Some(message)) = futures::FutureExt::now_or_never(self.subscriber.next()) {
            if is_message(&message) {
                unseen.push(message);
            }
        }
        unseen
    }

    async fn ask(&mut self, batch: usize) {
        let number = self.last + 1;
        let inbox = format!("{}.{number}", self.inbox);
        self.request.insert("batch".to_owned(), json!(batch));
        let request = Bytes::from(json!(self.request).to_string());
        let subject = self.subject.clone();
        let sent = self
            .nats
            .client
            .publish_with_reply(subject, inbox, request)
            .await;
        self.last = number;
        match sent {
            Ok(()) => {
                self.owed += batch;
                self.heard = self.heard.max(Instant::now());
            }
            Err(error) => {
                tracing::debug!(%error, subject = self.subject, "request not sent");
                self.pause();
            }
        }
    }

    /// A message, or the server's word about a request.
    fn take(&mut self, message: Message) -> Option<Pulled> {
        if is_message(&message) {
            self.owed = self.owed.saturating_sub(1);
            return Some(Pulled::Message(message));
        }
        let status = message.status?;
        if status == StatusCode::IDLE_HEARTBEAT {
            return None;
        }
        let number = message.subject.rsplit('.').next()?.parse::<u64>().ok()?;
        if number <= self.forgotten {
            return None;
        }
        // The request has ended, with so many messages missing.
        let headers = message.headers.as_ref();
        let missing = headers.and_then(|headers| headers.get("Nats-Pending-Messages"));
        let missing = missing.and_then(|missing| missing.as_str().parse().ok());
        self.owed = self.owed.saturating_sub(missing.unwrap_or(self.batch));
        if status == StatusCode::TIMEOUT {
            return None;
        }
        tracing::debug!(%status, description = message.description, "request turned down");
        self.pause();
        (status == StatusCode::NO_RESPONDERS).then(|| {
            self.forget();
            Pulled::Gone
        })
    }

    fn pause(&mut self) {
        self.paused_until = Some(Instant::now() + PAUSE);
    }

    fn forget(&mut self) {
        self.forgotten = self.last;
        self.owed = 0;
    }
}

/// Whether a consumer delivered it. A status means nothing here: publishers can set one, too.
fn is_message(message: &Message) -> bool {
    let reply = message.reply.as_deref();
    reply.is_some_and(|reply| reply.starts_with(message::ACKNOWLEDGE))
}
