//! A function that is served by a worker: a script that knows nothing of Weir but its protocol.

use std::process::{Child, Command};

use serde_json::json;

use crate::cluster;

const WORKFLOW: &str = r#"
document: { dsl: '1.0.3', namespace: test, name: greet, version: '1.0.0' }
use:
  functions:
    politely:
      call: greet:1.0.0@default
      with: { name: '${ "dear " + .name }' }
do:
  - greet:
      call: politely
      with: { name: '${ .name }' }
  - badly:
      try:
        - greet:
            call: greet:1.0.0@default
            with: { nobody: true }
      catch:
        as: problem
        do:
          - told:
              set: { greeting: '${ $input.greeting }', detail: '${ $problem.detail }' }
"#;

/// Ends with the test.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_worker_in_python_serves_a_function() {
    let cluster = cluster(1).await;
    let api = cluster.api();
    api.deploy(WORKFLOW).await;
    // Started before there is a worker: the action waits for one.
    let id = api
        .start("test/greet", &json!({"name": "Ada"}), "greet")
        .await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/worker.py");
    let port = cluster.nats_port().to_string();
    let worker = Command::new("python3")
        .args([script, "127.0.0.1", &port])
        .spawn();
    let _worker = Worker(worker.expect("python3 is installed"));
    let ended = api.ended(&id).await;
    assert_eq!(
        ended["output"],
        json!({"greeting": "Hello, dear Ada!", "detail": "`name` is missing"}),
        "{ended}"
    );
    assert!(cluster.dead_letters().await.is_empty());
}
