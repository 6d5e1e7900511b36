//! `POST /events`.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use weir_bus::BusError;
use weir_ingress::Settings;
use weir_protocol::Stream;

use crate::fixture::{Failing, Fixture, event};

#[tokio::test]
async fn all_three_modes_store_the_same() {
    let ingress = Fixture::start().await;
    let structured = ingress.post_event(&event("1")).await;
    assert_eq!(
        (structured.status, structured.body),
        (202, json!({"accepted": 1}))
    );
    let binary = [
        ("ce-specversion", "1.0"),
        ("Ce-Id", "2"),
        ("ce-source", "/orders"),
        ("ce-type", "com.example.order.placed"),
        ("content-type", "application/json"),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
    ];
    let answer = ingress
        .send("POST", "/events", &binary, br#"{"order": "2"}"#)
        .await;
    assert_eq!(answer.body, json!({"accepted": 1}));
    let batch = json!([event("3"), event("4")]).to_string();
    let headers = [(
        "content-type",
        "application/cloudevents-batch+json; charset=utf-8",
    )];
    let answer = ingress
        .send("POST", "/events", &headers, batch.as_bytes())
        .await;
    assert_eq!((answer.status, answer.body), (202, json!({"accepted": 2})));

    let stored = ingress.messages(Stream::Events);
    assert_eq!(stored.len(), 4);
    for (index, message) in stored.iter().enumerate() {
        let id = (index + 1).to_string();
        let read: Value = serde_json::from_slice(&message.payload).unwrap();
        assert_eq!(
            (read["id"].as_str(), &read["data"]["order"]),
            (Some(&*id), &json!(id))
        );
        assert_eq!(message.subject, "weir.events.com.example.order.placed");
        assert_eq!(
            message.header("content-type"),
            Some("application/cloudevents+json")
        );
        let message_id = format!("event//orders/{id}");
        assert_eq!(message.header("nats-msg-id"), Some(&*message_id));
    }
    let traceparent = stored[1].header("traceparent").unwrap();
    assert!(traceparent.starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
}

#[tokio::test]
async fn a_repeated_event_is_stored_once_and_an_empty_batch_is_harmless() {
    let ingress = Fixture::start().await;
    for _ in 0..2 {
        assert_eq!(ingress.post_event(&event("1")).await.status, 202);
    }
    let headers = [("content-type", "application/cloudevents-batch+json")];
    let answer = ingress.send("POST", "/events", &headers, b"[]").await;
    assert_eq!((answer.status, answer.body), (202, json!({"accepted": 0})));
    assert_eq!(ingress.messages(Stream::Events).len(), 1);
}

#[tokio::test]
async fn an_event_that_is_not_stored_is_not_accepted() {
    for (error, status, words) in [
        (
            BusError::Unavailable("no leader".to_owned()),
            503,
            "no leader",
        ),
        (
            BusError::Full("maximum bytes exceeded".to_owned()),
            507,
            "full",
        ),
        (BusError::Refused("no stream".to_owned()), 500, "no stream"),
    ] {
        let ingress = Fixture::with(|_| {}, |bus| Arc::new(Failing(bus, Some(error)))).await;
        let answer = ingress.post_event(&event("1")).await;
        answer.problem(status, words);
        assert_eq!(answer.header("retry-after").is_some(), status == 503);
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_not_waited_for_for_ever() {
    let hasty = |settings: &mut Settings| settings.request_timeout = Duration::from_millis(20);
    let ingress = Fixture::with(hasty, |bus| Arc::new(Failing(bus, None))).await;
    ingress
        .post_event(&event("1"))
        .await
        .problem(504, "not done within");
}
