//! The console's pages, as they are sent. What browsers make of them, the system tests tell.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use weir_bus::{Bus as _, Outgoing};
use weir_engine::InstanceId;
use weir_graph::WorkflowRef;
use weir_protocol::{
    Stream, Subject,
    v1::{self, Format},
};

use crate::{
    fixture::{Answer, Fixture, definition},
    instances::written,
};

const OWN: [(&str, &str); 2] = [
    ("content-type", "application/x-www-form-urlencoded"),
    ("origin", "http://weir"),
];

/// Lets the trace tell something of an instance.
async fn trace(ingress: &Fixture, name: &str, event: &str, error: &Value) -> InstanceId {
    let workflow = WorkflowRef {
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
    };
    let instance = InstanceId::for_event(&workflow, "/test", name);
    let subject = Subject::trace(&workflow, instance, event).unwrap();
    let data = json!({"definition": {"version": "1.0.0"}, "error": error});
    let payload = json!({"time": "2026-01-01T00:00:00.000Z", "data": data}).to_string();
    let message = Outgoing::new(subject, payload);
    ingress.bus.publish(message).await.unwrap();
    instance
}

/// Every page is closed to everything that is not its own.
fn is_page(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    let policy = header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(header(name), value, "{name}");
    }
    for inline in ["<style", " style=", " onclick", "javascript:", "<script>"] {
        assert!(!answer.text.contains(inline), "{inline}");
    }
}

#[tokio::test]
async fn instances_are_listed_and_filtered_and_escaped() {
    let ingress = Fixture::start().await;
    let nothing = ingress.get("/").await;
    is_page(&nothing, 200);
    assert!(nothing.text.contains("<tbody id=\"rows\"></tbody>"));
    trace(&ingress, "order", "workflow-started", &Value::Null).await;
    let error = json!({"type": "about:blank", "status": 500,
        "title": "\"><img src=x onerror=alert(1)>"});
    trace(&ingress, "other", "workflow-faulted", &error).await;
    let all = ingress.get("/").await;
    is_page(&all, 200);
    assert_eq!(all.text.matches("<tr id=").count(), 2, "{}", all.text);
    assert!(all.text.contains("&quot;&gt;&lt;img src=x onerror"));
    assert!(!all.text.contains("<img"), "{}", all.text);
    let running = ingress.get("/?status=running&workflow=").await.text;
    assert_eq!(running.matches("<tr id=").count(), 1, "{running}");
    assert!(running.contains("data-live=\"/live/instances?status=running\""));
    // Links keep the other filter.
    let named = ingress.get("/?workflow=shop%2Fother").await.text;
    assert_eq!(named.matches("<tr id=").count(), 1);
    assert!(named.contains("href=\"/?status=faulted&amp;workflow=shop%2Fother\""));
    is_page(&ingress.get("/?status=%3Cscript%3E").await, 400);
}

#[tokio::test]
async fn an_instance_has_a_page_for_each_of_its_revisions() {
    let ingress = Fixture::start().await;
    ingress.deploy(&definition("1.0.0", "")).await;
    let id = written(&ingress, None).await;
    let page = ingress.get(&format!("/instances/{id}")).await;
    is_page(&page, 200);
    for part in [
        "id=\"head\"",
        "id=\"now\"",
        "id=\"graph\"",
        "id=\"timeline\"",
        "id=\"data\"",
        "id=\"event-1-1\"",
        "aria-label=\"shop/order:1.0.0",
        "http is at work",
        "It has run for",
        "&quot;order&quot;: 7",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(!page.text.contains("s3cret"), "{}", page.text);
    let then = ingress.get(&format!("/instances/{id}?at=1")).await;
    is_page(&then, 200);
    assert!(then.text.contains("As it was at revision"));
    // What was is looked at, not acted on, and does not change.
    assert!(!then.text.contains("data-live") && !then.text.contains("<form"));
    is_page(&ingress.get(&format!("/instances/{id}?at=2")).await, 404);
}

#[tokio::test]
async fn a_button_cancels_but_not_from_other_sites() {
    let ingress = Fixture::start().await;
    let id = written(&ingress, None).await;
    let path = format!("/instances/{id}/cancel");
    let other = [OWN[0], ("origin", "http://evil.example")];
    let refused = ingress.send("POST", &path, &other, b"").await;
    refused.problem(403, "another site");
    let api = format!("/api/v1{path}");
    let refused = ingress.send("POST", &api, &[other[1]], b"").await;
    refused.problem(403, "another site");
    assert!(ingress.messages(Stream::Inbox).is_empty());

    let body = b"reason=%3Cno+longer%3E+needed";
    let done = ingress.send("POST", &path, &OWN, body).await;
    assert_eq!(done.status, 303, "{done:?}");
    assert_eq!(done.header("location"), Some(&*format!("/instances/{id}")));
    let inbox = ingress.messages(Stream::Inbox);
    let sent = v1::Cancel::decode(&inbox[0].payload).unwrap();
    assert_eq!(sent.reason.as_deref(), Some("<no longer> needed"));
}

#[tokio::test]
async fn what_goes_wrong_is_a_page_for_people() {
    let ingress = Fixture::start().await;
    let unknown = "/instances/00000000-0000-7000-8000-000000000001";
    let missing = ingress.get(unknown).await;
    is_page(&missing, 404);
    assert!(missing.text.contains("role=\"alert\""), "{}", missing.text);
    is_page(&ingress.get("/instances/%3Cscript%3E").await, 400);
    let accepts = [("accept", "text/html,*/*")];
    let nowhere = ingress.send("GET", "/nowhere", &accepts, b"").await;
    is_page(&nowhere, 404);
    ingress.get("/nowhere").await.problem(404, "nothing");
    for (path, media_type) in [
        ("/assets/console.css", "text/css; charset=utf-8"),
        ("/assets/console.js", "text/javascript; charset=utf-8"),
        ("/assets/icon.svg", "image/svg+xml"),
    ] {
        let asset = ingress.get(path).await;
        assert_eq!(asset.status, 200);
        assert_eq!(asset.header("content-type"), Some(media_type));
        // Nothing from elsewhere (but the name of a namespace).
        let text = asset.text.replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("//") || !text.contains("http"), "{path}");
    }
}

/// Server-sent events, read until they stop.
struct Events(TcpStream, String);

impl Events {
    async fn open(ingress: &Fixture, path: &str) -> Self {
        let mut stream = TcpStream::connect(ingress.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: weir\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        Self(stream, String::new())
    }

    /// Reads until it has said `words`, or, without words, to the end.
    async fn say(&mut self, words: Option<&str>) {
        let read = async {
            loop {
                if words.is_some_and(|words| self.1.contains(words)) {
                    return;
                }
                let mut bytes = vec![0; 4096];
                let count = self.0.read(&mut bytes).await.unwrap();
                if count == 0 {
                    assert_eq!(words, None, "{}", self.1);
                    return;
                }
                self.1.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        };
        let read = tokio::time::timeout(Duration::from_secs(30), read);
        assert!(read.await.is_ok(), "{words:?}: {}", self.1);
    }
}

#[tokio::test]
async fn what_changes_is_sent_and_what_does_not_is_not() {
    let ingress = Fixture::start().await;
    let order = trace(&ingress, "order", "workflow-started", &Value::Null).await;
    let mut all = Events::open(&ingress, "/live/instances").await;
    let mut running = Events::open(&ingress, "/live/instances?status=running").await;
    all.say(Some("event: whole")).await;
    all.say(Some(&format!("[\"i-{order}\",\"<tr id="))).await;
    running.say(Some("event: whole")).await;
    let other = trace(&ingress, "other", "workflow-started", &Value::Null).await;
    all.say(Some(&format!("[\"i-{other}\",\"<tr id="))).await;
    assert!(all.1.contains("event: parts"), "{}", all.1);
    trace(&ingress, "order", "workflow-completed", &Value::Null).await;
    running.say(Some(&format!("[\"i-{order}\",null]"))).await;
    // The other order's row once at the beginning and once at its end; the new one's once.
    all.say(Some("badge completed\\\"><span>")).await;
    let sent = |id: InstanceId| all.1.matches(&format!("[\"i-{id}\"")).count();
    assert_eq!((sent(order), sent(other)), (2, 1), "{}", all.1);
    // Nobody who watches keeps an ingress from stopping.
    ingress.shutdown.trigger();
    all.say(None).await;
    running.say(None).await;
}

#[tokio::test]
async fn a_definition_is_shown_and_started_once() {
    let ingress = Fixture::start().await;
    assert!(
        ingress
            .get("/definitions")
            .await
            .text
            .contains("Nothing is deployed")
    );
    ingress.deploy(&definition("1.0.0", "")).await;
    let more = "# <script>alert(1)</script>\n";
    ingress.deploy(&definition("1.1.0", more)).await;
    let list = ingress.get("/definitions").await;
    is_page(&list, 200);
    assert!(list.text.contains("href=\"/definitions/shop/order/1.1.0\""));
    assert!(list.text.contains("href=\"/definitions/shop/order/1.0.0\""));
    let path = "/definitions/shop/order/1.1.0";
    let page = ingress.get(path).await;
    is_page(&page, 200);
    assert!(page.text.contains("# &lt;script&gt;"), "{}", page.text);
    assert!(page.text.contains("<svg class=\"graph\""));
    is_page(&ingress.get("/definitions/shop/order/3.0.0").await, 404);

    let wrong = ingress
        .send("POST", path, &OWN, b"key=k1&input=%7B%22a%22%3A")
        .await;
    is_page(&wrong, 422);
    assert!(
        wrong.text.contains("aria-invalid=\"true\""),
        "{}",
        wrong.text
    );
    assert!(
        wrong.text.contains("{&quot;a&quot;:</textarea>"),
        "{}",
        wrong.text
    );
    assert!(ingress.messages(Stream::Inbox).is_empty());
    let body = b"key=k1&input=%7B%22a%22%3A1%7D";
    let started = ingress.send("POST", path, &OWN, body).await;
    assert_eq!(started.status, 303, "{started:?}");
    let again = ingress.send("POST", path, &OWN, body).await;
    assert_eq!(started.header("location"), again.header("location"));
    let inbox = ingress.messages(Stream::Inbox);
    assert_eq!(inbox.len(), 1);
    let start = v1::Start::decode(&inbox[0].payload).unwrap();
    assert_eq!(start.input.as_value(), &json!({"a": 1}));
    let pending = ingress.get(started.header("location").unwrap()).await;
    is_page(&pending, 200);
    assert!(pending.text.contains("badge pending"), "{}", pending.text);
}

#[tokio::test]
async fn an_event_is_sent_as_it_was_written() {
    let ingress = Fixture::start().await;
    let page = ingress.get("/send?type=%22%3E%3Cb%3E").await;
    is_page(&page, 200);
    assert!(
        page.text.contains("value=\"&quot;&gt;&lt;b&gt;\""),
        "{}",
        page.text
    );
    let send = async |body: &[u8]| ingress.send("POST", "/send", &OWN, body).await;
    let wrong = send(b"type=paid&source=%2Fa&id=1&data=%7B").await;
    is_page(&wrong, 422);
    assert!(wrong.text.contains("id=\"data-wrong\""), "{}", wrong.text);
    let wrong = send(b"type=&source=%2Fa&id=1&data=").await;
    is_page(&wrong, 422);
    assert!(wrong.text.contains("id=\"wrong\""), "{}", wrong.text);
    let done = send(b"type=paid&source=%2Fa&id=1&subject=&data=%7B%22n%22%3A1%7D").await;
    assert_eq!(done.status, 303, "{done:?}");
    assert_eq!(done.header("location"), Some("/send?type=paid&sent=1"));
    let events = ingress.messages(Stream::Events);
    let events: Vec<Value> = events
        .iter()
        .filter_map(|event| serde_json::from_slice(&event.payload).ok())
        .filter(|event: &Value| event["type"] == "paid")
        .collect();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(
        (&events[0]["data"]["n"], &events[0]["source"]),
        (&json!(1), &json!("/a"))
    );
}

#[tokio::test]
async fn health_names_parts_and_streams() {
    let ingress = Fixture::start().await;
    let page = ingress.get("/health").await;
    is_page(&page, 200);
    for part in ["<th scope=\"row\">router</th>", "WEIR_JOURNAL", "WEIR_DEAD"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let mut live = Events::open(&ingress, "/live/health").await;
    live.say(Some("[\"components\",\"<section id=")).await;
}
