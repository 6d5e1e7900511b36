//! Workflows that run workflows, over the whole system.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use weir_integration_tests::Wire;

use crate::cluster;

const CHILD: &str = "
document: { dsl: '1.0.3', namespace: test, name: child, version: '1.0.0' }
do:
  - how:
      switch:
        - fails: { when: .fail, then: fail }
        - waits: { when: .slow, then: rest }
        - ends: { then: say }
  - say: { set: { said: '${ .word }' }, then: end }
  - fail: { raise: { error: { type: https://example.com/full, status: 507, title: Full } } }
  - rest: { wait: PT1H }
";

/// With `slow`, the child is cut off unless the parent is cancelled before.
const PARENT: &str = "
document: { dsl: '1.0.3', namespace: test, name: parent, version: '1.0.0' }
do:
  - ask:
      run: { workflow: { namespace: test, name: child, version: 1.0.0 } }
      timeout: { after: '${ .patience // \"PT1M\" }' }
";

const SENDER: &str = "
document: { dsl: '1.0.3', namespace: test, name: sender, version: '1.0.0' }
do:
  - tell:
      run:
        workflow: { namespace: test, name: child, version: 1.0.0, input: { word: '${ .word }' } }
        await: false
";

const ITSELF: &str = "
document: { dsl: '1.0.3', namespace: test, name: again, version: '1.0.0' }
do:
  - again: { run: { workflow: { namespace: test, name: again, version: 1.0.0 } } }
";

#[tokio::test]
async fn workflows_run_workflows() {
    let cluster = cluster(1).await;
    let api = cluster.api();
    let mut wire = cluster.wire().await;
    wire.subscribe("weir.trace.test.child.*.*").await;

    let refused = api.try_deploy(PARENT).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.body["detail"], "/do/0/ask runs test/child:1.0.0, which is not deployed",
        "{refused:?}"
    );
    let refused = api.try_deploy(ITSELF).await;
    assert_eq!(
        refused.body["diagnostics"][0]["message"],
        "the workflow runs itself: test/again:1.0.0 → test/again:1.0.0",
        "{refused:?}"
    );
    let child = api.deploy(CHILD).await;
    let parent = api.deploy(PARENT).await;
    let steps = |deployed: &Value| deployed["bound"]["steps"].as_u64().unwrap();
    assert_eq!(steps(&parent), steps(&child) + 1);
    api.deploy(SENDER).await;

    let id = api.start("test/parent", &json!({"word": "yes"}), "1").await;
    assert_eq!(api.ended(&id).await["output"], json!({"said": "yes"}));
    told(&mut wire, "workflow-completed").await;

    let id = api.start("test/parent", &json!({"fail": true}), "2").await;
    let failed = api.ended(&id).await;
    assert_eq!(failed["status"], "faulted", "{failed}");
    let error = &failed["error"];
    assert_eq!(error["type"], "https://example.com/full", "{failed}");
    assert_eq!(error["status"], 507);
    assert_eq!(error["instance"], "/do/0/ask", "where it was run");
    told(&mut wire, "workflow-faulted").await;

    let input = json!({"slow": true, "patience": "PT0.3S"});
    let id = api.start("test/parent", &input, "3").await;
    assert_eq!(api.ended(&id).await["error"]["status"], 408);
    told(&mut wire, "workflow-cancelled").await;

    let id = api.start("test/parent", &json!({"slow": true}), "4").await;
    told(&mut wire, "task-started").await;
    let path = format!("/api/v1/instances/{id}/cancel");
    let cancelled = api
        .send(Method::POST, &path, &[], Vec::new())
        .await
        .unwrap();
    assert_eq!(cancelled.status, StatusCode::ACCEPTED, "{cancelled:?}");
    assert_eq!(api.ended(&id).await["status"], "cancelled");
    told(&mut wire, "workflow-cancelled").await;

    let input = json!({"word": "bye"});
    let id = api.start("test/sender", &input, "5").await;
    assert_eq!(api.ended(&id).await["output"], input);
    told(&mut wire, "workflow-completed").await;
    assert!(cluster.dead_letters().await.is_empty());
}

/// Waits until the child's trace says so.
async fn told(wire: &mut Wire, event: &str) {
    while !wire.next().await.subject.ends_with(event) {}
}
