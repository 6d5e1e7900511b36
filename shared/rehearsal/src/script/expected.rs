//! What is to come of a case.

use serde_json::Value;
use weir_definition::Position;

use super::{
    Expected,
    case::standard,
    reader::{EMPTY, EXCLUSIVE, Reader, Spot, WRONG_VALUE},
};

const KNOWN: [&str; 11] = [
    "status", "output", "error", "path", "runs", "skips", "emits", "timeouts", "requests", "lasts",
    "within",
];
const STATUSES: [&str; 3] = ["completed", "faulted", "cancelled"];
const ERROR: [&str; 5] = ["type", "status", "title", "detail", "instance"];

impl Reader<'_> {
    pub(super) fn expected(&mut self, spot: &Spot<'_>) -> Option<Vec<(Expected, Position)>> {
        let fields = self.fields(spot, &KNOWN)?;
        if let (Some(_), Some(error)) = (fields.get("output"), fields.get("error")) {
            let message = "`error` cannot stand beside `output`";
            let remedy = "a workflow that faults has no output: keep one of them";
            self.problem(EXCLUSIVE, &error, message, remedy);
        }
        let mut all = Vec::new();
        for name in KNOWN {
            if let Some(field) = fields.get(name) {
                let position = self.position(&field);
                let expected = self.expectation(name, &field).unwrap_or_default();
                all.extend(expected.into_iter().map(|expected| (expected, position)));
            }
        }
        if spot
            .value
            .as_object()
            .is_some_and(serde_json::Map::is_empty)
        {
            let remedy = "say how it ends: `output`, `error` or `status`";
            self.problem(EMPTY, spot, "nothing is expected", remedy);
        }
        Some(all)
    }

    fn expectation(&mut self, name: &str, spot: &Spot<'_>) -> Option<Vec<Expected>> {
        let one = match name {
            "status" => {
                let status = self.text(spot)?;
                if !STATUSES.contains(&status) {
                    let message = format!("`status` is `{status}`");
                    let remedy = "expected `completed`, `faulted` or `cancelled`";
                    self.problem(WRONG_VALUE, spot, message, remedy);
                    return None;
                }
                Expected::Status(status.to_owned())
            }
            "output" => Expected::Output(spot.value.clone()),
            "error" => {
                self.fields(spot, &ERROR)?;
                Expected::Error(whole_type(spot.value.clone()))
            }
            "path" => Expected::Path(self.tasks(spot)?),
            "runs" => Expected::Runs(self.tasks(spot)?),
            "skips" => Expected::Skips(self.tasks(spot)?),
            "emits" => Expected::Emits(self.values(spot, "a list of events")?),
            "timeouts" => Expected::Timeouts(self.waits(spot)?),
            "lasts" => Expected::Lasts(self.duration(spot)?),
            "within" => Expected::Within(self.duration(spot)?),
            _ => return self.requests(spot),
        };
        Some(vec![one])
    }

    fn requests(&mut self, spot: &Spot<'_>) -> Option<Vec<Expected>> {
        let mut all = Vec::new();
        for (name, requests) in self.entries(spot, "a mapping of tasks to their requests")? {
            let task = self.task(&requests, name);
            let values = if requests.value.is_array() {
                self.values(&requests, "a list of requests")
            } else {
                Some(vec![requests.value.clone()])
            };
            let both = task.zip(values);
            all.extend(both.map(|(task, values)| Expected::Requests(task, values)));
        }
        Some(all)
    }

    fn values(&mut self, spot: &Spot<'_>, what: &str) -> Option<Vec<Value>> {
        let items = self.items(spot, what)?;
        Some(items.iter().map(|item| item.value.clone()).collect())
    }
}

/// The short name of a standard type, written out.
fn whole_type(mut error: Value) -> Value {
    let whole = error["type"].as_str().and_then(standard);
    if let Some(standard) = whole {
        error["type"] = Value::String(standard.type_);
    }
    error
}
