//! What shows only while a workflow runs.

use serde_json::{Value, json};
use weir_integration_tests::Api;

use super::http::workflow;

/// Runs workflows that ask for too much; each must end with an error that says so. Returns how
/// many there were.
pub async fn faulted(api: &Api) -> usize {
    let expressions = [
        r#"${ "x" * 1000000000 }"#,
        "${ [range(1000000000)] | length }",
        "${ reduce range(64) as $i (\"x\"; . + .) }",
        "${ [limit(1000000000; range(10000000000))] }",
        "${ .a.b.c | explode | implode | fromjson }",
        "${ error(\"no\") }",
    ];
    let fork = "- all: { fork: { branches: [ \
                { a: { set: { b: '${ [range(300000)] }' } } }, \
                { b: { set: { b: '${ [range(300000)] }' } } } ] } }";
    let expressions = expressions.map(|jq| format!("- a: {{ set: {{ b: '{jq}' }} }}"));
    let cases: Vec<String> = expressions.into_iter().chain([fork.to_owned()]).collect();
    for (index, tasks) in cases.iter().enumerate() {
        let name = format!("w{index}");
        let source = workflow(tasks).replace("name: w,", &format!("name: {name},"));
        api.deploy(&source).await;
        let id = api
            .start(&format!("hostile/{name}"), &Value::Null, &name)
            .await;
        let ended = api.ended(&id).await;
        assert_eq!(ended["status"], "faulted", "{tasks}\n{ended}");
        let said = ended["error"]["detail"].as_str().unwrap_or_default();
        assert!(!said.is_empty(), "{tasks}\n{ended}");
    }
    cases.len() + large_input(api).await
}

/// Input that fits a message, and then does not fit with what goes around it.
async fn large_input(api: &Api) -> usize {
    let double = "- a: { set: { b: '${ . }', c: '${ . }' } }";
    let source = workflow(double).replace("name: w,", "name: large,");
    api.deploy(&source).await;
    let input = json!({"text": "x".repeat(600 * 1024)});
    let id = api.start("hostile/large", &input, "large").await;
    let ended = api.ended(&id).await;
    assert_eq!(ended["status"], "faulted", "{}", ended["error"]);
    1
}
