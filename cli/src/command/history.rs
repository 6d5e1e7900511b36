//! `weir history`: the journal of an instance, in lines.

use std::fmt::Write as _;

use anyhow::Context;
use serde_json::Value;
use weir_engine::{InstanceId, Timestamp};
use weir_insight::{Chapter, Story, line};
use weir_protocol::v1;

use crate::{
    api::Client,
    output::{Exit, Output},
};

pub(crate) async fn history(
    client: &Client,
    instance: &str,
    output: &Output,
) -> anyhow::Result<Exit> {
    let history = read(client, instance).await?;
    for (record, chapter) in history.records.iter().zip(&history.story.chapters) {
        output.print(record, || history.told(chapter));
    }
    Ok(Exit::Done)
}

/// A journal, as the ingress shows it and as what happened.
pub(super) struct History {
    pub records: Vec<Value>,
    pub story: Story,
}

pub(super) async fn read(client: &Client, instance: &str) -> anyhow::Result<History> {
    let path = format!("/api/v1/instances/{instance}/history");
    let mut history = client.get(&path, &[]).await?;
    let records = history["records"].as_array_mut();
    let records = std::mem::take(records.context("the ingress answered without records")?);
    let id: InstanceId = instance.parse().context("this is no id")?;
    let read = records.iter().map(record);
    let read = read.collect::<Result<Vec<_>, _>>()?;
    let story = Story::of(id, &read)?;
    Ok(History { records, story })
}

/// A record without credentials, which are hidden.
fn record(shown: &Value) -> anyhow::Result<v1::Record> {
    let mut record = shown.clone();
    let events = record["events"].as_array_mut().into_iter().flatten();
    for event in events {
        let request = event.pointer_mut("/activity/request");
        if let Some(request) = request.and_then(Value::as_object_mut) {
            request.remove("credentials");
        }
    }
    serde_json::from_value(record).context("the journal is of another version of Weir")
}

impl History {
    /// A decision: its number, time and cause, and a line for each event.
    pub fn told(&self, chapter: &Chapter) -> String {
        let references = self.story.references();
        let Chapter {
            revision,
            at,
            cause,
            events,
        } = chapter;
        let mut text = format!("{revision:>4}  {}  {cause}", at.to_rfc3339());
        let lines = events
            .iter()
            .filter_map(|event| line(event, &references, Timestamp::to_rfc3339));
        for line in lines {
            // Writing to a string does not fail.
            let _ = write!(text, "\n      {line}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hidden_credentials_are_no_hindrance() {
        let id = "0199f000-0000-7000-8000-000000000001";
        let shown = json!({
            "revision": 1, "previous": 0, "at": 1_000, "sequence": 9,
            "cause": {"kind": "start", "id": "start/1"},
            "events": [
                {"type": "workflow-started", "instance": id, "input": {"a": 1}, "deadline": 2_000,
                    "since": 0, "workflow": {"namespace": "n", "name": "w", "version": "1.0.0"}},
                {"type": "task-started", "task": 1, "parent": 0, "reference": "/do/0/pay",
                    "activity": {"type": "action", "request": {"function": "http", "method": "GET",
                        "uri": "http://pay", "output": "content", "credentials": "<hidden>"}}},
            ],
        });
        let story = Story::of(id.parse().unwrap(), [&record(&shown).unwrap()]).unwrap();
        let history = History {
            records: vec![shown],
            story,
        };
        let told = history.told(&history.story.chapters[0]);
        let expected = "   1  1970-01-01T00:00:01.000Z  start\n      started with {\"a\":1}\n      \
                        pay started, asks for http";
        assert_eq!(told, expected);
    }
}
