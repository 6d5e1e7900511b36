//! HTTP calls against a real server.

use std::net::SocketAddr;

use crate::support::{ID, TRACEPARENT, call, parts, serve, settings};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, RawQuery},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
    routing::{any, get},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use weir_engine::WorkflowError;
use weir_executor::{Http, Settings};

/// Tells what it got.
async fn echo(method: axum::http::Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let headers: serde_json::Map<String, Value> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()))
        .collect();
    Json(json!({
        "method": method.as_str(),
        "path": uri.path(),
        "query": uri.query(),
        "headers": headers,
        "body": String::from_utf8(body.to_vec()).unwrap(),
    }))
    .into_response()
}

async fn status(Path(code): Path<u16>, RawQuery(body): RawQuery) -> Response {
    (
        StatusCode::from_u16(code).unwrap(),
        body.unwrap_or_default(),
    )
        .into_response()
}

fn typed(media: &'static str, body: &'static [u8]) -> Response {
    ([(header::CONTENT_TYPE, media)], body).into_response()
}

fn router() -> Router {
    Router::new()
        .route("/echo", any(echo))
        .route("/status/{code}", any(status))
        .route("/redirect", any(|| async { Redirect::to("/echo") }))
        .route("/loop", any(|| async { Redirect::to("/loop") }))
        .route("/not-modified", get(|| async { StatusCode::NOT_MODIFIED }))
        .route("/empty", get(|| async {}))
        .route("/text", get(|| async { "plain" }))
        .route(
            "/json",
            get(|| async { typed("application/problem+json; v=1", b"{\"b\":1,\"a\":[]}") }),
        )
        .route(
            "/broken",
            get(|| async { typed("application/json", b"{\"a\":") }),
        )
        .route(
            "/bytes",
            get(|| async { typed("image/png", &[0, 159, 146, 150]) }),
        )
        .route(
            "/untyped",
            get(|| async { Response::new(axum::body::Body::from("x")) }),
        )
        .route("/huge", get(|| async { vec![b'x'; 4 * 1024 * 1024] }))
        .route(
            "/twice",
            get(|| async { ([("x-a", "1"), ("x-b", "2")], "") }),
        )
}

struct Server {
    address: SocketAddr,
    http: Http,
}

impl Server {
    async fn new() -> Self {
        Self::with(settings()).await
    }

    async fn with(settings: Settings) -> Self {
        Self {
            address: serve(router()).await,
            http: Http::new(&settings).unwrap(),
        }
    }

    /// Calls `path`, with `more` on top of a plain GET.
    async fn call(&self, path: &str, more: Value) -> Result<Value, WorkflowError> {
        let mut request = json!({
            "function": "http",
            "method": "GET",
            "uri": format!("http://{}{path}", self.address),
            "output": "content",
        });
        for (key, value) in more.as_object().unwrap() {
            request[key] = value.clone();
        }
        call(&self.http, request).await
    }

    async fn fails(&self, path: &str, more: Value) -> (String, u64, String) {
        let error = self.call(path, more).await.unwrap_err();
        let (kind, status, detail) = parts(&error);
        (
            kind.to_owned(),
            status,
            detail.replace(&self.address.to_string(), "HOST"),
        )
    }
}

#[tokio::test]
async fn a_request_carries_what_identifies_the_action() {
    let got = Server::new().await.call("/echo", json!({})).await.unwrap();
    assert_eq!(got["method"], "GET");
    assert_eq!(got["query"], Value::Null);
    assert_eq!(got["headers"]["idempotency-key"], ID);
    assert_eq!(got["headers"]["traceparent"], TRACEPARENT);
    assert_eq!(
        got["headers"]["user-agent"],
        concat!("weir/", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(got["headers"].get("cookie"), None);
    assert_eq!(got["headers"].get("content-type"), None);
}

#[tokio::test]
async fn headers_of_the_author_win() {
    let headers = json!({
        "Idempotency-Key": "mine", "User-Agent": "me", "Authorization": "Custom x",
        "Content-Length": "7", "X-Any": "a b",
    });
    let credentials = json!({ "scheme": "bearer", "token": "t" });
    let more = json!({ "headers": headers, "credentials": credentials });
    let got = Server::new().await.call("/echo", more).await.unwrap();
    assert_eq!(got["headers"]["idempotency-key"], "mine");
    assert_eq!(got["headers"]["user-agent"], "me");
    assert_eq!(got["headers"]["authorization"], "Custom x");
    assert_eq!(got["headers"]["x-any"], "a b");
    assert_eq!(got["headers"].get("content-length"), None);
}

#[tokio::test]
async fn credentials_become_a_header() {
    let server = Server::new().await;
    let sent =
        async |more| server.call("/echo", more).await.unwrap()["headers"]["authorization"].clone();
    let bearer = json!({ "credentials": { "scheme": "bearer", "token": "t0k3n" } });
    assert_eq!(sent(bearer).await, "Bearer t0k3n");
    let basic = json!({ "scheme": "basic", "username": "ä", "password": "p:w" });
    let expected = format!("Basic {}", BASE64_STANDARD.encode("ä:p:w"));
    assert_eq!(sent(json!({ "credentials": basic })).await, expected);
    let uri = json!({ "uri": format!("http://user:p%40w@{}/echo", server.address) });
    let expected = format!("Basic {}", BASE64_STANDARD.encode("user:p@w"));
    assert_eq!(sent(uri).await, expected);
}

#[tokio::test]
async fn query_parameters_are_added_to_those_of_the_uri() {
    let query = json!({ "a": [1, "x y"], "b": true, "c": null, "d": "ä&=" });
    let got = Server::new()
        .await
        .call("/echo?z=1", json!({ "query": query }))
        .await
        .unwrap();
    assert_eq!(got["query"], "z=1&a=1&a=x+y&b=true&d=%C3%A4%26%3D");
}

#[tokio::test]
async fn bodies_follow_their_content_type() {
    let server = Server::new().await;
    let sent = async |content_type: Option<&str>, body: Value| {
        let mut more = json!({ "method": "POST", "body": body });
        if let Some(content_type) = content_type {
            more["headers"] = json!({ "content-type": content_type });
        }
        let got = server.call("/echo", more).await.unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&got["headers"]["content-type"]), text(&got["body"]))
    };
    let pair = |media: &str, body: &str| (media.to_owned(), body.to_owned());
    let object = json!({ "b": 1, "a": ["x y", "ä"], "n": null });
    let form = "application/x-www-form-urlencoded";

    let json_text = r#"{"b":1,"a":["x y","ä"],"n":null}"#;
    assert_eq!(
        sent(None, object.clone()).await,
        pair("application/json", json_text)
    );
    assert_eq!(
        sent(None, json!(null)).await,
        pair("application/json", "null")
    );
    assert_eq!(
        sent(None, json!("a b")).await,
        pair("text/plain; charset=utf-8", "a b")
    );
    assert_eq!(
        sent(Some("text/xml"), json!("<a/>")).await,
        pair("text/xml", "<a/>")
    );
    assert_eq!(
        sent(Some("text/plain"), json!(5)).await,
        pair("text/plain", "5")
    );
    assert_eq!(
        sent(Some("application/x+json"), json!("a")).await,
        pair("application/x+json", "\"a\"")
    );
    assert_eq!(
        sent(Some(form), object).await,
        pair(form, "b=1&a=x+y&a=%C3%A4")
    );
    assert_eq!(sent(Some(form), json!("a=1")).await, pair(form, "a=1"));
}

#[tokio::test]
async fn what_cannot_be_sent_is_a_configuration_error_that_names_the_field() {
    let server = Server::new().await;
    let cases = [
        (json!({ "method": "G T" }), "method: `G T`"),
        (
            json!({ "uri": "/relative" }),
            "endpoint: `/relative` is no URI",
        ),
        (
            json!({ "uri": "ftp://host/" }),
            "endpoint: `ftp:` cannot be called",
        ),
        (json!({ "headers": { "a b": "" } }), "headers: `a b`"),
        (
            json!({ "headers": { "ab": "x\ny" } }),
            "headers: the value of `ab`",
        ),
        (json!({ "query": { "q": { "x": 1 } } }), "query: `q`"),
        (
            json!({ "credentials": { "scheme": "bearer", "token": "\n" } }),
            "authentication",
        ),
        (
            json!({ "headers": { "content-type": "text/plain" }, "body": {} }),
            "body: a map",
        ),
        (
            json!({
                "headers": { "content-type": "application/x-www-form-urlencoded" },
                "body": { "x": { } },
            }),
            "body: `x`",
        ),
    ];
    for (more, expected) in cases {
        let (kind, status, detail) = server.fails("/echo", more).await;
        assert_eq!((kind.as_str(), status), ("configuration", 400));
        assert!(detail.contains(expected), "{detail}");
    }
}

#[tokio::test]
async fn content_follows_the_media_type() {
    let server = Server::new().await;
    let content = async |path| server.call(path, json!({})).await.unwrap();
    assert_eq!(content("/text").await, "plain");
    assert_eq!(content("/json").await.to_string(), r#"{"b":1,"a":[]}"#);
    assert_eq!(
        content("/bytes").await,
        BASE64_STANDARD.encode([0, 159, 146, 150])
    );
    assert_eq!(content("/untyped").await, BASE64_STANDARD.encode("x"));
    assert_eq!(content("/empty").await, Value::Null);
    let (kind, status, detail) = server.fails("/broken", json!({})).await;
    assert_eq!((kind.as_str(), status), ("communication", 500));
    assert!(
        detail.starts_with(
            "GET http://HOST/broken answered 200 OK, which is not application/json: EOF"
        ),
        "{detail}"
    );
}

#[tokio::test]
async fn the_output_may_be_raw_or_the_whole_response() {
    let server = Server::new().await;
    let raw = server
        .call("/text", json!({ "output": "raw" }))
        .await
        .unwrap();
    assert_eq!(raw, BASE64_STANDARD.encode("plain"));

    let more = json!({
        "output": "response", "method": "POST", "body": "x", "query": { "q": 1 },
        "headers": { "X-Mine": "m" }, "credentials": { "scheme": "bearer", "token": "secret" },
    });
    let response = server.call("/status/201", more).await.unwrap();
    assert_eq!(
        response["request"],
        json!({
            "method": "POST",
            "uri": format!("http://{}/status/201?q=1", server.address),
            "headers": { "X-Mine": "m" },
        })
    );
    assert_eq!(response["statusCode"], 201);
    assert_eq!(
        response["headers"]["content-type"],
        "text/plain; charset=utf-8"
    );
    assert_eq!(response["content"], "q=1");
    let twice = server
        .call("/twice", json!({ "output": "response" }))
        .await
        .unwrap();
    assert_eq!(twice["headers"]["x-a"], "1");
}

#[tokio::test]
async fn a_status_that_is_no_success_is_an_error_with_that_status() {
    let server = Server::new().await;
    for code in [400, 401, 404, 500, 503] {
        let (kind, status, detail) = server
            .fails(&format!("/status/{code}?out"), json!({}))
            .await;
        assert_eq!((kind.as_str(), status), ("communication", code));
        let begin = format!("GET http://HOST/status/{code}?out answered {code} ");
        assert!(
            detail.starts_with(&begin) && detail.ends_with(": out"),
            "{detail}"
        );
    }
}

#[tokio::test]
async fn redirects_are_errors_unless_asked_for() {
    let server = Server::new().await;
    let (kind, status, _) = server.fails("/redirect", json!({})).await;
    assert_eq!((kind.as_str(), status), ("communication", 303));
    let follow = json!({ "redirect": true });
    assert_eq!(
        server.call("/redirect", follow.clone()).await.unwrap()["path"],
        "/echo"
    );
    assert_eq!(
        server.call("/not-modified", follow.clone()).await.unwrap(),
        Value::Null
    );
    let (kind, status, detail) = server.fails("/loop", follow.clone()).await;
    assert_eq!((kind.as_str(), status), ("communication", 500));
    assert_eq!(detail, "GET http://HOST/loop failed: too many redirects");
    let (_, status, _) = server.fails("/status/404", follow).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_an_error() {
    let server = Server::with(Settings {
        response_bytes_max: 1000,
        ..settings()
    })
    .await;
    let (kind, status, detail) = server.fails("/huge", json!({})).await;
    assert_eq!((kind.as_str(), status), ("communication", 500));
    assert!(detail.contains("more than 1000 bytes"), "{detail}");
    let exact = Server::with(Settings {
        response_bytes_max: 5,
        ..settings()
    })
    .await;
    assert_eq!(exact.call("/text", json!({})).await.unwrap(), "plain");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_communication_error_with_its_cause() {
    let server = Server::new().await;
    let free = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let (kind, status, detail) = server
        .fails("", json!({ "uri": format!("http://u:secret@{free}/x?y") }))
        .await;
    assert_eq!((kind.as_str(), status), ("communication", 500));
    assert!(
        detail.starts_with(&format!("GET http://{free}/x?y failed: ")),
        "{detail}"
    );
    assert!(detail.contains("onnection refused"), "{detail}");
    let (kind, _, detail) = server
        .fails("", json!({ "uri": "http://no.such.host.invalid/" }))
        .await;
    assert_eq!(kind, "communication");
    assert!(detail.contains("dns"), "{detail}");
}

#[tokio::test]
async fn an_answer_that_is_no_http_is_a_communication_error() {
    use tokio::io::AsyncWriteExt;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for answer in [
            "garbage\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab",
        ] {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let server = Server::new().await;
    for _ in 0..2 {
        let (kind, status, detail) = server
            .fails("", json!({ "uri": format!("http://{address}/") }))
            .await;
        assert_eq!((kind.as_str(), status), ("communication", 500), "{detail}");
    }
}
