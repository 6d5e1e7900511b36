//! Messages of the events stream, read.

use std::borrow::Cow;

use serde::Deserialize;
use weir_bus::Stored;
use weir_protocol::{
    Subject,
    cloudevent::{self, CloudEvent, CloudEventError},
    header,
    v1::{Format as _, OpenSubscription},
};

/// What a message of the stream is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    /// An event, to be read by [`Occurrence::read`].
    Event,
    /// Somebody wants events from now on.
    Opened(OpenSubscription),
    /// Somebody wants no more.
    Closed,
    /// Not what its subject says, and why.
    Unreadable(String),
}

impl Entry {
    /// Reads a message, but for the content of events.
    pub fn read(message: &Stored) -> Self {
        if !Subject::is_subscription(&message.subject) {
            return Self::Event;
        }
        if message.payload.is_empty() {
            return Self::Closed;
        }
        match OpenSubscription::decode(&message.payload) {
            Ok(subscription) => Self::Opened(subscription),
            Err(error) => Self::Unreadable(error.to_string()),
        }
    }
}

/// An event as it is stored, with nothing else: what is kept of many.
#[derive(Debug)]
pub(crate) struct Raw {
    pub sequence: u64,
    pub stored_at_ms: u64,
    headers: Box<[(Box<str>, Box<str>)]>,
    payload: Box<[u8]>,
}

impl From<&Stored> for Raw {
    fn from(message: &Stored) -> Self {
        // Copies: the message may be a part of a larger buffer.
        let headers = message.headers.iter().filter(|(name, _)| tells(name));
        Self {
            sequence: message.sequence,
            stored_at_ms: message.stored_at_ms,
            headers: headers
                .map(|(name, value)| (name.as_str().into(), value.as_str().into()))
                .collect(),
            payload: message.payload.as_ref().into(),
        }
    }
}

/// Whether a header tells something of the event.
fn tells(name: &str) -> bool {
    let is = |known| name.eq_ignore_ascii_case(known);
    let attribute = name
        .get(..3)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("ce-"));
    attribute || is(header::CONTENT_TYPE) || is(header::TRACEPARENT)
}

impl Raw {
    /// About how much memory it takes, in bytes.
    pub fn size_bytes(&self) -> usize {
        let texts = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len());
        let parts = size_of_val(&*self.headers) + texts.sum::<usize>() + self.payload.len();
        size_of::<Self>() + parts
    }

    /// Reads the event.
    pub fn read(&self) -> Result<Occurrence, CloudEventError> {
        let headers = self.headers.iter().map(|(name, value)| (&**name, &**value));
        Occurrence::of(headers, &self.payload, self.sequence, self.stored_at_ms)
    }
}

/// An event, and where and when it was stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Occurrence {
    pub event: CloudEvent,
    pub sequence: u64,
    pub stored_at_ms: u64,
    /// W3C trace context it came with.
    pub traceparent: Option<String>,
}

impl Occurrence {
    /// Reads the event of a message.
    pub fn read(message: &Stored) -> Result<Self, CloudEventError> {
        let headers = message.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
        Self::of(
            headers,
            &message.payload,
            message.sequence,
            message.stored_at_ms,
        )
    }

    fn of<'a>(
        headers: impl Iterator<Item = (&'a str, &'a str)> + Clone,
        payload: &[u8],
        sequence: u64,
        stored_at_ms: u64,
    ) -> Result<Self, CloudEventError> {
        let event = CloudEvent::from_message(headers.clone(), payload)?;
        let mut headers =
            headers.filter(|(name, _)| name.eq_ignore_ascii_case(header::TRACEPARENT));
        let traceparent = headers.next().map(|(_, value)| value);
        let traceparent = traceparent.or_else(|| event.attribute("traceparent"));
        let traceparent = traceparent.map(str::to_owned);
        Ok(Self {
            event,
            sequence,
            stored_at_ms,
            traceparent,
        })
    }
}

/// The type of the event in a message, without reading all of it; none if it has none.
pub(super) fn event_type(message: &Stored) -> Option<String> {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(borrow, rename = "type")]
        event_type: Cow<'a, str>,
    }

    let content_type = message.header(header::CONTENT_TYPE).unwrap_or_default();
    let structured = content_type.starts_with(cloudevent::STRUCTURED);
    match message.header("ce-type") {
        Some(plain) if !structured && !plain.contains('%') => Some(plain.to_owned()),
        Some(_) if !structured => {
            let occurrence = Occurrence::read(message).ok()?;
            Some(occurrence.event.event_type().to_owned())
        }
        Some(_) | None => {
            let head: Head<'_> = serde_json::from_slice(&message.payload).ok()?;
            Some(head.event_type.into_owned())
        }
    }
}
