//! Messages as they come from the server.

use std::collections::BTreeMap;

use async_nats::{HeaderMap, jetstream::message::StreamMessage};
use weir_bus::Stored;
use weir_protocol::{Stream, Subject};

/// Headers that a direct get adds to those of the message.
pub(crate) const STREAM: &str = "Nats-Stream";
pub(crate) const SUBJECT: &str = "Nats-Subject";
pub(crate) const SEQUENCE: &str = "Nats-Sequence";
pub(crate) const TIME: &str = "Nats-Time-Stamp";
pub(crate) const PENDING: &str = "Nats-Num-Pending";
const LAST: &str = "Nats-Last-Sequence";
const UP_TO: &str = "Nats-UpTo-Sequence";

/// Says why the server wrote this message itself, in place of the last one of its subject.
const MARKER: &str = "Nats-Marker-Reason";

/// Begins the subject to which a delivery is acknowledged.
pub(crate) const ACKNOWLEDGE: &str = "$JS.ACK.";

const ADDED: [&str; 7] = [STREAM, SUBJECT, SEQUENCE, TIME, PENDING, LAST, UP_TO];

/// The headers that were sent; of those that occur more than once, the first value.
pub(crate) fn headers(headers: Option<&HeaderMap>) -> BTreeMap<String, String> {
    let all = headers.into_iter().flat_map(HeaderMap::iter);
    all.filter_map(|(name, values)| {
        let value = values.first()?.as_str().to_owned();
        Some((name.to_string(), value))
    })
    .collect()
}

/// The headers that were sent, of the answer to a direct get.
pub(crate) fn sent_headers(answer: &HeaderMap) -> BTreeMap<String, String> {
    let mut headers = headers(Some(answer));
    headers.retain(|name, _| !ADDED.contains(&name.as_str()));
    headers
}

/// Whether this is for nobody: the server only marks that the subject has become empty, or it is
/// the anchor.
pub(crate) fn is_marker(message: &Stored) -> bool {
    message.headers.contains_key(MARKER) || message.subject == Subject::anchor().as_str()
}

/// Milliseconds since the Unix epoch.
pub(crate) fn at_ms(time: async_nats::datetime::DateTime) -> u64 {
    u64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

/// What the stream's leader answered.
pub(crate) fn from_leader(stream: Stream, message: StreamMessage) -> Stored {
    Stored {
        stream,
        sequence: message.sequence,
        stored_at_ms: at_ms(message.time),
        subject: message.subject.to_string(),
        headers: headers(Some(&message.headers)),
        payload: message.payload,
    }
}

/// A message that a consumer delivered.
pub(crate) struct Delivered {
    pub stored: Stored,
    /// How often it was delivered, this time included.
    pub attempt: u64,
    /// Counts what the consumer sent.
    pub consumer_sequence: u64,
    /// Where acknowledgements go.
    pub reply: async_nats::Subject,
}

/// What a consumer delivered; `None` if no consumer did.
pub(crate) fn from_consumer(stream: Stream, message: async_nats::Message) -> Option<Delivered> {
    let reply = message.reply?;
    let told = Told::parse(&reply)?;
    Some(Delivered {
        attempt: told.attempt,
        consumer_sequence: told.consumer_sequence,
        stored: Stored {
            stream,
            sequence: told.sequence,
            stored_at_ms: told.stored_at_ns / 1_000_000,
            subject: message.subject.into_string(),
            headers: headers(message.headers.as_ref()),
            payload: message.payload,
        },
        reply,
    })
}

/// What the subject for acknowledgements tells about a delivery (ADR-15).
#[derive(Debug, PartialEq, Eq)]
struct Told {
    attempt: u64,
    sequence: u64,
    consumer_sequence: u64,
    stored_at_ns: u64,
}

impl Told {
    /// Reads `$JS.ACK.<stream>.<consumer>.…`, or the longer form that has domain and account
    /// before the stream.
    fn parse(reply: &str) -> Option<Self> {
        let tokens = || {
            reply
                .strip_prefix(ACKNOWLEDGE)
                .into_iter()
                .flat_map(|r| r.split('.'))
        };
        let before = if tokens().count() == 7 { 2 } else { 4 };
        let mut numbers = tokens().skip(before).map(str::parse);
        let mut number = || numbers.next()?.ok();
        Some(Self {
            attempt: number()?,
            sequence: number()?,
            consumer_sequence: number()?,
            stored_at_ns: number()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_acknowledgement_subjects_are_read() {
        let told = Told {
            attempt: 3,
            sequence: 100,
            consumer_sequence: 7,
            stored_at_ns: 1_790_230_470_084_404_000,
        };
        for reply in [
            "$JS.ACK.WEIR_INBOX.scheduler-1.3.100.7.1790230470084404000.42",
            "$JS.ACK._.hash.WEIR_INBOX.scheduler-1.3.100.7.1790230470084404000.42",
            "$JS.ACK.hub.hash.WEIR_INBOX.scheduler-1.3.100.7.1790230470084404000.42.token",
        ] {
            assert_eq!(Told::parse(reply).as_ref(), Some(&told), "{reply}");
        }
        for reply in ["", "_INBOX.abc", "$JS.ACK.a.b.c", "$JS.ACK.a.b.1.2.3.x.5"] {
            assert_eq!(Told::parse(reply), None, "{reply}");
        }
    }
}
