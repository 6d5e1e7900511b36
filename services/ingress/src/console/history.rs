//! The history: every event of the journal, the last first.

use maud::{Markup, PreEscaped, html};
use serde_json::Value;
use weir_engine::{Activation, Timestamp};
use weir_journal::Entry;
use weir_protocol::InstanceId;

use super::{live::Part, progress::Progress, text};
use crate::http::view;

/// Rows at most: the last ones.
const ROWS_MAX: usize = 200;
/// What the ids of rows begin with.
const ROW: &str = "event-";

/// Whether this is the id of a row.
pub(super) fn is_row(id: &str) -> bool {
    id.starts_with(ROW)
}

/// The section around `rows`, which are rendered.
pub(super) fn section(rows: &str) -> Markup {
    html! {
        section #history aria-labelledby="history-title" {
            h2 #history-title { "History" }
            div.scroll #history-scroll {
                table.history {
                    thead { tr {
                        th.number scope="col" { "Revision" }
                        th.wide scope="col" { "Time" }
                        th scope="col" { "Event" }
                        th scope="col" { "Task" }
                        th scope="col" { "Details" }
                    } }
                    tbody #history-rows { (PreEscaped(rows)) }
                }
            }
            p.quiet { "The last " (ROWS_MAX) " events at most; the API has them all." }
        }
    }
}

/// One row for each event.
pub(super) fn rows(id: InstanceId, entries: &[Entry], progress: &Progress) -> Vec<Part> {
    let mut rows = Vec::new();
    for entry in entries.iter().rev() {
        let record = view::record(entry);
        let events = record["events"].as_array().into_iter().flatten();
        let mut events: Vec<(usize, &Value)> = events.enumerate().collect();
        events.reverse();
        for (index, event) in events {
            if rows.len() == ROWS_MAX {
                return rows;
            }
            let row = Row {
                instance: id,
                revision: entry.record.revision,
                index,
                at: Timestamp(entry.record.at),
                cause: &entry.record.cause.kind,
                event,
            };
            rows.push(Part {
                id: row.id(),
                version: String::new(),
                html: row.html(progress).into_string(),
            });
        }
    }
    rows
}

struct Row<'a> {
    instance: InstanceId,
    revision: u64,
    index: usize,
    at: Timestamp,
    cause: &'a str,
    event: &'a Value,
}

impl Row<'_> {
    fn id(&self) -> String {
        format!("{ROW}{}-{}", self.revision, self.index)
    }

    fn html(&self, progress: &Progress) -> Markup {
        let kind = self.event["type"]
            .as_str()
            .unwrap_or_default()
            .replace('-', " ");
        let id = self.id();
        html! {
            tr #(id) data-into="history-rows" {
                td.number {
                    a #{ (id) "-at" } href={ "/instances/" (self.instance) "?at=" (self.revision) }
                        title={ "The instance as it was at revision " (self.revision) } {
                        (self.revision)
                    }
                }
                td.wide.time { (text::time(self.at)) }
                td {
                    (kind)
                    @if self.index == 0 { span.tag { "by " (self.cause) } }
                }
                td { @if let Some(task) = self.task(progress) { (task) } }
                td.details {
                    details #{ (id) "-json" } {
                        summary { "JSON" }
                        pre tabindex="0" role="group" aria-label="The event as JSON" {
                            code { (text::json(self.event)) }
                        }
                    }
                }
            }
        }
    }

    /// The name of the task that it is about.
    fn task(&self, progress: &Progress) -> Option<String> {
        if let Some(reference) = self.event["reference"].as_str() {
            return Some(text::name(reference));
        }
        let task = Activation(self.event["task"].as_u64()?);
        let run = progress.runs.iter().find(|run| run.activation == task);
        run.map(super::progress::Run::name)
    }
}
