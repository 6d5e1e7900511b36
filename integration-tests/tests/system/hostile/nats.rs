//! Straight over NATS, where nobody stands at the door.

use serde_json::{Value, json};
use weir_bus::Stored;
use weir_integration_tests::{Cluster, Wire, until};

const INSTANCE: &str = "0190b2a8-0000-7000-8000-000000000001";

/// Subject, header lines, payload.
type Case = (String, &'static [u8], Vec<u8>);

/// Publishes everything; each must become a dead letter, with its content and the reason. Returns
/// how many there were.
pub async fn buried(cluster: &Cluster) -> usize {
    let mut wire = cluster.wire().await;
    let cases = cases();
    for (index, (subject, headers, payload)) in cases.iter().enumerate() {
        wire.publish_as_it_is(subject, headers, payload).await;
        let start = String::from_utf8_lossy(&payload[..payload.len().min(100)]);
        let what = format!("the dead letter of {subject} {start}");
        let letter = until(&what, || async {
            let letters = cluster.dead_letters().await;
            assert!(letters.len() <= index + 1, "{letters:#?}");
            letters
                .into_iter()
                .find(|letter| letter.payload == *payload && came_from(letter, subject))
        })
        .await;
        let reason = letter.header("Weir-Reason").unwrap_or_default();
        assert!(!reason.is_empty(), "{letter:?}");
    }
    too_large(cluster).await;
    unanswered(&mut wire).await;
    cases.len()
}

fn came_from(letter: &Stored, subject: &str) -> bool {
    let from = letter.header("Weir-Subject").unwrap_or_default();
    // The inbox stores its messages by partition.
    match subject.strip_prefix("weir.inbox.") {
        Some(rest) => from.starts_with("weir.partition.") && from.ends_with(rest),
        None => from == subject,
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::<Case>::new();
    let garbage = [
        Vec::new(),
        b"garbage".to_vec(),
        b"\xff\xfe\x00".to_vec(),
        format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes(),
        vec![b'{'; 900 * 1024],
    ];
    let mut subjects = vec![
        "weir.events.garbage".to_owned(),
        "weir.actions.http".to_owned(),
        "weir.actions.shell".to_owned(),
    ];
    for kind in ["start", "outcome", "timeout", "event", "cancel"] {
        subjects.push(format!("weir.inbox.examples.hello.{INSTANCE}.{kind}"));
    }
    subjects.push("weir.inbox.examples.hello.nobody.start".to_owned());
    subjects.push(format!("weir.inbox.examples.hello.{INSTANCE}.nonsense"));
    for subject in subjects {
        for payload in &garbage {
            cases.push((subject.clone(), b"", payload.clone()));
        }
    }
    // An empty one closes.
    for payload in &garbage[1..] {
        let trigger = "weir.subscriptions.trigger.examples.hello";
        cases.push((trigger.to_owned(), b"", payload.clone()));
        let listen = format!("weir.subscriptions.{INSTANCE}.1");
        cases.push((listen, b"", payload.clone()));
    }
    cases.extend(speaking());
    cases
}

/// What can be read, and makes no sense.
fn speaking() -> Vec<Case> {
    let unknown = json!({"namespace": "no", "name": "body", "version": "1.0.0"});
    let start = json!({"workflow": unknown, "input": null});
    let open = json!({"workflow": unknown, "listener": "trigger"});
    let action = json!({
        "id": "a", "instance": INSTANCE, "workflow": unknown, "task": 1, "reference": "/do/0/a",
        "replyTo": "weir.journal.mine", "deadline": u64::MAX,
        "request": {
            "function": "http", "method": "GET", "uri": "http://127.0.0.1:1", "output": "content",
        },
    });
    let case = |subject: &str, payload: &Value| -> Case {
        (subject.to_owned(), b"", payload.to_string().into_bytes())
    };
    vec![
        case(&format!("weir.inbox.no.body.{INSTANCE}.start"), &start),
        case("weir.subscriptions.trigger.no.body", &open),
        case("weir.actions.http", &action),
        (
            "weir.events.binary".to_owned(),
            b"ce-specversion: 1.0\r\nce-id: \r\nce-source: /s\r\nce-type: t\r\n",
            b"no id".to_vec(),
        ),
        (
            "weir.events.structured".to_owned(),
            b"content-type: application/cloudevents+json\r\n",
            b"{\"specversion\":\"1.0\"}".to_vec(),
        ),
    ]
}

/// The server itself refuses what is too large for it.
async fn too_large(cluster: &Cluster) {
    let wire = cluster.wire().await;
    let said = wire.refused("weir.events.large", 10 * 1024 * 1024).await;
    assert!(said.contains("Maximum Payload"), "{said}");
}

/// What nobody can answer: it must not get in anybody's way.
async fn unanswered(wire: &mut Wire) {
    let timer = format!("weir.timers.{INSTANCE}");
    wire.publish(&timer, &[], b"garbage").await;
    wire.publish("weir.timers.nobody", &[], b"\xff").await;
    wire.publish("weir.actions.unheard-of", &[], b"garbage")
        .await;
    wire.publish("weir.nowhere", &[], b"garbage").await;
    // Nobody has started it: it waits for its start for a while.
    let outcome = format!("weir.inbox.examples.hello.{INSTANCE}.outcome");
    wire.publish(&outcome, &[], br#"{"id": "a", "task": 1, "output": 1}"#)
        .await;
}
