//! Reading the last message of each of many subjects.

use std::time::Duration;

use serde_json::json;
use weir_bus::{BusError, Stored};
use weir_protocol::Stream;

use crate::{
    Nats,
    api::{self, ConsumerInfo},
    message,
    pull::{Pull, Pulled, Wish},
};

/// Messages per request.
const BATCH: usize = 500;
/// How long the broker remembers the consumer.
const INACTIVE: Duration = Duration::from_secs(30);
/// How long the next message may take; one that was promised may also have gone meanwhile.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The last message of every subject that matches, oldest first: what a consumer of only those
/// has to deliver.
pub(crate) async fn latest(
    nats: &Nats,
    stream: Stream,
    filter: &str,
) -> Result<Vec<Stored>, BusError> {
    let name = format!("latest-{}", nats.client.new_inbox().replace('.', "-"));
    let config = json!({
        "name": name,
        "ack_policy": "none",
        "replay_policy": "instant",
        "deliver_policy": "last_per_subject",
        "filter_subject": filter,
        "max_deliver": 1,
        "mem_storage": true,
        "num_replicas": 1,
        "inactive_threshold": INACTIVE.as_nanos(),
    });
    let create = json!({"stream_name": stream.name(), "config": config, "action": "create"});
    let subject = format!("CONSUMER.CREATE.{stream}.{name}");
    let info = api::request::<ConsumerInfo>(nats, subject, &create).await?;
    let mut left = info.num_pending;
    let mut messages = Vec::new();
    if left == 0 {
        return Ok(messages);
    }
    let wish = Wish {
        stream: stream.name(),
        consumer: name,
        batch: BATCH,
        priority: None,
    };
    let mut pull = Pull::start(nats, &wish).await?;
    let interrupted = || BusError::Unavailable(format!("{stream}: reading was interrupted"));
    while left > 0 {
        let pulled = tokio::time::timeout(ANSWER_TIMEOUT, pull.next()).await;
        let Ok(Pulled::Message(message)) = pulled else {
            return Err(interrupted());
        };
        if let Some(delivered) = message::from_consumer(stream, message) {
            left -= 1;
            messages.push(delivered.stored);
        }
    }
    messages.retain(|message| !message::is_marker(message));
    Ok(messages)
}
