//! Workflows that start by themselves, over the whole system.

use std::collections::BTreeSet;

use serde_json::Value;
use weir_integration_tests::Wire;

use crate::cluster;

/// A version of a workflow with a schedule, or without.
fn workflow(name: &str, version: &str, schedule: &str) -> String {
    format!(
        "document: {{ dsl: '1.0.3', namespace: test, name: {name}, version: '{version}' }}
{schedule}
do:
  - rest: {{ wait: PT0.05S }}
"
    )
}

#[tokio::test]
async fn workflows_start_at_their_times() {
    // Two timers: each tick starts one instance all the same.
    let cluster = cluster(2).await;
    let api = cluster.api();
    let mut wire = cluster.wire().await;
    wire.subscribe("weir.trace.test.*.*.*").await;

    api.deploy(&workflow("often", "1.0.0", "schedule: { every: PT0.2S }"))
        .await;
    let started = started(&mut wire, "often", 5).await;
    let one = api.ended(started.first().unwrap()).await;
    assert_eq!(one["status"], "completed", "{one}");
    assert_eq!(one["input"], Value::Null);

    api.deploy(&workflow("often", "1.1.0", "")).await;
    api.deploy(&workflow(
        "secondly",
        "1.0.0",
        "schedule: { cron: '* * * * * *' }",
    ))
    .await;
    // The former has stopped long before.
    until(&mut wire, "secondly", "workflow-started").await;
    self::started(&mut wire, "secondly", 2).await;
    api.deploy(&workflow("secondly", "1.1.0", "")).await;

    api.deploy(&workflow("again", "1.0.0", "schedule: { after: PT0.1S }"))
        .await;
    for _ in 0..3 {
        until(&mut wire, "again", "workflow-started").await;
        until(&mut wire, "again", "workflow-completed").await;
    }
    assert!(cluster.dead_letters().await.is_empty());
}

/// The instances that start next. The trace may say it of one more than once.
async fn started(wire: &mut Wire, name: &str, count: usize) -> BTreeSet<String> {
    let mut started = BTreeSet::new();
    while started.len() < count {
        started.insert(until(wire, name, "workflow-started").await);
    }
    started
}

/// Waits until the trace of a workflow says so; returns the instance. Meanwhile only this workflow
/// and those before it say anything.
async fn until(wire: &mut Wire, name: &str, event: &str) -> String {
    loop {
        let subject = wire.next().await.subject;
        let tokens: Vec<&str> = subject.split('.').collect();
        let [_, _, _, workflow, instance, what] = tokens[..] else {
            panic!("{subject}");
        };
        if (workflow, what) == (name, event) {
            return instance.to_owned();
        }
    }
}
