//! Events and those who waited for them.

use std::collections::BTreeSet;

use weir_engine::{Activation, Progress, State};
use weir_graph::Program;
use weir_journal::Entry;
use weir_protocol::{
    InboxKind, InstanceId, Stream, Subject,
    v1::{self, EventReceived, Format},
};
use weir_scheduler::{Input, Instance, Step, step};

use super::lateness::lateness_ms;
use crate::{fleet::Site, load::Started};

/// An event on the stream.
struct Published {
    event: serde_json::Value,
    key: (String, String),
    at_ms: u64,
}

/// Compares what an instance consumed, and what it waited for, with what was published.
pub fn check(
    site: &Site,
    start: &Started,
    program: &Program,
    entries: &[Entry],
) -> Result<(), String> {
    let published = published(site);
    consumed_once(&published, entries)?;
    for (index, entry) in entries.iter().enumerate().skip(1) {
        let before = time_of(site, start.instance, &entries[index - 1])?;
        let until_ms = time_of(site, start.instance, entry)?;
        let (state, _) = load(start.instance, &entries[..index])?;
        for event in &published {
            let heard_ms = event.at_ms.max(before).max(site.clear_ms()) + lateness_ms(site);
            if heard_ms >= until_ms || starts(start.instance, program, event) {
                continue;
            }
            if would_take(&state, program, start.instance, event) {
                let waited_ms = until_ms - event.at_ms.max(before);
                return Err(format!(
                    "{:?} did not wake it, though it waited for {waited_ms} ms with revision {}",
                    event.key,
                    index - 1
                ));
            }
        }
    }
    Ok(())
}

/// What is consumed was published, and is consumed by an instance once.
fn consumed_once(published: &[Published], entries: &[Entry]) -> Result<(), String> {
    let known: BTreeSet<_> = published.iter().map(|event| &event.key).collect();
    let mut consumed = BTreeSet::new();
    for event in entries.iter().flat_map(|entry| &entry.record.events) {
        let v1::Event::EventConsumed { event, .. } = event else {
            continue;
        };
        let key = key(event.as_value());
        if !known.contains(&key) {
            return Err(format!("{key:?} was consumed, but never published"));
        }
        if !consumed.insert(key.clone()) {
            return Err(format!("{key:?} was consumed twice"));
        }
    }
    Ok(())
}

/// Whether an open listen that asked for events of that time consumes it.
fn would_take(state: &Instance, program: &Program, id: InstanceId, event: &Published) -> bool {
    let asks = |task: &Activation| since(&state.state, *task).is_some_and(|at| at <= event.at_ms);
    if !state.state.tasks.keys().any(asks) {
        return false;
    }
    let received = EventReceived {
        event: event.event.clone().into(),
    };
    let subject = Subject::inbox(&program.workflow, id, InboxKind::Event).unwrap();
    let message = weir_bus::Stored {
        stream: Stream::Inbox,
        sequence: 1,
        stored_at_ms: event.at_ms,
        subject: subject.to_string(),
        headers: std::collections::BTreeMap::new(),
        payload: received.encode().into(),
    };
    let input = Input::read(&message).unwrap();
    let Step::Record { record, .. } = step(program, state.clone(), &input, event.at_ms) else {
        return false;
    };
    record.events.iter().any(|happened| {
        let v1::Event::EventConsumed { by, .. } = happened else {
            return false;
        };
        by.iter().any(|by| asks(&Activation(by.task)))
    })
}

/// From when on a listen wants events.
fn since(state: &State, task: Activation) -> Option<u64> {
    let progress = &state.tasks.get(&task)?.progress;
    let Progress::Listening { subscription, .. } = progress else {
        return None;
    };
    Some(subscription.since.0)
}

/// An instance does not hear what started it.
fn starts(instance: InstanceId, program: &Program, event: &Published) -> bool {
    let (source, id) = &event.key;
    InstanceId::for_event(&program.workflow, source, id) == instance
}

fn published(site: &Site) -> Vec<Published> {
    let messages = site.broker.messages(Stream::Events);
    let events = messages
        .iter()
        .filter(|message| message.subject.starts_with("weir.events."));
    events
        .map(|message| {
            let event = serde_json::from_slice(&message.payload).unwrap();
            Published {
                key: key(&event),
                event,
                at_ms: message.stored_at_ms,
            }
        })
        .collect()
}

fn key(event: &serde_json::Value) -> (String, String) {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    (text("source"), text("id"))
}

fn time_of(site: &Site, instance: InstanceId, entry: &Entry) -> Result<u64, String> {
    let revision = entry.record.revision;
    let at_ms = site
        .ledger
        .pages()
        .appended
        .get(&(instance, revision))
        .copied();
    at_ms.ok_or_else(|| format!("revision {revision} was never appended"))
}

fn load(
    id: InstanceId,
    entries: &[Entry],
) -> Result<(Instance, Option<weir_scheduler::Outputs>), String> {
    Instance::load(id, entries).map_err(|error| error.to_string())
}
