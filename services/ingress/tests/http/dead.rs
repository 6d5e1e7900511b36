//! Dead letters: listed with their reasons, replayed to where they came from, dropped.

use serde_json::json;
use weir_bus::{Bus as _, Outgoing};
use weir_protocol::{Stream, Subject};

use crate::fixture::Fixture;

const PATH: &str = "/api/v1/dead-letters";

/// Publishes what no router can read, and waits until it is a letter; returns its number.
async fn poison(ingress: &Fixture, letters: usize) -> u64 {
    let message = Outgoing::new(Subject::event("a"), "{\"specversion\": ")
        .with_header("content-type", "application/cloudevents+json")
        .with_header("x-own", "kept");
    ingress.bus.publish(message).await.unwrap();
    while ingress.messages(Stream::Dead).len() < letters {
        tokio::task::yield_now().await;
    }
    ingress.messages(Stream::Dead).last().unwrap().sequence
}

#[tokio::test]
async fn what_cannot_be_routed_is_listed_with_its_reason_and_shown() {
    let ingress = Fixture::start().await;
    let empty = ingress.get(PATH).await;
    assert_eq!(
        (empty.status, empty.body),
        (200, json!({"deadLetters": [], "count": 0}))
    );
    let first = poison(&ingress, 1).await;
    let second = poison(&ingress, 2).await;

    let listed = ingress.get(PATH).await.body;
    assert_eq!(listed["count"], 2);
    assert_eq!(listed["deadLetters"][0]["sequence"], second);
    let letter = &listed["deadLetters"][1];
    assert_eq!(letter["sequence"], first);
    assert_eq!(letter["stream"], "WEIR_EVENTS");
    assert_eq!(letter["subject"], "weir.events.a");
    assert_eq!(letter["attempts"], 1);
    assert!(
        letter["reason"].as_str().unwrap().contains("JSON"),
        "{letter}"
    );
    let one = ingress.get(&format!("{PATH}?limit=1")).await.body;
    assert_eq!(one["deadLetters"].as_array().unwrap().len(), 1);
    let other = ingress.get(&format!("{PATH}?stream=WEIR_INBOX")).await.body;
    assert_eq!(other["count"], 0);

    let shown = ingress.get(&format!("{PATH}/{first}")).await.body;
    assert_eq!(shown["text"], "{\"specversion\": ");
    assert_eq!(shown["headers"]["x-own"], "kept");
    assert!(shown["headers"].get("Weir-Reason").is_none(), "{shown}");
}

#[tokio::test]
async fn a_replayed_letter_comes_again_where_it_came_from() {
    let ingress = Fixture::start().await;
    let first = poison(&ingress, 1).await;
    let replayed = ingress
        .send("POST", &format!("{PATH}/{first}/replay"), &[], b"")
        .await;
    assert_eq!(replayed.status, 202, "{replayed:?}");
    assert_eq!(replayed.body["subject"], "weir.events.a");
    let events = ingress.messages(Stream::Events);
    let again = events.last().unwrap();
    assert_eq!(again.header("x-own"), Some("kept"));
    assert_eq!(again.header("Weir-Reason"), None);
    // It is no better this time: there is another letter, and the first is gone.
    while ingress.get(PATH).await.body["deadLetters"][0]["sequence"] != first + 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(ingress.get(PATH).await.body["count"], 1);
    let gone = ingress.get(&format!("{PATH}/{first}")).await;
    gone.problem(404, "no dead letter");
}

#[tokio::test]
async fn a_message_to_an_instance_comes_again_through_the_inbox() {
    let ingress = Fixture::start().await;
    let id = "00000000-0000-7000-8000-000000000001";
    let letter = Outgoing::new(Subject::dead(Stream::Inbox), "{}")
        .with_header("Weir-Reason", "too early")
        .with_header(
            "Weir-Subject",
            format!("weir.partition.3.shop.order.{id}.event"),
        );
    let sequence = ingress.bus.publish(letter).await.unwrap().sequence;
    let replayed = ingress
        .send("POST", &format!("{PATH}/{sequence}/replay"), &[], b"")
        .await;
    let subject = format!("weir.inbox.shop.order.{id}.event");
    assert_eq!(replayed.body["subject"], subject, "{replayed:?}");
    assert_eq!(ingress.messages(Stream::Inbox).len(), 1);
    assert_eq!(ingress.messages(Stream::Dead).len(), 0);
}

#[tokio::test]
async fn credentials_are_not_shown_and_strange_letters_stay() {
    let ingress = Fixture::start().await;
    let payload = json!({"request": {"credentials": {"basic": {"password": "secret"}}}});
    let letter = Outgoing::new(Subject::dead(Stream::Actions), payload.to_string())
        .with_header("Weir-Subject", "somewhere.else");
    let sequence = ingress.bus.publish(letter).await.unwrap().sequence;
    let shown = ingress.get(&format!("{PATH}/{sequence}")).await;
    assert_eq!(shown.body["payload"]["request"]["credentials"], "hidden");
    let replay = format!("{PATH}/{sequence}/replay");
    let refused = ingress.send("POST", &replay, &[], b"").await;
    refused.problem(409, "somewhere.else");
    assert_eq!(ingress.messages(Stream::Dead).len(), 1);
}

#[tokio::test]
async fn a_dropped_letter_is_gone() {
    let ingress = Fixture::start().await;
    let sequence = poison(&ingress, 1).await;
    let path = format!("{PATH}/{sequence}");
    let dropped = ingress.send("DELETE", &path, &[], b"").await;
    assert_eq!(
        (dropped.status, dropped.body),
        (200, json!({"sequence": sequence}))
    );
    let again = ingress.send("DELETE", &path, &[], b"").await;
    again.problem(404, "no dead letter");
    ingress
        .get(&format!("{PATH}?stream=WEIR_NONE"))
        .await
        .problem(400, "WEIR_NONE");
}
