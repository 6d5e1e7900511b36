//! How the durable consumers are configured, and which replica gets what.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use async_nats::jetstream::ErrorCode;
use serde_json::{Map, Value, json};
use weir_bus::{BusError, Consumer};
use weir_protocol::PARTITIONS;

use crate::{
    Nats, anchor,
    api::{self, ConsumerInfo},
};

/// The one priority group of inbox consumers.
pub(crate) const GROUP: &str = "replicas";
/// Priorities that the broker knows: 0, served first, to 9.
const PRIORITIES: u8 = 10;

/// How many messages a replica asks for at a time: what it holds and does not get to, another could
/// have had, and after a crash waits for its redelivery.
pub(crate) fn batch(consumer: &Consumer) -> usize {
    match consumer {
        // Each takes well under a millisecond: this hides the round trip, and no more.
        Consumer::Inbox { .. } | Consumer::Router => 64,
        // Actions may take minutes: their executors also say how many they have room for.
        Consumer::Actions { .. } => 32,
    }
}

/// How many deliveries may be without acknowledgement, over all replicas: a bound on what is
/// delivered twice after a crash, and for actions on how many run at the same time.
fn max_ack_pending(consumer: &Consumer) -> u32 {
    match consumer {
        Consumer::Inbox { .. } => 1_000,
        Consumer::Router => 2_000,
        Consumer::Actions { .. } => 20_000,
    }
}

/// Joins a consumer: creates it if it is missing, verifies it if it is there.
pub(crate) async fn ensure(
    nats: &Nats,
    consumer: &Consumer,
    ack_wait: Duration,
) -> Result<(), BusError> {
    let mut wanted = config(consumer, ack_wait);
    let (stream, name) = (consumer.stream(), consumer.durable_name());
    let found = match api::consumer_info(nats, stream.name(), &name).await {
        Err(error) if error.is(ErrorCode::CONSUMER_NOT_FOUND) => {
            if let Consumer::Router = consumer
                && let Some(first) = anchor::begin(nats).await?
            {
                wanted.insert("deliver_policy".to_owned(), json!("by_start_sequence"));
                wanted.insert("opt_start_seq".to_owned(), json!(first));
            }
            let subject = format!("CONSUMER.CREATE.{stream}.{name}");
            let create =
                json!({"stream_name": stream.name(), "config": wanted, "action": "create"});
            match api::request::<ConsumerInfo>(nats, subject, &create).await {
                // Another replica was first.
                Err(error) if error.is(ErrorCode::CONSUMER_ALREADY_EXISTS) => {
                    api::consumer_info(nats, stream.name(), &name).await?
                }
                created => {
                    let created = created?;
                    tracing::info!(consumer = %created.name, %stream, "consumer created");
                    created
                }
            }
        }
        found => found?,
    };
    verify(consumer, &found.config, &wanted)
}

fn config(consumer: &Consumer, ack_wait: Duration) -> Map<String, Value> {
    let name = consumer.durable_name();
    let mut config = Map::new();
    let mut set = |key: &str, value: Value| config.insert(key.to_owned(), value);
    set("name", json!(name));
    set("durable_name", json!(name));
    set("deliver_policy", json!("all"));
    set("replay_policy", json!("instant"));
    set("ack_policy", json!("explicit"));
    set("ack_wait", json!(ack_wait.as_nanos()));
    // What cannot be processed is dead-lettered by its service, never dropped by the broker.
    set("max_deliver", json!(-1));
    set("max_ack_pending", json!(max_ack_pending(consumer)));
    if let Some(filter) = consumer.filter() {
        set("filter_subject", json!(filter));
    }
    if let Consumer::Inbox { .. } = consumer {
        set("priority_policy", json!("prioritized"));
        set("priority_groups", json!([GROUP]));
    }
    config
}

fn verify(
    consumer: &Consumer,
    found: &Map<String, Value>,
    wanted: &Map<String, Value>,
) -> Result<(), BusError> {
    let name = consumer.durable_name();
    let essential = [
        "ack_policy",
        "max_deliver",
        "filter_subject",
        "filter_subjects",
        "deliver_subject",
        "priority_policy",
        "priority_groups",
    ];
    for field in essential {
        if found.get(field) != wanted.get(field) {
            let show = |value: Option<&Value>| value.unwrap_or(&Value::Null).to_string();
            return Err(BusError::Refused(format!(
                "the consumer {name} has `{field}` = {}, Weir needs {}: \
                 Weir alters no consumer; delete it, it will be created again",
                show(found.get(field)),
                show(wanted.get(field)),
            )));
        }
    }
    for field in ["ack_wait", "max_ack_pending"] {
        let (found, wanted) = (found.get(field), wanted.get(field));
        if found != wanted {
            tracing::warn!(
                consumer = %name,
                field,
                ?found,
                ?wanted,
                "the consumer differs from the configuration; it stays as it is"
            );
        }
    }
    Ok(())
}

/// Which partitions a replica prefers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preference {
    replica: Option<u8>,
    /// Something no other replica has.
    nonce: u64,
}

impl Preference {
    pub fn new(replica: Option<u8>) -> Self {
        let nonce = RandomState::new().hash_one("weir");
        Self { replica, nonce }
    }

    /// The priority with which this replica asks for messages of a partition; the lowest number of
    /// those that ask is served.
    ///
    /// Numbered replicas stand around a circle of the partitions, each new one halfway between two
    /// earlier ones, and each partition belongs to the nearest replica behind it. So 1, 2, 4 and 8
    /// replicas get equal shares, and if one goes, its neighbour takes its share at once.
    pub fn priority(&self, partition: u8) -> u8 {
        let Some(replica) = self.replica else {
            let hash = mix(self.nonce ^ u64::from(partition));
            return u8::try_from(hash % u64::from(PRIORITIES)).unwrap_or_default();
        };
        let bits = PARTITIONS.trailing_zeros();
        let place = (replica % PARTITIONS).reverse_bits() >> (u8::BITS - bits);
        (partition + PARTITIONS - place) % PARTITIONS
    }
}

/// The finalizer of `SplitMix64`: near numbers get far.
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which replica of `count` is served first, for each partition.
    fn served(count: u8) -> Vec<u8> {
        let priority = |partition, replica| Preference::new(Some(replica)).priority(partition);
        (0..PARTITIONS)
            .map(|partition| {
                let replicas = 0..count;
                replicas
                    .min_by_key(|replica| priority(partition, *replica))
                    .unwrap()
            })
            .collect()
    }

    #[test]
    fn numbered_replicas_get_fair_shares() {
        assert_eq!(served(1), [0; 8]);
        assert_eq!(served(2), [0, 0, 0, 0, 1, 1, 1, 1]);
        assert_eq!(served(3), [0, 0, 2, 2, 1, 1, 1, 1]);
        assert_eq!(served(4), [0, 0, 2, 2, 1, 1, 3, 3]);
        assert_eq!(served(8), [0, 4, 2, 6, 1, 5, 3, 7]);
    }

    #[test]
    fn priorities_are_what_the_broker_knows() {
        for replica in (0..=u8::MAX).map(Some).chain([None]) {
            for partition in 0..PARTITIONS {
                assert!(Preference::new(replica).priority(partition) < PRIORITIES);
            }
        }
    }
}
