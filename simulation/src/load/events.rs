//! The events that clients publish: for listens, early, at the same moment, late and twice; and
//! for triggers.

use serde_json::json;
use weir_bus::Outgoing;
use weir_graph::WorkflowRef;
use weir_protocol::{
    InstanceId, Subject,
    v1::{Format, Listener, OpenSubscription},
};

use crate::{chance::Chance, executor::data};

/// What starts workflows; no listen of the generated documents wants it by name.
const STARTING: &str = "start";
const SOURCE: &str = "/test";

/// Makes of a random document one that events start.
pub fn triggered(source: &str) -> String {
    let source = source.replacen("name: random", "name: triggered", 1);
    let trigger = format!("schedule: {{on: {{one: {{with: {{type: {STARTING}}}}}}}}}\n");
    let read = "input: {from: '.[0] | {x: .x, items: .items, two: .two}'}\n";
    let (head, rest) = source.split_once('\n').unwrap();
    let rest = match rest.split_once('\n') {
        Some((first, rest)) if first.starts_with("input: ") => rest,
        _ => rest,
    };
    format!("{head}\n{trigger}{read}{rest}")
}

/// What the ingress publishes when it deploys a workflow that events start.
pub fn trigger(workflow: &WorkflowRef) -> Outgoing {
    let subject = Subject::trigger(&workflow.namespace, &workflow.name).unwrap();
    let open = OpenSubscription {
        workflow: workflow.into(),
        listener: Listener::Trigger { since: None },
    };
    Outgoing::new(subject, open.encode())
}

/// Events around the start of an instance at `at_ms`, each with when it is sent.
pub fn around(chance: &mut Chance, number: u64, at_ms: u64) -> Vec<(u64, Outgoing)> {
    let mut sent = Vec::new();
    let spread_ms = chance.pick(&[2_000, 20_000, 110_000]);
    for event in 0..chance.below(8) {
        let event_type = chance.pick(&["a", "b", "c"]);
        let id = format!("{number}-{event}");
        let message = event_message(chance, event_type, &id);
        for again in 0..=chance.below(2) {
            let begin_ms = at_ms.saturating_sub(1_500);
            let sent_ms = begin_ms + chance.below(spread_ms);
            let mut message = message.clone();
            // The broker recognises some repetitions, but not all.
            if again == 0 || chance.one_in(2) {
                message.id = None;
            }
            sent.push((sent_ms, message));
        }
    }
    sent
}

/// An event that starts `workflow`, perhaps more than once, and the instance that it starts.
pub fn starting(
    chance: &mut Chance,
    number: u64,
    at_ms: u64,
    workflow: &WorkflowRef,
) -> (InstanceId, Vec<(u64, Outgoing)>) {
    let id = format!("start-{number}");
    let instance = InstanceId::for_event(workflow, SOURCE, &id);
    let message = event_message(chance, STARTING, &id);
    let mut sent = vec![(at_ms, message.clone())];
    if chance.one_in(3) {
        let mut again = message;
        again.id = None;
        sent.push((at_ms + chance.below(150_000), again));
    }
    (instance, sent)
}

fn event_message(chance: &mut Chance, event_type: &str, id: &str) -> Outgoing {
    let event = json!({
        "specversion": "1.0", "source": SOURCE, "id": id, "type": event_type,
        "data": data(chance),
    });
    let id = weir_protocol::cloudevent::message_id(SOURCE, id);
    Outgoing::new(Subject::event(event_type), event.to_string())
        .with_id(id)
        .with_header(
            weir_protocol::header::CONTENT_TYPE,
            weir_protocol::cloudevent::STRUCTURED,
        )
}
