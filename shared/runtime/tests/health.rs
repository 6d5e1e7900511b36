//! The probes over real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use weir_runtime::{HealthHandle, Shutdown, health};

async fn get(address: SocketAddr, path: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

#[tokio::test]
async fn readiness_follows_the_components_and_the_shutdown() {
    let shutdown = Shutdown::new();
    let handle = HealthHandle::new(shutdown.clone());
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = health::serve(any, handle.clone()).await.unwrap();
    let address = server.address();
    let not_ready = |reasons: Value| (503, json!({ "ready": false, "reasons": reasons }));

    assert_eq!(get(address, "/healthz").await.0, 200);
    let starting = not_ready(json!({ "process": "starting" }));
    assert_eq!(get(address, "/readyz").await, starting);

    handle.set_ready("nats", false, "connecting");
    handle.set_ready("streams", true, "");
    let connecting = not_ready(json!({ "nats": "connecting" }));
    assert_eq!(get(address, "/readyz").await, connecting);

    handle.set_ready("nats", true, "");
    assert_eq!(
        get(address, "/readyz").await,
        (200, json!({ "ready": true }))
    );

    shutdown.trigger();
    let stopping = not_ready(json!({ "process": "stopping" }));
    assert_eq!(get(address, "/readyz").await, stopping);
    assert_eq!(
        get(address, "/healthz").await.0,
        200,
        "alive through the grace period"
    );
    assert_eq!(get(address, "/other").await.0, 404);
}
