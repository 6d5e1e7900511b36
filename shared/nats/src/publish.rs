//! Publishing with acknowledgements, many at a time.

use std::{future::IntoFuture, str::FromStr};

use async_nats::{
    HeaderMap, HeaderName, HeaderValue,
    jetstream::{context::PublishAckFuture, message::PublishMessage, publish::PublishAck},
};
use weir_bus::{BusError, Outgoing};

use crate::{Nats, api, link::Watch};

/// Kept free for headers in what the server takes as one message.
const HEADERS_BYTES_MAX: usize = 16 * 1024;

/// The largest payload, in bytes.
pub(crate) fn payload_bytes_max(nats: &Nats) -> usize {
    nats.client.max_payload().saturating_sub(HEADERS_BYTES_MAX)
}

/// A message on its way.
pub(crate) struct Sent {
    subject: String,
    sizes: (usize, usize),
    ack: PublishAckFuture,
    watch: Watch,
}

/// Sends a message, and does not wait for its acknowledgement; only for a place among those that
/// do.
pub(crate) async fn send(nats: &Nats, message: Outgoing) -> Result<Sent, BusError> {
    let sizes = (message.payload.len(), payload_bytes_max(nats));
    let (size, size_max) = sizes;
    if size > size_max {
        return Err(BusError::TooLarge { size, size_max });
    }
    let mut publish = PublishMessage::build().payload(message.payload.clone());
    let headers = header_map(&message)?;
    if !headers.is_empty() {
        publish = publish.headers(headers);
    }
    let subject = message.subject.to_string();
    let watch = nats.link.watch();
    match nats.context.send_publish(subject.clone(), publish).await {
        Ok(ack) => Ok(Sent {
            subject,
            sizes,
            ack,
            watch,
        }),
        Err(error) => Err(api::publish_error(&error, &subject, sizes)),
    }
}

impl Sent {
    /// Waits until it is stored.
    pub async fn acknowledged(mut self) -> Result<PublishAck, BusError> {
        let answer = self.watch.unless_lost(self.ack.into_future()).await;
        match answer {
            Ok(Ok(ack)) => Ok(ack),
            Ok(Err(error)) => Err(api::publish_error(&error, &self.subject, self.sizes)),
            Err(lost) => Err(BusError::Unavailable(format!("{}: {lost}", self.subject))),
        }
    }
}

fn header_map(message: &Outgoing) -> Result<HeaderMap, BusError> {
    let mut headers = HeaderMap::new();
    for (name, value) in message.all_headers() {
        let refused = |reason: &dyn ToString| {
            BusError::Refused(format!("the header `{name}`: {}", reason.to_string()))
        };
        let value = HeaderValue::from_str(&value).map_err(|error| refused(&error))?;
        let name = HeaderName::from_str(&name).map_err(|error| refused(&error))?;
        headers.insert(name, value);
    }
    Ok(headers)
}
