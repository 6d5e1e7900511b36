//! A journal decided again, and what it implies against what left the schedulers.

use std::collections::BTreeMap;

use weir_graph::Program;
use weir_journal::Entry;
use weir_protocol::{InstanceId, Stream};
use weir_scheduler::{Input, Instance, Step, step};

use crate::fleet::Site;

/// Everything that all journals imply besides timers: payloads by id.
#[derive(Default)]
pub struct Implied {
    payloads: BTreeMap<String, Vec<u8>>,
}

/// Decides every record again on what the records before it tell.
pub fn check(
    site: &Site,
    program: &Program,
    id: InstanceId,
    entries: &[Entry],
    implied: &mut Implied,
) -> Result<(), String> {
    let mut traced = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let record = &entry.record;
        let (prefix, _) = load(id, &entries[..index])?;
        let delivered = site.ledger.pages().delivered.get(&record.cause.id).cloned();
        let again = delivered.iter().flatten().any(|message| {
            let Ok(input) = Input::read(message) else {
                return false;
            };
            match step(program, prefix.clone(), &input, record.at) {
                // The trace comes from whichever of the same messages was first.
                Step::Record { record: again, .. } => again.events == record.events,
                Step::Nothing(..) => false,
            }
        });
        if !again {
            let revision = record.revision;
            return Err(format!(
                "revision {revision} does not follow from the records before it and its cause {}",
                record.cause.id
            ));
        }
        let (_, outputs) = load(id, &entries[..=index])?;
        for message in outputs.into_iter().flat_map(|outputs| outputs.messages) {
            let message_id = message.id.clone().unwrap_or_default();
            if message_id.starts_with("trace/") {
                traced.push(message_id.clone());
            }
            implied
                .payloads
                .insert(message_id, message.payload.to_vec());
        }
    }
    in_order(site, id, &traced)
}

/// Nothing left the schedulers that no journal implies, and nothing is missing.
pub fn all_is_out(site: &Site, implied: &Implied) -> Result<(), String> {
    let pages = site.ledger.pages();
    for (id, payloads) in &pages.published {
        if !is_of_scheduler(id) {
            continue;
        }
        let Some(payload) = implied.payloads.get(id) else {
            return Err(format!("{id} was sent, but no record says so"));
        };
        if payloads.iter().any(|sent| sent != payload) {
            return Err(format!("{id} was sent otherwise than its record says"));
        }
    }
    let missing = implied
        .payloads
        .keys()
        .find(|id| !pages.published.contains_key(*id));
    match missing {
        Some(id) => Err(format!("{id} was never sent")),
        None => Ok(()),
    }
}

fn is_of_scheduler(id: &str) -> bool {
    ["action/", "trace/", "open/", "close/", "event/"]
        .iter()
        .any(|kind| id.starts_with(kind))
}

fn in_order(site: &Site, instance: InstanceId, expected: &[String]) -> Result<(), String> {
    let mut seen: Vec<String> = Vec::new();
    let about = instance.to_string();
    for message in site.broker.messages(Stream::Trace) {
        let event: serde_json::Value = serde_json::from_slice(&message.payload)
            .map_err(|error| format!("its trace is not JSON: {error}"))?;
        if event["instance"] != about {
            continue;
        }
        let id = format!("trace/{}", event["id"].as_str().unwrap_or_default());
        if !seen.contains(&id) {
            seen.push(id);
        }
    }
    if seen == expected {
        Ok(())
    } else {
        Err(format!("its trace has {seen:?}, its journal {expected:?}"))
    }
}

fn load(
    id: InstanceId,
    entries: &[Entry],
) -> Result<(Instance, Option<weir_scheduler::Outputs>), String> {
    Instance::load(id, entries).map_err(|error| error.to_string())
}
