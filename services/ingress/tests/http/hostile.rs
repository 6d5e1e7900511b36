//! What people send by mistake or malice: each gets a clear answer, and the service goes on.

use std::fmt::Write as _;

use serde_json::json;
use weir_protocol::Stream;

use crate::fixture::{Fixture, definition, event};

const STRUCTURED: [(&str, &str); 1] = [("content-type", "application/cloudevents+json")];

/// Headers, body, and the status and words of the answer.
type Case<'a> = (&'a [(&'a str, &'a str)], Vec<u8>, u16, &'a str);

#[tokio::test]
async fn malformed_events_are_refused_with_their_place() {
    let ingress = Fixture::start().await;
    let without = |name: &str| {
        let mut event = event("1");
        event.as_object_mut().unwrap().remove(name);
        event.to_string()
    };
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: [Case<'_>; 12] = [
        (&STRUCTURED, without("id").into(), 400, "`id`"),
        (&STRUCTURED, without("source").into(), 400, "`source`"),
        (&STRUCTURED, without("type").into(), 400, "`type`"),
        (&STRUCTURED, b"".to_vec(), 400, "not valid JSON"),
        (&STRUCTURED, b"{".to_vec(), 400, "not valid JSON"),
        (&STRUCTURED, b"\xff\xfe{}".to_vec(), 400, "not valid JSON"),
        (&STRUCTURED, b"null".to_vec(), 400, "found null"),
        (&STRUCTURED, deep.into(), 400, "more than 99 levels"),
        (
            &STRUCTURED,
            event("1").to_string().replace("1.0", "2.0").into(),
            400,
            "only 1.0",
        ),
        (
            &[("content-type", "application/json")],
            b"{}".to_vec(),
            415,
            "not a CloudEvent",
        ),
        (
            &[("content-type", "text/html")],
            b"<html>".to_vec(),
            415,
            "not a CloudEvent",
        ),
        (
            &[("content-type", "application/cloudevents-batch+json")],
            json!([event("1"), {"specversion": "1.0"}])
                .to_string()
                .into(),
            400,
            "`1/id`",
        ),
    ];
    for (headers, body, status, words) in cases {
        ingress
            .send("POST", "/events", headers, &body)
            .await
            .problem(status, words);
    }
    assert!(ingress.messages(Stream::Events).is_empty());
    assert_eq!(ingress.post_event(&event("1")).await.status, 202);
}

#[tokio::test]
async fn unprintable_headers_are_refused() {
    let ingress = Fixture::start().await;
    let head = "POST /events HTTP/1.1\r\nhost: weir\r\ncontent-length: 0\r\nce-specversion: 1.0\r\n\
                ce-source: /s\r\nce-type: t\r\nce-id: ";
    let mut request = head.as_bytes().to_vec();
    request.extend_from_slice(b"\xff\xfe\r\n\r\n");
    ingress
        .send_raw(&request)
        .await
        .problem(400, "`ce-id` is not UTF-8");
    let escaped = format!("{head}%ff\r\n\r\n");
    ingress
        .send_raw(escaped.as_bytes())
        .await
        .problem(400, "`id`");
    let twice = format!("{head}1\r\nce-id: 2\r\n\r\n");
    ingress
        .send_raw(twice.as_bytes())
        .await
        .problem(400, "twice");
}

#[tokio::test]
async fn bodies_and_heads_have_limits() {
    let ingress = Fixture::start().await;
    let megabytes = vec![b' '; 10 * 1024 * 1024];
    for path in ["/events", "/api/v1/definitions", "/api/v1/instances"] {
        let answer = ingress.send("POST", path, &STRUCTURED, &megabytes).await;
        answer.problem(413, "more than 1048576 bytes");
    }
    // Without a length: counted while it arrives.
    let mut chunked = b"POST /events HTTP/1.1\r\nhost: weir\r\ntransfer-encoding: chunked\r\n\
        content-type: application/cloudevents+json\r\n\r\n"
        .to_vec();
    for _ in 0..200 {
        chunked.extend_from_slice(b"4000\r\n");
        chunked.extend_from_slice(&[b' '; 0x4000]);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    ingress
        .send_raw(&chunked)
        .await
        .problem(413, "more than 1048576 bytes");
    // Fits the body's limit, but not a message with room for what goes around it.
    let mut fat = event("1");
    fat["data"] = json!("x".repeat(1024 * 1024 - 1024));
    ingress
        .post_event(&fat)
        .await
        .problem(413, "fit into a message");

    let long = "x".repeat(40 * 1024);
    let answer = ingress
        .send("GET", "/api/v1/definitions", &[("x", &long)], b"")
        .await;
    answer.problem(431, "more than 32768 bytes");
    assert_eq!(ingress.post_event(&event("1")).await.status, 202);
}

#[tokio::test]
async fn hostile_definitions_are_refused_with_their_place() {
    let ingress = Fixture::start().await;
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let references = format!("*a{}, ", level - 1).repeat(9);
        writeln!(bomb, "a{level}: &a{level} [{references}]").unwrap();
    }
    let deep = format!("do: {}{}", "[".repeat(50_000), "]".repeat(50_000));
    let with_jq = |jq: &str| definition("1.0.0", "").replace("world", &format!("'{jq}'"));
    let cases = [
        String::new(),
        "{}".to_owned(),
        "]".to_owned(),
        "\u{0}".to_owned(),
        "a: 1\na: 2\n".to_owned(),
        bomb,
        deep.clone(),
        deep.replace('[', "{a: ").replace(']', "}"),
        with_jq("${ .a | }"),
        with_jq("${ nonsense(1) }"),
        with_jq("${ $unknown }"),
        with_jq("${ def f: f; f }"),
        with_jq("${ repeat(1) }"),
        with_jq(&format!(
            "${{ {}1{} }}",
            "(".repeat(20_000),
            ")".repeat(20_000)
        )),
        definition("1.0.0", "").replace("set:", "call: mcp\n      with:"),
        definition("one", ""),
        definition("1.0.0", "").replace("shop", "sh.op"),
    ];
    for source in cases {
        let answer = ingress.deploy(&source).await;
        let start: String = source.chars().take(200).collect();
        assert_eq!(answer.status, 422, "{start}\n{answer:?}");
        let diagnostic = &answer.body["diagnostics"][0];
        assert!(
            diagnostic["line"].as_u64().is_some_and(|line| line > 0),
            "{start}\n{answer:?}"
        );
    }
    let headers = [("content-type", "application/yaml")];
    let path = "/api/v1/definitions";
    let answer = ingress.send("POST", path, &headers, b"do: \xff\xfe").await;
    answer.problem(400, "not UTF-8 at byte 4");
    assert_eq!(ingress.deploy(&definition("1.0.0", "")).await.status, 201);
}

#[tokio::test]
async fn strange_requests_get_an_answer() {
    let ingress = Fixture::start().await;
    ingress
        .get("/nowhere")
        .await
        .problem(404, "nothing at this path");
    let wrong = ingress.get("/events").await;
    wrong.problem(405, "no such method");
    assert_eq!(wrong.header("allow"), Some("POST"));
    ingress
        .send("DELETE", "/api/v1/definitions", &[], b"")
        .await
        .problem(405, "method");
    ingress
        .get("/api/v1/definitions/a/b/%ff")
        .await
        .problem(400, "UTF-8");
    ingress
        .get("/api/v1/definitions/a/%2A/1.0.0")
        .await
        .problem(400, "name: `*`");
    ingress
        .get("/api/v1/definitions/a/b%2Ec/1.0.0")
        .await
        .problem(400, "name: `b.c`");
    let text = [("content-type", "text/plain")];
    let answer = ingress
        .send("POST", "/api/v1/instances", &text, b"hello")
        .await;
    answer.problem(415, "text/plain");
    assert_eq!(ingress.send_raw(b"nonsense\r\n\r\n").await.status, 400);
    let description = ingress.get("/openapi.json").await;
    assert_eq!(description.body["openapi"], "3.1.0");
}

#[tokio::test]
async fn too_many_requests_are_told_to_come_again() {
    let ingress = Fixture::with(
        |settings| settings.requests_max = 0,
        |bus| std::sync::Arc::new(bus),
    )
    .await;
    let answer = ingress.post_event(&event("1")).await;
    answer.problem(503, "too many requests");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(ingress.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn it_stops_when_told() {
    let ingress = Fixture::start().await;
    assert_eq!(ingress.post_event(&event("1")).await.status, 202);
    ingress.shutdown.trigger();
    ingress.ended.await.unwrap().unwrap();
}
