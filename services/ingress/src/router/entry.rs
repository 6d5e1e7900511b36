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
        let event = CloudEvent::from_message(headers, &message.payload)?;
        let traceparent = message.header(header::TRACEPARENT);
        let traceparent = traceparent.or_else(|| event.attribute("traceparent"));
        let traceparent = traceparent.map(str::to_owned);
        Ok(Self {
            event,
            sequence: message.sequence,
            stored_at_ms: message.stored_at_ms,
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
