//! One workflow of every kind of step, end to end.

use std::time::Instant;

use axum::{Json, Router, extract::Path, routing::get};
use serde_json::{Value, json};
use weir_integration_tests::{Traced, Web};
use weir_protocol::{Stream, Subject};

use crate::cluster;

const HELLO: &str = include_str!("../../../examples/hello.yaml");

const SIX_STEPS: &str = r#"
document: { dsl: '1.0.3', namespace: test, name: six-steps, version: '1.0.0' }
do:
  - fetch:
      call: http
      with:
        method: get
        endpoint: ${ .server + "/numbers/\(.number)" }
      output:
        as: '$input + { double: .double }'
  - say:
      run:
        shell:
          command: printf 'twice %s is %s' "$1" "$2"
          arguments: [ '${ .number | tostring }', '${ .double | tostring }' ]
      output:
        as: '$input + { said: . }'
  - pause:
      wait: { milliseconds: 100 }
  - judge:
      switch:
        - large:
            when: .double > 100
            then: tooLarge
        - any:
            then: fine
  - tooLarge:
      set: { size: large }
      then: end
  - fine:
      set: { size: fine, said: '${ .said }' }
  - tell:
      emit:
        event:
          with:
            source: https://example.com/test
            type: com.example.test.told
            data: '${ . }'
      output:
        as: .data
"#;

#[tokio::test]
async fn six_steps_run_end_to_end() {
    let begun = Instant::now();
    let cluster = cluster(1).await;
    let ready = begun.elapsed();
    let double = |Path(number): Path<u64>| async move { Json(json!({"double": 2 * number})) };
    let web = Web::serve(Router::new().route("/numbers/{number}", get(double))).await;
    let api = cluster.api();
    let mut trace = cluster.trace();
    let mut wire = cluster.wire().await;
    wire.subscribe("weir.trace.test.six-steps.*.workflow-completed")
        .await;

    api.deploy(HELLO).await;
    let greeted = api.start("examples/hello", &Value::Null, "hello").await;
    let greeted = api.ended(&greeted).await;
    assert_eq!(greeted["output"], json!({"greeting": "Hello, world!"}));

    let deployed = api.deploy(SIX_STEPS).await;
    let begun = Instant::now();
    let input = json!({"server": web.url, "number": 21});
    let id = api.start("test/six-steps", &input, "six").await;
    let told = wire.next().await;
    let took = begun.elapsed();
    assert!(told.subject.contains(&id), "{told:?}");

    let instance = api.instance(&id).await;
    assert_eq!(instance["status"], "completed", "{instance}");
    let output = json!({"size": "fine", "said": "twice 21 is 42"});
    assert_eq!(instance["output"], output);
    let bound = &deployed["bound"];
    assert!(
        instance["steps"].as_u64() <= bound["steps"].as_u64(),
        "{instance} {bound}"
    );

    let emitted = cluster
        .stored(Stream::Events, &Subject::event("com.example.test.told"))
        .await;
    assert_eq!(emitted.len(), 1);
    let emitted: Value = serde_json::from_slice(&emitted[0].payload).unwrap();
    assert_eq!(emitted["data"], output);

    let history = api.history(&id).await;
    assert_eq!(history.defect(), None);
    trace.until_ended("the trace of the end", &id).await;
    let traced = trace.of(&id);
    let places: Vec<_> = traced.iter().map(Traced::place).collect();
    assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
    // Two for every start: that a task was created, and that it was started.
    let names = traced.iter().map(|message| message.name.as_str());
    let names: Vec<_> = names
        .filter(|name| *name != "task-created")
        .map(|name| name.replace("workflow-timer-armed", "timer-armed"))
        .collect();
    assert_eq!(names, history.types());
    assert!(cluster.dead_letters().await.is_empty());
    println!(
        "ready after {ready:.1?}; six steps in {took:.1?} (100 ms of them waiting): {} records, \
         {} trace messages",
        history.records(),
        traced.len()
    );
}
