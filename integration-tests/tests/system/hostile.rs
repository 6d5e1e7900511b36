//! Bad input, by mistake or malice: each gets a clear answer or becomes a dead letter, and nobody
//! falls over.

mod http;
mod nats;
mod running;

use serde_json::{Value, json};

use crate::cluster;

const HELLO: &str = include_str!("../../../examples/hello.yaml");

#[tokio::test]
async fn bad_input_disturbs_nobody() {
    let mut cluster = cluster(1).await;
    let pids = cluster.pids();
    let api = cluster.api();
    api.deploy(HELLO).await;

    let requests = http::refused(&api).await;
    assert_eq!(cluster.dead_letters().await, []);
    let workflows = running::faulted(&api).await;
    assert_eq!(cluster.dead_letters().await, []);
    let letters = nats::buried(&cluster).await;

    assert_eq!(cluster.pids(), pids, "a service was restarted");
    let id = api
        .start("examples/hello", &Value::Null, "afterwards")
        .await;
    let ended = api.ended(&id).await;
    assert_eq!(ended["output"], json!({"greeting": "Hello, world!"}));
    println!(
        "{requests} requests refused, {workflows} workflows faulted, {letters} messages moved to \
         the dead letters; every process is still the same"
    );
}
