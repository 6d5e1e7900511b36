//! Reading what is on one subject.

use async_nats::jetstream::{
    message::StreamMessage,
    stream::{LastRawMessageError, LastRawMessageErrorKind},
};
use bytes::Bytes;
use futures::StreamExt;
use serde_json::json;
use weir_bus::{BusError, Stored};
use weir_protocol::Stream;

use crate::{Nats, api::ApiError, message};

/// Messages per request; the server ends an answer earlier when it has many bytes.
const BATCH: u32 = 1000;
/// How long the next message of an answer may take.
const ANSWER_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);
/// Status of the end of an answer.
const END: u16 = 204;
/// Status of an answer without messages.
const NOT_FOUND: u16 = 404;

/// Every message on a subject, oldest first.
///
/// A batch brings them all at once, but any replica of the stream may answer it, also one that lags
/// behind. So the leader is asked for the last message at the same time, and for what is missing.
pub(crate) async fn all(
    nats: &Nats,
    stream: Stream,
    subject: &str,
) -> Result<Vec<Stored>, BusError> {
    let (batch, last) = tokio::join!(batches(nats, stream, subject), last(nats, stream, subject));
    let (mut messages, last) = (batch?, last?);
    while let Some(last) = &last {
        let reached = messages.last().map_or(0, |message| message.sequence);
        if reached >= last.sequence {
            break;
        }
        match next_by_leader(nats, stream, subject, reached + 1).await? {
            Some(message) => messages.push(message),
            None => break,
        }
    }
    messages.retain(|message| !message::is_marker(message));
    Ok(messages)
}

/// The last message on a subject, by the leader.
pub(crate) async fn last(
    nats: &Nats,
    stream: Stream,
    subject: &str,
) -> Result<Option<Stored>, BusError> {
    let last = last_or_marker(nats, stream, subject).await?;
    Ok(last.filter(|message| !message::is_marker(message)))
}

pub(crate) async fn last_or_marker(
    nats: &Nats,
    stream: Stream,
    subject: &str,
) -> Result<Option<Stored>, BusError> {
    let handle = nats.context.get_stream_no_info(stream.name()).await;
    let handle = handle.map_err(|error| BusError::Unavailable(error.to_string()))?;
    let asked = handle.get_last_raw_message_by_subject(subject);
    by_leader(nats, stream, asked).await
}

async fn next_by_leader(
    nats: &Nats,
    stream: Stream,
    subject: &str,
    sequence: u64,
) -> Result<Option<Stored>, BusError> {
    let handle = nats.context.get_stream_no_info(stream.name()).await;
    let handle = handle.map_err(|error| BusError::Unavailable(error.to_string()))?;
    let asked = handle.get_first_raw_message_by_subject(subject, sequence);
    by_leader(nats, stream, asked).await
}

async fn by_leader(
    nats: &Nats,
    stream: Stream,
    asked: impl Future<Output = Result<StreamMessage, LastRawMessageError>>,
) -> Result<Option<Stored>, BusError> {
    let mut watch = nats.link.watch();
    let answer = watch.unless_lost(asked).await;
    let answer = answer.map_err(|lost| BusError::Unavailable(lost.to_string()))?;
    match answer {
        Ok(found) => Ok(Some(message::from_leader(stream, found))),
        Err(error) => match error.kind() {
            LastRawMessageErrorKind::NoMessageFound => Ok(None),
            LastRawMessageErrorKind::JetStream(said) => Err(ApiError::from(said).into()),
            LastRawMessageErrorKind::InvalidSubject => Err(BusError::Refused(error.to_string())),
            LastRawMessageErrorKind::Other => Err(BusError::Unavailable(error.to_string())),
        },
    }
}

async fn batches(nats: &Nats, stream: Stream, subject: &str) -> Result<Vec<Stored>, BusError> {
    let mut messages = Vec::new();
    loop {
        let from = messages.last().map_or(0, |last: &Stored| last.sequence) + 1;
        if !batch(nats, stream, subject, from, &mut messages).await? {
            return Ok(messages);
        }
    }
}

/// Adds the messages from a sequence on; returns whether there are more.
async fn batch(
    nats: &Nats,
    stream: Stream,
    subject: &str,
    from: u64,
    messages: &mut Vec<Stored>,
) -> Result<bool, BusError> {
    let unavailable = |reason: String| BusError::Unavailable(format!("{stream}: {reason}"));
    let inbox = nats.client.new_inbox();
    let mut watch = nats.link.watch();
    let answers = nats.client.subscribe(inbox.clone()).await;
    let mut answers = answers.map_err(|error| unavailable(error.to_string()))?;
    let request = json!({"seq": from, "next_by_subj": subject, "batch": BATCH});
    let request = Bytes::from(request.to_string());
    let to = format!("$JS.API.DIRECT.GET.{stream}");
    let sent = nats.client.publish_with_reply(to, inbox, request).await;
    sent.map_err(|error| unavailable(error.to_string()))?;
    loop {
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, answers.next());
        let answer = watch.unless_lost(answer).await;
        let answer = answer.map_err(|lost| unavailable(lost.to_string()))?;
        let Ok(Some(answer)) = answer else {
            return Err(unavailable("no answer to a direct get".to_owned()));
        };
        let headers = answer.headers.unwrap_or_default();
        let number = |name: &str| headers.get(name)?.as_str().parse::<u64>().ok();
        // A status means nothing in a message: publishers can set one, too.
        if let (Some(sequence), Some(at)) = (number(message::SEQUENCE), headers.get(message::TIME))
        {
            let at = async_nats::datetime::parse_rfc3339(at.as_str());
            messages.push(Stored {
                stream,
                sequence,
                stored_at_ms: at.map(message::at_ms).unwrap_or_default(),
                subject: subject.to_owned(),
                headers: message::sent_headers(&headers),
                payload: answer.payload,
            });
            continue;
        }
        match answer.status.map(|status| status.as_u16()) {
            Some(END) => return Ok(number(message::PENDING).is_some_and(|pending| pending > 0)),
            Some(NOT_FOUND) => return Ok(false),
            None => return Err(unavailable("an answer without a sequence".to_owned())),
            Some(status) => {
                let said = answer.description.unwrap_or_default();
                return Err(unavailable(format!("direct get: {status} {said}")));
            }
        }
    }
}
