//! Messages on their way in and out.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use weir_protocol::{Stream, Subject, header};

use crate::{Acknowledge, BusError};

/// A message to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub subject: Subject,
    /// Headers besides those that the fields below stand for.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub payload: Bytes,
    /// Derived from content: the same message has the same id. The broker drops repetitions within
    /// its window; receivers must not rely on it.
    pub id: Option<String>,
    /// Publish only if the last message on the subject has this sequence (0: there is none).
    /// Repeated together with its id, a message is a duplicate on one broker and a conflict on
    /// another.
    pub expected_sequence: Option<u64>,
    /// How long it is kept, where that differs from the stream's rule.
    pub ttl: Option<Ttl>,
    /// Remove all earlier messages of the subject.
    pub rollup: bool,
}

impl Outgoing {
    /// A plain message.
    pub fn new(subject: Subject, payload: impl Into<Bytes>) -> Self {
        Self {
            subject,
            headers: BTreeMap::new(),
            payload: payload.into(),
            id: None,
            expected_sequence: None,
            ttl: None,
            rollup: false,
        }
    }

    /// With a content-derived id.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Only if the last message on the subject has this sequence; 0: if there is none.
    #[must_use]
    pub fn expecting(mut self, sequence: u64) -> Self {
        self.expected_sequence = Some(sequence);
        self
    }

    /// Kept so long, whatever the stream's rule says.
    #[must_use]
    pub fn with_ttl(mut self, ttl: Ttl) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// In place of all earlier messages on the subject.
    #[must_use]
    pub fn rolling_up(mut self) -> Self {
        self.rollup = true;
        self
    }

    /// With a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }
}

impl Outgoing {
    /// All headers, those that stand for fields included: as they are stored.
    pub fn all_headers(&self) -> BTreeMap<String, String> {
        let mut headers = self.headers.clone();
        let mut set = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                headers.insert(name.to_owned(), value);
            }
        };
        set(header::MESSAGE_ID, self.id.clone());
        let expected = self.expected_sequence.map(|sequence| sequence.to_string());
        set(header::EXPECTED_LAST_SUBJECT_SEQUENCE, expected);
        let ttl = self.ttl.map(|ttl| match ttl {
            Ttl::Never => "never".to_owned(),
            Ttl::Seconds(seconds) => format!("{seconds}s"),
        });
        set(header::TTL, ttl);
        set(header::ROLLUP, self.rollup.then(|| "sub".to_owned()));
        headers
    }
}

/// How long a message is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ttl {
    /// Whatever the stream's age limit says.
    Never,
    /// Seconds, at least 1.
    Seconds(u64),
}

/// The store's acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its sequence in the stream.
    pub sequence: u64,
    /// Whether it was there already (by id, within the broker's window).
    pub duplicate: bool,
}

/// A message as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Which stream.
    pub stream: Stream,
    /// Its sequence in the stream.
    pub sequence: u64,
    /// Milliseconds since the Unix epoch at which it was stored, by the broker's clock.
    pub stored_at_ms: u64,
    /// Subject, as stored.
    pub subject: String,
    /// Headers; if one occurs more than once, its first value. Names as sent.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub payload: Bytes,
}

impl Stored {
    /// A header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}

/// A stored message, handed to one replica of a consumer. Dropping it without acknowledgement
/// means that it is delivered again after the consumer's wait.
pub struct Delivery {
    /// The message.
    pub message: Stored,
    /// How often it was delivered, this time included.
    pub attempt: u64,
    /// The way back.
    pub acknowledge: Box<dyn Acknowledge>,
}

impl Delivery {
    /// Done: never deliver it again.
    pub async fn ack(&self) -> Result<(), BusError> {
        self.acknowledge.ack().await
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("message", &self.message)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
