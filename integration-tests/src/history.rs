//! One instance's journal, and what must hold of every journal.

use std::collections::BTreeMap;

use serde_json::Value;

/// The records of one instance, as the HTTP interface shows them.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    records: Vec<Value>,
}

impl History {
    pub(crate) fn new(body: &Value) -> Self {
        Self {
            records: body["records"].as_array().unwrap().clone(),
        }
    }

    /// How many records there are.
    pub fn records(&self) -> usize {
        self.records.len()
    }

    /// All events, in order.
    pub fn events(&self) -> impl Iterator<Item = &Value> {
        self.records
            .iter()
            .flat_map(|record| record["events"].as_array().unwrap())
    }

    /// The types of all events, in order.
    pub fn types(&self) -> Vec<&str> {
        self.events()
            .map(|event| event["type"].as_str().unwrap())
            .collect()
    }

    /// The last event.
    pub fn end(&self) -> &str {
        self.types().last().copied().unwrap_or_default()
    }

    /// What is wrong with it, if anything: the chain is broken, something happened twice, or
    /// after the end, or to a task that was not there.
    pub fn defect(&self) -> Option<String> {
        self.broken_chain().or_else(|| self.repetition())
    }

    fn broken_chain(&self) -> Option<String> {
        let mut previous = 0;
        for (record, revision) in self.records.iter().zip(1_u64..) {
            if record["revision"] != revision || record["previous"] != previous {
                return Some(format!("revision {revision} does not extend the chain"));
            }
            previous = record["sequence"].as_u64().unwrap();
        }
        None
    }

    fn repetition(&self) -> Option<String> {
        // Of every activation: whether it has ended.
        let mut tasks = BTreeMap::new();
        let mut ended = false;
        for event in self.events() {
            let kind = event["type"].as_str().unwrap();
            if ended {
                return Some(format!("{kind} after the end"));
            }
            let task = event["task"].as_u64();
            let before = match kind {
                "task-started" => tasks.insert(task, false),
                "task-completed" | "task-faulted" | "task-cancelled" => {
                    let before = tasks.insert(task, true);
                    if before == Some(false) {
                        None
                    } else {
                        Some(true)
                    }
                }
                "workflow-completed" | "workflow-faulted" | "workflow-cancelled" => {
                    ended = true;
                    None
                }
                _ => None,
            };
            if before.is_some() {
                return Some(format!("{kind} of activation {task:?} does not fit"));
            }
        }
        let open = tasks.iter().find(|(_, ended)| !**ended);
        open.filter(|_| ended)
            .map(|(task, _)| format!("activation {task:?} has no end"))
    }
}
