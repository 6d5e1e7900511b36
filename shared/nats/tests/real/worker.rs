//! `examples/worker.rs` serves a function, knowing nothing of Weir but its protocol.

use std::{
    env,
    process::{Child, Command},
};

use serde_json::{Value, json};
use weir_bus::{Consumer, Outgoing};
use weir_protocol::{InboxSubject, PARTITIONS, Subject, Token};

use crate::support::{bus, within};

const INSTANCE: &str = "0190b2a8-0000-7000-8000-000000000001";

/// Ends with the test.
struct Worker(Child);

impl Worker {
    /// Cargo builds examples beside tests.
    fn start(url: &str) -> Self {
        let test = env::current_exe().unwrap();
        let built = test.parent().and_then(|deps| deps.parent()).unwrap();
        let worker = Command::new(built.join("examples/worker")).arg(url).spawn();
        Self(worker.expect("the example is built"))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn action(arguments: &Value, task: u64) -> Outgoing {
    let subject = Subject::actions(&Token::new("greet_1_0_0").unwrap());
    let action = json!({
        "id": format!("{INSTANCE}/do/0/greet/{task}"),
        "instance": INSTANCE,
        "workflow": {"namespace": "test", "name": "greet", "version": "1.0.0"},
        "task": task,
        "reference": "/do/0/greet",
        "replyTo": format!("weir.inbox.test.greet.{INSTANCE}.outcome"),
        "deadline": u64::MAX,
        "request": {"function": "worker", "name": "greet_1_0_0", "arguments": arguments},
    });
    Outgoing::new(subject, action.to_string())
}

#[tokio::test]
async fn a_worker_in_rust_serves_a_function() {
    let (server, _nats, bus) = bus().await;
    // Stored before there is a worker: it waits for one.
    bus.publish(action(&json!({"name": "Ada"}), 1))
        .await
        .unwrap();
    let _worker = Worker::start(&server.process.url());
    bus.publish(action(&json!({}), 2)).await.unwrap();

    let mut outcomes = Vec::new();
    let partitions = (0..PARTITIONS).map(|partition| Consumer::Inbox { partition });
    let mut inboxes = Vec::new();
    for partition in partitions {
        inboxes.push(bus.consume(&partition).await.unwrap());
    }
    while outcomes.len() < 2 {
        let next = inboxes.iter_mut().map(|inbox| inbox.next());
        let (delivery, ..) = within("an outcome", futures::future::select_all(next)).await;
        let delivery = delivery.unwrap();
        let subject = InboxSubject::parse(&delivery.message.subject).unwrap();
        assert_eq!(subject.instance.to_string(), INSTANCE);
        let outcome: Value = serde_json::from_slice(&delivery.message.payload).unwrap();
        outcomes.push(outcome);
        delivery.ack().await.unwrap();
    }
    outcomes.sort_by_key(|outcome| outcome["task"].as_u64());
    assert_eq!(outcomes[0]["output"], json!({"greeting": "Hello, Ada!"}));
    assert_eq!(outcomes[1]["error"]["detail"], "`name` is missing");
}
