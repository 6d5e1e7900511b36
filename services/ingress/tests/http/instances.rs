//! Starting, looking at and cancelling instances.

use serde_json::{Value, json};
use weir_bus::{Bus as _, Outgoing};
use weir_engine::{Event, InstanceId, Timestamp};
use weir_expression::Data;
use weir_journal::{Journal as _, Position};
use weir_protocol::{
    InboxKind, InboxSubject, Stream, Subject,
    v1::{self, Cause, Format, Record, Start},
};

use crate::fixture::{Fixture, definition};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn a_start_is_stored_before_it_is_accepted() {
    let ingress = Fixture::start().await;
    ingress.deploy(&definition("1.0.0", "")).await;
    ingress.deploy(&definition("1.1.0", "")).await;
    let body = json!({"workflow": {"namespace": "shop", "name": "order"}, "input": {"a": [1]}});
    let headers = [
        ("content-type", "application/json"),
        ("traceparent", TRACEPARENT),
    ];
    let answer = ingress
        .send(
            "POST",
            "/api/v1/instances",
            &headers,
            body.to_string().as_bytes(),
        )
        .await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.body["workflow"]["version"], "1.1.0");
    let id = answer.body["instance"].as_str().unwrap();

    let inbox = ingress.messages(Stream::Inbox);
    let subject = InboxSubject::parse(&inbox[0].subject).unwrap();
    assert_eq!(
        (subject.kind, &*subject.instance.to_string()),
        (InboxKind::Start, id)
    );
    let start = Start::decode(&inbox[0].payload).unwrap();
    assert_eq!(start.workflow.version, "1.1.0");
    assert_eq!(start.input.as_value(), &json!({"a": [1]}));
    assert_eq!(inbox[0].header("traceparent"), Some(TRACEPARENT));

    let path = answer.header("location").unwrap();
    let pending = ingress.get(path).await;
    assert_eq!(
        (pending.status, &pending.body["status"]),
        (200, &json!("pending"))
    );
    let cancelled = ingress
        .send("POST", &format!("{path}/cancel"), &[], b"")
        .await;
    assert_eq!(cancelled.status, 202);
    assert_eq!(ingress.messages(Stream::Inbox).len(), 2);
}

#[tokio::test]
async fn a_key_makes_a_repeated_start_the_same() {
    let ingress = Fixture::start().await;
    ingress.deploy(&definition("1.0.0", "")).await;
    let start = async |key: &str| {
        let body = json!({"workflow": {"namespace": "shop", "name": "order", "version": "1.0.0"}});
        let headers = [("idempotency-key", key)];
        let body = body.to_string();
        let path = "/api/v1/instances";
        let answer = ingress.send("POST", path, &headers, body.as_bytes()).await;
        answer.body["instance"].as_str().unwrap().to_owned()
    };
    let first = start("one").await;
    assert_eq!(start("one").await, first);
    assert_ne!(start("two").await, first);
    assert_eq!(ingress.messages(Stream::Inbox).len(), 2);
}

#[tokio::test]
async fn what_cannot_be_started_is_said() {
    let ingress = Fixture::start().await;
    let start = async |body: Value| ingress.post_json("/api/v1/instances", &body).await;
    let unknown = json!({"workflow": {"namespace": "shop", "name": "order"}});
    start(unknown)
        .await
        .problem(404, "shop/order is not deployed");
    let version = json!({"workflow": {"namespace": "a", "name": "b", "version": "1.0.0"}});
    start(version).await.problem(404, "a/b:1.0.0");
    let wildcard = json!({"workflow": {"namespace": "*", "name": "b"}});
    start(wildcard).await.problem(400, "namespace");
    start(json!({"workflow": {}}))
        .await
        .problem(400, "missing field `namespace`");
    start(json!({"workflo": {}}))
        .await
        .problem(400, "unknown field `workflo`");
}

/// A journal of one instance: started, and waiting for an action with credentials.
pub async fn written(ingress: &Fixture, last: Option<Event>) -> String {
    let workflow = weir_graph::WorkflowRef {
        namespace: "shop".to_owned(),
        name: "order".to_owned(),
        version: "1.0.0".to_owned(),
    };
    let id = InstanceId::for_event(&workflow, "/test", "1");
    let started: v1::Event = (&Event::WorkflowStarted {
        instance: id,
        workflow,
        input: Data::from(json!({"order": 7})),
        transformed: None,
        deadline: Timestamp(90_000),
        since: Timestamp(0),
        parent: None,
    })
        .into();
    let acting: v1::Event = serde_json::from_value(json!({
        "type": "task-started", "task": 1, "parent": 0, "reference": "/do/0/pay",
        "activity": {"type": "action", "request": {"function": "http", "method": "GET",
            "uri": "http://pay", "output": "content",
            "credentials": {"scheme": "bearer", "token": "s3cret"}}},
    }))
    .unwrap();
    let mut events = vec![started, acting];
    events.extend(last.iter().map(Into::into));
    let record = Record {
        revision: 1,
        previous: 0,
        at: 1_000,
        cause: Cause {
            kind: "start".to_owned(),
            id: format!("start/{id}"),
        },
        traceparent: None,
        events,
    };
    ingress
        .journal
        .append(id, Position::default(), &record)
        .await
        .unwrap();
    id.to_string()
}

#[tokio::test]
async fn an_instance_is_what_its_journal_says() {
    let ingress = Fixture::start().await;
    let id = written(&ingress, None).await;
    let instance = ingress.get(&format!("/api/v1/instances/{id}")).await.body;
    assert_eq!(instance["status"], "running");
    assert_eq!(instance["input"], json!({"order": 7}));
    assert_eq!(instance["deadline"], "1970-01-01T00:01:30.000Z");
    let task = &instance["tasks"][0];
    assert_eq!(
        (&task["reference"], &task["activation"]),
        (&json!("/do/0/pay"), &json!(1))
    );
    let action = json!({"for": "action", "function": "http", "id": format!("{id}/do/0/pay/1")});
    assert_eq!(task["waitingFor"], action);

    let history = ingress
        .get(&format!("/api/v1/instances/{id}/history"))
        .await
        .body;
    assert_eq!(
        history["records"][0]["events"][0]["type"],
        "workflow-started"
    );
    assert!(!instance.to_string().contains("s3cret"));
    assert!(!history.to_string().contains("s3cret"), "{history}");

    let output = format!("/api/v1/instances/{id}/output");
    ingress.get(&output).await.problem(409, "it is running");
    let cancel = format!("/api/v1/instances/{id}/cancel");
    let answer = ingress
        .post_json(&cancel, &json!({"reason": "changed my mind"}))
        .await;
    assert_eq!(answer.status, 202);
    let inbox = ingress.messages(Stream::Inbox);
    let sent = v1::Cancel::decode(&inbox[0].payload).unwrap();
    assert_eq!(sent.reason.as_deref(), Some("changed my mind"));
}

#[tokio::test]
async fn an_ended_instance_has_an_output_and_cannot_be_cancelled() {
    let ingress = Fixture::start().await;
    let output = Data::from(json!([1, null]));
    let id = written(&ingress, Some(Event::WorkflowCompleted { output })).await;
    let answer = ingress.get(&format!("/api/v1/instances/{id}/output")).await;
    assert_eq!((answer.status, answer.body), (200, json!([1, null])));
    let instance = ingress.get(&format!("/api/v1/instances/{id}")).await.body;
    assert_eq!(instance["status"], "completed");
    assert_eq!(instance["endedAt"], "1970-01-01T00:00:01.000Z");
    let cancel = format!("/api/v1/instances/{id}/cancel");
    ingress
        .post_json(&cancel, &json!({}))
        .await
        .problem(409, "completed already");
}

#[tokio::test]
async fn why_it_waits_is_said() {
    let ingress = Fixture::start().await;
    let pay = "document: { dsl: 1.0.3, namespace: shop, name: order, version: 1.0.0 }\n\
               do: [ pay: { call: http, with: { method: get, endpoint: 'http://pay' } } ]\n";
    ingress.deploy(pay).await;
    let id = written(&ingress, None).await;
    let why = ingress.get(&format!("/api/v1/instances/{id}/why")).await;
    assert_eq!((why.status, &why.body["status"]), (200, &json!("running")));
    let wait = &why.body["waits"][0];
    assert_eq!(
        (&wait["reference"], &wait["for"]),
        (&json!("/do/0/pay"), &json!("action"))
    );
    let text = why.body["text"].as_str().unwrap();
    assert!(text.contains("asked for `GET http://pay`"), "{text}");
    assert!(!why.body.to_string().contains("s3cret"));
}

#[tokio::test]
async fn what_it_was_after_a_decision_is_shown_with_its_data() {
    let ingress = Fixture::start().await;
    let id = written(&ingress, None).await;
    let path = format!("/api/v1/instances/{id}?at=");
    let was = ingress.get(&format!("{path}1")).await.body;
    let task = &was["tasks"][0];
    assert_eq!(task["input"], json!({"order": 7}));
    assert_eq!(task["progress"]["request"]["uri"], "http://pay");
    assert_eq!(task["progress"]["request"]["credentials"], "<hidden>");
    assert!(!was.to_string().contains("s3cret"));
    ingress
        .get(&format!("{path}2"))
        .await
        .problem(400, "no decision 2");
}

#[tokio::test]
async fn unknown_instances_are_not_found() {
    let ingress = Fixture::start().await;
    let path = "/api/v1/instances/0190b2a8-0000-7000-8000-000000000001";
    for tail in ["", "/output", "/history", "/why"] {
        ingress
            .get(&format!("{path}{tail}"))
            .await
            .problem(404, "no instance");
    }
    ingress
        .post_json(&format!("{path}/cancel"), &json!({}))
        .await
        .problem(404, "no instance");
    ingress
        .get("/api/v1/instances/seven")
        .await
        .problem(400, "`seven`");
}

#[tokio::test]
async fn the_list_is_what_the_trace_tells() {
    let ingress = Fixture::start().await;
    let workflow = |name: &str| weir_graph::WorkflowRef {
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
    };
    let trace = async |name: &str, id: &str, event: &str| {
        let instance = InstanceId::for_event(&workflow(name), "/test", id);
        let subject = Subject::trace(&workflow(name), instance, event).unwrap();
        let mut data = json!({"definition": {"version": "1.0.0"}});
        if event == "workflow-faulted" {
            data["error"] = json!({"type": "https://errors.example/timeout", "status": 408});
        }
        let time = format!("2026-01-0{id}T00:00:00.000Z");
        let payload = json!({"time": time, "data": data}).to_string();
        ingress
            .bus
            .publish(Outgoing::new(subject, payload))
            .await
            .unwrap();
    };
    trace("order", "1", "workflow-started").await;
    trace("order", "1", "task-started").await;
    trace("other", "2", "workflow-started").await;
    let list = async |query: &str| {
        let answer = ingress.get(&format!("/api/v1/instances{query}")).await;
        let instances = answer.body["instances"].as_array().cloned();
        let name = |entry: Value| entry["workflow"]["name"].as_str().unwrap().to_owned();
        let instances = instances.unwrap_or_else(|| panic!("{answer:?}"));
        instances.into_iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, ["other", "order"]);
    trace("order", "1", "workflow-completed").await;
    assert_eq!(list("?status=completed").await, ["order"]);
    assert_eq!(list("?status=running&limit=1").await, ["other"]);
    assert_eq!(list("?workflow=shop/order:1.0.0").await, ["order"]);
    assert_eq!(
        list("?workflow=shop/order:2.0.0").await,
        Vec::<String>::new()
    );
    assert_eq!(list("?workflow=shop/ord").await, Vec::<String>::new());
    assert_eq!(list("?order=oldest").await, ["order", "other"]);
    let before = "?startedBefore=2026-01-02T00:00:00Z";
    assert_eq!(list(before).await, ["order"]);
    trace("other", "2", "workflow-faulted").await;
    assert_eq!(list("?error=timeout").await, ["other"]);
    assert_eq!(list("?error=408").await, ["other"]);
    assert_eq!(list("?error=runtime").await, Vec::<String>::new());
    ingress
        .get("/api/v1/instances?limit=0")
        .await
        .problem(400, "limit");
    ingress
        .get("/api/v1/instances?status=bored")
        .await
        .problem(400, "bored");
    ingress
        .get("/api/v1/instances?startedBefore=noon")
        .await
        .problem(400, "noon");
}

#[tokio::test]
async fn those_that_wait_for_something_are_found_by_their_journals() {
    let ingress = Fixture::start().await;
    let id = written(&ingress, None).await;
    let workflow = weir_graph::WorkflowRef {
        namespace: "shop".to_owned(),
        name: "order".to_owned(),
        version: "1.0.0".to_owned(),
    };
    let subject = Subject::trace(&workflow, id.parse().unwrap(), "workflow-started").unwrap();
    let payload = json!({"data": {}}).to_string();
    let started = Outgoing::new(subject, payload);
    ingress.bus.publish(started).await.unwrap();
    for (what, count) in [("action", 1), ("events", 0), ("retry", 0), ("time", 0)] {
        let path = format!("/api/v1/instances?waitingFor={what}");
        let found = ingress.get(&path).await.body;
        assert_eq!(
            found["instances"].as_array().unwrap().len(),
            count,
            "{what}"
        );
    }
}
