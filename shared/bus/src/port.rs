//! The port that adapters implement.

use async_trait::async_trait;
use weir_protocol::{Stream, Subject, Token};

use crate::{BusError, Delivery, Outgoing, Published, Stored};

/// Carries messages between services.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Publishes, and returns once the message is stored.
    async fn publish(&self, message: Outgoing) -> Result<Published, BusError>;

    /// Publishes without waiting for one before the next, in order, and returns once all are
    /// stored. On an error some may have been stored: send all of them again.
    async fn publish_all(&self, messages: Vec<Outgoing>) -> Result<(), BusError>;

    /// Joins a durable consumer, creating it on first use.
    async fn consume(&self, consumer: &Consumer) -> Result<Box<dyn Deliveries>, BusError>;

    /// Follows a stream in order, without acknowledgements, from where `from` says; survives
    /// reconnects without gaps. What a work queue holds is for its consumers: nobody follows it.
    async fn follow(&self, stream: Stream, from: From) -> Result<Box<dyn Follower>, BusError>;

    /// The last message on a subject, as the leader has it.
    async fn last(&self, stream: Stream, subject: &Subject) -> Result<Option<Stored>, BusError>;

    /// The last message of every subject that `filter` stands for (`*` is one token, a final `>`
    /// is one or more), oldest first, as it is now or a moment later.
    async fn latest(&self, stream: Stream, filter: &str) -> Result<Vec<Stored>, BusError>;

    /// Every message on a subject, oldest first.
    async fn all(&self, stream: Stream, subject: &Subject) -> Result<Vec<Stored>, BusError>;

    /// The sequence of the last message of the stream; 0 if it never had one.
    async fn head(&self, stream: Stream) -> Result<u64, BusError>;

    /// Takes a message out of a stream for ever; false if it is not there.
    async fn remove(&self, stream: Stream, sequence: u64) -> Result<bool, BusError>;

    /// What time it is for the broker: milliseconds since the Unix epoch.
    async fn time_ms(&self) -> Result<u64, BusError>;

    /// The largest payload that can be published, in bytes.
    fn payload_bytes_max(&self) -> usize;
}

/// A durable consumer: its replicas share the messages of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consumer {
    /// The messages to instances of one partition: one replica takes them, others stand by.
    Inbox {
        /// 0 to [`weir_protocol::PARTITIONS`] − 1.
        partition: u8,
    },
    /// Events and subscriptions, for routing.
    Router,
    /// Actions of one function.
    Actions {
        /// The function.
        function: Token,
    },
}

impl Consumer {
    /// The stream it consumes.
    pub fn stream(&self) -> Stream {
        match self {
            Self::Inbox { .. } => Stream::Inbox,
            Self::Router => Stream::Events,
            Self::Actions { .. } => Stream::Actions,
        }
    }

    /// Its name on the broker; what must not be in one is written `%` and two hexadecimal digits.
    pub fn durable_name(&self) -> String {
        match self {
            Self::Inbox { partition } => format!("scheduler-{partition}"),
            Self::Router => "router".to_owned(),
            Self::Actions { function } => {
                let function = function.to_string().replace('%', "%25");
                let function = function.replace('/', "%2F").replace('\\', "%5C");
                format!("executor-{function}")
            }
        }
    }

    /// Which subjects of the stream are for it, as stored; all if there is no filter.
    pub fn filter(&self) -> Option<String> {
        match self {
            Self::Inbox { partition } => Some(Subject::partition(*partition)),
            Self::Router => None,
            Self::Actions { function } => Some(Subject::actions(function).to_string()),
        }
    }
}

/// Where a follower begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// At the first message.
    Start,
    /// At the first message with at least this sequence.
    Sequence(u64),
    /// At the first message stored at this time or later: milliseconds since the Unix epoch.
    Time(u64),
    /// After the last message there is now.
    Now,
}

/// What a consumer's replica receives.
#[async_trait]
pub trait Deliveries: Send {
    /// The next message; waits for one. Cancel-safe.
    ///
    /// # Errors
    /// Only those that waiting does not mend; lost connections are waited for.
    async fn next(&mut self) -> Result<Delivery, BusError>;

    /// Says how many more messages the caller can take at once: no more are fetched ahead, until
    /// it says otherwise. For callers that are long about each: what is fetched and not looked at
    /// is delivered to others after the consumer's wait, and would be done twice.
    fn room(&mut self, messages: usize) {
        let _ = messages;
    }
}

/// What a follower sees.
#[async_trait]
pub trait Follower: Send {
    /// The next message; waits for one. Cancel-safe.
    async fn next(&mut self) -> Result<Stored, BusError>;
}

/// Tells the broker what became of a delivery.
#[async_trait]
pub trait Acknowledge: Send + Sync {
    /// Done. Not confirmed by the broker: a lost acknowledgement means another delivery.
    async fn ack(&self) -> Result<(), BusError>;
    /// Deliver again, after so many milliseconds.
    async fn retry(&self, after_ms: u64) -> Result<(), BusError>;
    /// Still working on it: start the wait anew.
    async fn progress(&self) -> Result<(), BusError>;
}
