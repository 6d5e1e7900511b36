//! A record as an event of EventStoreDB.

use std::collections::BTreeMap;

use eventstore::EventData;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use weir_protocol::{InstanceId, v1::Record};

/// Longest cause that the metadata repeat, in bytes: the ids of events are their publishers' to
/// choose, and the record has the whole one.
const CAUSATION_BYTES_MAX: usize = 512;

/// The stream of an instance. What stands before the first dash is its category.
pub(crate) fn stream(instance: InstanceId) -> String {
    format!("weir-{instance}")
}

/// Whose stream that is, if it is one of [`stream`].
pub(crate) fn instance(stream: &str) -> Option<InstanceId> {
    stream.strip_prefix("weir-")?.parse().ok()
}

/// Events of a record that its type is named after.
const NOTABLE: [&str; 4] = [
    "workflow-started",
    "workflow-completed",
    "workflow-faulted",
    "workflow-cancelled",
];

/// Of a stored record, the types of its events.
#[derive(Deserialize)]
struct Outline {
    events: Vec<Happened>,
}

#[derive(Deserialize)]
struct Happened {
    #[serde(rename = "type")]
    type_: String,
}

/// What the metadata of an event say; the names with `$` are those that the database's own
/// projections look for.
#[derive(Serialize)]
struct Metadata<'a> {
    /// The instance: `$by_correlation_id` puts its events under `$bc-<instance>`.
    #[serde(rename = "$correlationId")]
    correlation: String,
    /// The message that led to the record.
    #[serde(rename = "$causationId", skip_serializing_if = "Option::is_none")]
    causation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    /// How many of which events are in the record.
    events: BTreeMap<&'a str, u64>,
}

/// The event that `record`, encoded as `bytes`, is stored as. Its id is a new one: sent again, it
/// is recognised; another attempt to append the same record is another event.
///
/// # Errors
/// If the bytes are not the record's.
pub(crate) fn event(
    instance: InstanceId,
    record: &Record,
    bytes: &[u8],
) -> Result<EventData, serde_json::Error> {
    let outline: Outline = serde_json::from_slice(bytes)?;
    let mut events = BTreeMap::new();
    for event in &outline.events {
        *events.entry(event.type_.as_str()).or_default() += 1;
    }
    let metadata = Metadata {
        correlation: instance.to_string(),
        causation: Some(record.cause.id.as_str()).filter(|id| id.len() <= CAUSATION_BYTES_MAX),
        traceparent: record.traceparent.as_deref(),
        events,
    };
    let data: Box<RawValue> = serde_json::from_slice(bytes)?;
    let event = EventData::json(event_type(&outline, &record.cause.kind), &data)?
        .metadata_as_json(&metadata)?;
    Ok(event.id(uuid::Uuid::new_v4()))
}

/// What `$by_event_type` sorts by: the instance's end, if it ends, or its start, if it starts;
/// otherwise what came in.
fn event_type(outline: &Outline, cause: &str) -> String {
    let mut events = outline.events.iter().map(|event| event.type_.as_str());
    match events.rfind(|event| NOTABLE.contains(event)) {
        Some(event) => format!("weir.{event}"),
        None => format!("weir.{cause}-received"),
    }
}

#[cfg(test)]
mod tests {
    use weir_protocol::v1::Format;

    use super::*;

    fn debugged(events: &str, cause: &str) -> String {
        let text = format!(
            r#"{{"revision":1,"previous":0,"at":5,"cause":{{"kind":"outcome","id":"{cause}"}},
            "traceparent":"00-1-2-01","events":{events}}}"#
        );
        let record = Record::decode(text.as_bytes()).unwrap();
        let instance = InstanceId(uuid::Uuid::nil());
        let event = event(instance, &record, &record.encode()).unwrap();
        format!("{event:?}")
    }

    #[test]
    fn type_and_metadata_tell_what_is_in_a_record() {
        let events = r#"[{"type":"task-completed","task":1,"output":"input"},
            {"type":"decision-resumed"},{"type":"decision-resumed"},
            {"type":"workflow-faulted","error":{"type":"t","status":500}}]"#;
        let event = debugged(events, "outcome/1");
        for part in [
            r#""type": "weir.workflow-faulted""#,
            r#""content-type": "application/json""#,
            r#"\"$correlationId\":\"00000000-0000-0000-0000-000000000000\""#,
            r#"\"$causationId\":\"outcome/1\""#,
            r#"\"traceparent\":\"00-1-2-01\""#,
            r#"\"decision-resumed\":2"#,
        ] {
            let part = part.replace("\\\\", "\\");
            assert!(event.contains(&part), "{part} is not in {event}");
        }
    }

    #[test]
    fn other_records_are_named_after_their_cause() {
        let event = debugged(r#"[{"type":"decision-resumed"}]"#, &"x".repeat(513));
        assert!(
            event.contains(r#""type": "weir.outcome-received""#),
            "{event}"
        );
        assert!(
            !event.contains("$causationId"),
            "a long cause is not repeated: {event}"
        );
    }
}
