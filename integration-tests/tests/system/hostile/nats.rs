//! Straight over NATS, where nobody stands at the door.

use serde_json::{Value, json};
use weir_bus::Stored;
use weir_integration_tests::{Cluster, Wire, until};

const INSTANCE: &str = "0190b2a8-0000-7000-8000-000000000001";

/// Header lines that break the rules.
const UNREADABLE: [&[u8]; 3] = [
    b"traceparent: \xff\r\n",
    b"traceparent: a\rb\r\n",
    b"no colon\r\n",
];

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
    handled(cluster, &mut wire).await;
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
    let subscriptions = [
        "weir.subscriptions.trigger.examples.hello".to_owned(),
        format!("weir.subscriptions.{INSTANCE}.1"),
    ];
    let garbage = [
        Vec::new(),
        b"garbage".to_vec(),
        b"\xff\xfe\x00".to_vec(),
        format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes(),
        format!("{}{}", "[".repeat(120), "]".repeat(120)).into_bytes(),
        vec![b'{'; 900 * 1024],
    ];

    let mut cases = unreadable();
    for subject in subjects.iter().chain(&subscriptions) {
        for (index, headers) in UNREADABLE.into_iter().enumerate() {
            let payload = format!("garbage {index}").into_bytes();
            cases.push((subject.clone(), headers, payload));
        }
    }
    for subject in &subjects {
        for payload in &garbage {
            cases.push((subject.clone(), b"", payload.clone()));
        }
    }
    // An empty one closes.
    for subject in &subscriptions {
        for payload in &garbage[1..] {
            cases.push((subject.clone(), b"", payload.clone()));
        }
    }
    cases.extend(speaking());
    cases
}

/// Events that would be good ones, could their headers be read.
fn unreadable() -> Vec<Case> {
    let blocks: [&[u8]; 3] = [
        b"ce-specversion: 1.0\r\nce-id: \xff\r\nce-source: /s\r\nce-type: t\r\n",
        b"ce-specversion: 1.0\r\nce-id: a\rb\r\nce-source: /s\r\nce-type: t\r\n",
        b"ce-specversion: 1.0\r\nce-id\xff: a\r\nce-source: /s\r\nce-type: t\r\n",
    ];
    let cases = blocks.into_iter().enumerate();
    let case = |(index, headers)| -> Case {
        let payload = format!("unreadable {index}").into_bytes();
        ("weir.events.binary".to_owned(), headers, payload)
    };
    cases.map(case).collect()
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

/// Headers that nobody needs do not keep a message from its receiver.
async fn handled(cluster: &Cluster, wire: &mut Wire) {
    let hello = json!({"namespace": "examples", "name": "hello", "version": "1.0.0"});
    let start = json!({"workflow": hello, "input": null}).to_string();
    for (index, headers) in UNREADABLE.into_iter().enumerate() {
        let id = format!("0190b2a8-0000-7000-8000-00000000010{index}");
        let subject = format!("weir.inbox.examples.hello.{id}.start");
        wire.publish_as_it_is(&subject, headers, start.as_bytes())
            .await;
        let ended = cluster.api().ended(&id).await;
        assert_eq!(ended["status"], "completed", "{ended}");
    }
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
    for headers in UNREADABLE {
        for subject in [&timer, "weir.actions.unheard-of", "weir.nowhere"] {
            wire.publish_as_it_is(subject, headers, b"garbage").await;
        }
    }
    // Nobody has started it: it waits for its start for a while.
    let outcome = format!("weir.inbox.examples.hello.{INSTANCE}.outcome");
    wire.publish(&outcome, &[], br#"{"id": "a", "task": 1, "output": 1}"#)
        .await;
}
