//! One instance's journal by itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use weir_journal::Entry;

use crate::run::is_end;

/// Whether everything in it happened once, in an order that can be.
pub fn check(entries: &[Entry]) -> Result<(), String> {
    let mut causes = BTreeSet::new();
    let mut tasks = BTreeMap::new();
    let mut ended = false;
    for Entry { record, .. } in entries {
        let cause = &record.cause;
        if cause.kind == "outcome" && !causes.insert(&cause.id) {
            return Err(format!("{} was applied twice", cause.id));
        }
        for event in &record.events {
            if ended {
                return Err("something happened after its end".to_owned());
            }
            ended = is_end(event);
            transition(event, &mut tasks)?;
        }
    }
    if !ended {
        return Err(format!("it never ended, after {} records", entries.len()));
    }
    match tasks.iter().find(|(_, open)| **open) {
        Some((task, _)) => Err(format!("activation {task} has no end")),
        None => Ok(()),
    }
}

/// `tasks`: every activation so far, and whether it is open.
fn transition(
    event: &weir_protocol::v1::Event,
    tasks: &mut BTreeMap<u64, bool>,
) -> Result<(), String> {
    let event = serde_json::to_value(event).expect("events are JSON");
    let kind = event["type"].as_str().unwrap_or_default();
    let Some(task) = event.get("task").and_then(Value::as_u64) else {
        return Ok(());
    };
    let (before, wanted) = match kind {
        "task-started" => (tasks.insert(task, true), None),
        "task-completed" | "task-faulted" | "task-cancelled" => {
            (tasks.insert(task, false), Some(true))
        }
        _ => return Ok(()),
    };
    if before == wanted {
        Ok(())
    } else {
        Err(format!("{kind} of activation {task} does not fit"))
    }
}
