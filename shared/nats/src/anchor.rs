//! The anchor: a message that is the first of the events stream, for ever.
//!
//! When a rollup removes a message that a consumer has delivered, a server of version 2.15 may lose
//! all others that wait for their acknowledgement: it does if the consumer's ack floor is below the
//! first sequence of the stream, that is, for as long as the first message is not acknowledged. So
//! the first one is this, it stays, and the consumer of the stream begins after it.

use bytes::Bytes;
use weir_bus::{BusError, Outgoing, Ttl};
use weir_protocol::{Stream, Subject};

use crate::{Nats, provision::ProvisionError, publish, read};

/// The stream it is in.
const STREAM: Stream = Stream::Events;

/// Publishes the anchor, unless there is one.
pub(crate) async fn ensure(nats: &Nats) -> Result<(), ProvisionError> {
    let mut anchor = Outgoing::new(Subject::anchor(), Bytes::new());
    anchor.expected_sequence = Some(0);
    anchor.ttl = Some(Ttl::Never);
    let published = async { publish::send(nats, anchor).await?.acknowledged().await };
    match published.await {
        Ok(_) | Err(BusError::Conflict(_)) => Ok(()),
        Err(error) => Err(ProvisionError::Unavailable {
            stream: STREAM,
            reason: error.to_string(),
        }),
    }
}

/// Where the consumer of the stream begins, if not at its first message: after the anchor. If
/// somebody published before there was one, nothing may be left out.
pub(crate) async fn begin(nats: &Nats) -> Result<Option<u64>, BusError> {
    let anchor = read::last_or_marker(nats, STREAM, Subject::anchor().as_str()).await?;
    let first = anchor.filter(|anchor| anchor.sequence == 1);
    Ok(first.map(|anchor| anchor.sequence + 1))
}
