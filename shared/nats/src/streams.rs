//! How each stream is configured.

use std::time::Duration;

use serde_json::{Map, Value, json};
use weir_protocol::{PARTITIONS, Retention, Stream};

use crate::{StreamLimits, StreamOptions};

/// Metadata key: the version of what is stored in a stream.
pub(crate) const VERSION_KEY: &str = "weir.version";
/// The version that this build reads and writes.
pub(crate) const VERSION: u64 = 1;

/// The configuration to create `stream` with.
pub(crate) fn config(stream: Stream, options: &StreamOptions) -> Map<String, Value> {
    let StreamLimits { age_max, bytes_max } =
        options.limits.get(&stream).copied().unwrap_or_default();
    let mut config = Map::new();
    let mut set = |key: &str, value: Value| config.insert(key.to_owned(), value);
    set("name", json!(stream.name()));
    set("description", json!(description(stream)));
    set("subjects", json!(stream.subjects()));
    set("retention", json!(retention(stream)));
    set("discard", json!(discard(stream)));
    set("storage", json!("file"));
    set("allow_direct", json!(true));
    set("allow_msg_ttl", json!(true));
    set("allow_rollup_hdrs", json!(true));
    let per_subject = stream.messages_per_subject_max();
    set(
        "max_msgs_per_subject",
        per_subject.map_or(json!(-1), Value::from),
    );
    if let Some(transform) = transform(stream) {
        set("subject_transform", transform);
    }
    set("num_replicas", json!(options.replicas));
    set("max_age", json!(age_max.map_or(0, |age| age.as_nanos())));
    set("max_bytes", bytes_max.map_or(json!(-1), Value::from));
    set("max_msgs", json!(-1));
    set("max_consumers", json!(-1));
    // The server refuses a window longer than the stream's memory.
    let window = age_max.map_or(options.duplicate_window, |age| {
        age.min(options.duplicate_window)
    });
    set("duplicate_window", json!(window.as_nanos()));
    if let Some(marker) = delete_marker_ttl(stream) {
        set("subject_delete_marker_ttl", json!(marker.as_nanos()));
    }
    set("metadata", json!({VERSION_KEY: VERSION.to_string()}));
    config
}

/// Fields without which the stream does not do what Weir relies on.
pub(crate) const ESSENTIAL: [&str; 15] = [
    "subjects",
    "retention",
    "discard",
    "storage",
    "allow_direct",
    "allow_msg_ttl",
    "allow_rollup_hdrs",
    "max_msgs_per_subject",
    "subject_transform",
    "subject_delete_marker_ttl",
    // Never set by Weir.
    "discard_new_per_subject",
    "mirror",
    "sources",
    "sealed",
    "no_ack",
];

/// Fields that whoever operates the server may have changed for reasons of their own.
pub(crate) const OPERATIONAL: [&str; 6] = [
    "num_replicas",
    "max_age",
    "max_bytes",
    "max_msgs",
    "max_consumers",
    "duplicate_window",
];

fn description(stream: Stream) -> &'static str {
    match stream {
        Stream::Events => "Weir: CloudEvents, and the subscriptions to them",
        Stream::Inbox => "Weir: messages to workflow instances",
        Stream::Journal => "Weir: what the instances decided; the truth",
        Stream::Actions => "Weir: actions for executors and workers",
        Stream::Timers => "Weir: the next deadline of each instance",
        Stream::Trace => "Weir: what happened, for people",
        Stream::Definitions => "Weir: deployed workflows",
        Stream::Dead => "Weir: messages that could not be processed",
    }
}

fn retention(stream: Stream) -> &'static str {
    match stream.retention() {
        Retention::Limits => "limits",
        Retention::WorkQueue => "workqueue",
    }
}

/// What an accepted message says must not be forgotten to make room for another; a trace may be.
fn discard(stream: Stream) -> &'static str {
    match stream {
        Stream::Trace => "old",
        Stream::Events
        | Stream::Inbox
        | Stream::Journal
        | Stream::Actions
        | Stream::Timers
        | Stream::Definitions
        | Stream::Dead => "new",
    }
}

/// How long a marker stays where the last message of a subject went by age.
///
/// Weir has no use for markers, and its adapters hide them. But a server that recovers a stream
/// without them removes whatever is older than the stream's age limit, also what says that it lives
/// for ever (seen with 2.15.1: `expireMsgsOnRecover` does not look at `Nats-TTL`); one that must
/// write markers does not. Subscriptions live for ever among events that age.
fn delete_marker_ttl(stream: Stream) -> Option<Duration> {
    (stream == Stream::Events).then_some(Duration::from_secs(1))
}

/// Puts the partition into the subject: a hash of the instance, the third wildcard.
fn transform(stream: Stream) -> Option<Value> {
    (stream == Stream::Inbox).then(|| {
        let partition = format!("{{{{partition({PARTITIONS},3)}}}}");
        let rest = "{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}.{{wildcard(4)}}";
        json!({
            "src": "weir.inbox.*.*.*.*",
            "dest": format!("weir.partition.{partition}.{rest}"),
        })
    })
}
