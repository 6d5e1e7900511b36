//! CloudEvents 1.0, validated: the JSON event format, and the binary and structured modes of the
//! HTTP and NATS protocol bindings.

mod decode;

use std::fmt;

use serde_json::Value;
use weir_expression::Data;

/// Media type of one event in the JSON format.
pub const STRUCTURED: &str = "application/cloudevents+json";
/// Media type of a JSON array of events.
pub const BATCH: &str = "application/cloudevents-batch+json";

/// A valid CloudEvent 1.0, as one JSON object: context attributes, extensions, and `data` (any
/// JSON) or `data_base64`.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudEvent(Data);

/// Why something is not a CloudEvent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloudEventError {
    /// An attribute is absent or has a value it must not have.
    #[error("CloudEvent attribute `{attribute}`: {reason}")]
    Attribute {
        /// Its name.
        attribute: String,
        /// What is wrong, and what is expected.
        reason: String,
    },
    /// The body is not what its content type says.
    #[error("CloudEvent body: {0}")]
    Body(String),
    /// Neither structured nor binary mode.
    #[error(
        "not a CloudEvent: send `content-type: application/cloudevents+json` with the event as \
         body, or the attributes as headers (ce-specversion, ce-id, ce-source, ce-type)"
    )]
    NotACloudEvent,
}

impl CloudEvent {
    /// Validates a JSON object as an event.
    ///
    /// # Errors
    /// Names the attribute and what is wrong with it.
    pub fn from_value(value: Value) -> Result<Self, CloudEventError> {
        decode::validate(&value)?;
        Ok(Self(Data::from(value)))
    }

    /// Reads one event in structured mode.
    ///
    /// # Errors
    /// Says what is wrong with the JSON, or with which attribute.
    pub fn from_structured(body: &[u8]) -> Result<Self, CloudEventError> {
        decode::structured(body)
    }

    /// Reads a batch.
    ///
    /// # Errors
    /// As [`CloudEvent::from_structured`], with the index of the event.
    pub fn from_batch(body: &[u8]) -> Result<Vec<Self>, CloudEventError> {
        decode::batch(body)
    }

    /// Reads one event from headers and body, in either mode. Header names in any case.
    ///
    /// # Errors
    /// See [`CloudEventError`].
    pub fn from_message<'a>(
        headers: impl Iterator<Item = (&'a str, &'a str)>,
        body: &[u8],
    ) -> Result<Self, CloudEventError> {
        decode::message(headers, body)
    }

    /// The whole event.
    pub fn data(&self) -> &Data {
        &self.0
    }

    /// A context attribute that is a string.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.0.as_value().get(name).and_then(Value::as_str)
    }

    /// `id`.
    pub fn id(&self) -> &str {
        self.attribute("id").unwrap_or_default()
    }

    /// `source`.
    pub fn source(&self) -> &str {
        self.attribute("source").unwrap_or_default()
    }

    /// `type`.
    pub fn event_type(&self) -> &str {
        self.attribute("type").unwrap_or_default()
    }

    /// See [`identity`].
    pub fn identity(&self) -> String {
        identity(self.source(), self.id())
    }

    /// As JSON.
    pub fn to_structured(&self) -> Vec<u8> {
        self.0.as_value().to_string().into_bytes()
    }
}

/// `source` and `id` as one text: that of another event is another, whatever `/` they contain.
pub fn identity(source: &str, id: &str) -> String {
    let id = id.replace('%', "%25").replace('/', "%2F");
    format!("{source}/{id}")
}

/// The id of the message that carries the event to the world: a repetition has the same.
pub fn message_id(source: &str, id: &str) -> String {
    format!("event/{}", identity(source, id))
}

impl fmt::Display for CloudEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} from {}",
            self.event_type(),
            self.id(),
            self.source()
        )
    }
}
