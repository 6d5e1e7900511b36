//! What workflows leave on the broker.

use std::fmt::Write;

use serde_json::{Value, json};
use weir_nats::Usage;
use weir_protocol::Stream;

use super::{
    statistics::{number, per},
    system::System,
};

/// The streams that grow with workflows.
const STREAMS: [Stream; 6] = [
    Stream::Inbox,
    Stream::Journal,
    Stream::Actions,
    Stream::Timers,
    Stream::Trace,
    Stream::Events,
];

/// How much each stream holds at a moment.
pub(super) struct Moment(Vec<(Stream, Usage)>);

impl Moment {
    pub async fn now(system: &System) -> anyhow::Result<Self> {
        let mut usages = Vec::new();
        for stream in STREAMS {
            usages.push((stream, system.bus.usage(stream).await?));
        }
        Ok(Self(usages))
    }

    /// What each of `workflows` added since `self`.
    pub fn per_workflow(&self, later: &Self, workflows: u64) -> Value {
        let workflows = number(workflows);
        let mut streams: Vec<Value> = Vec::new();
        let mut total = [0.0; 3];
        for ((stream, before), (_, after)) in self.0.iter().zip(&later.0) {
            let more = |of: fn(&Usage) -> u64| number(of(after)) - number(of(before));
            let added = [more(|u| u.stored), more(|u| u.messages), more(|u| u.bytes)];
            for (total, added) in total.iter_mut().zip(added) {
                *total += added;
            }
            streams.push(row(stream.name(), added, workflows));
        }
        streams.push(row("total", total, workflows));
        json!({"part": "storage", "workflows": workflows, "perWorkflow": streams})
    }
}

fn row(name: &str, [stored, kept, bytes]: [f64; 3], workflows: f64) -> Value {
    json!({
        "stream": name,
        "messagesStored": per(stored, workflows),
        "messagesKept": per(kept, workflows),
        "bytesKept": per(bytes, workflows).round(),
    })
}

/// [`Moment::per_workflow`] for people.
pub(super) fn table(usage: &Value) -> String {
    let mut text = String::from("\nper workflow        messages   kept   bytes kept");
    for row in usage["perWorkflow"].as_array().into_iter().flatten() {
        let number = |name: &str| row[name].as_f64().unwrap_or_default();
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "\n{:<18} {:>9.1} {:>6.1} {:>12.0}",
            row["stream"].as_str().unwrap_or_default(),
            number("messagesStored"),
            number("messagesKept"),
            number("bytesKept"),
        );
    }
    text
}
