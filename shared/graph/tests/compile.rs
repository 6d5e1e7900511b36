//! Whole documents, compiled.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use weir_graph::{Bound, Limits};

#[test]
fn bounds_nested_repetition() {
    let text = r#"
document: {dsl: 1.0.3, namespace: test, name: nested, version: 0.1.0}
do:
  - a:
      for: {each: x, in: .items}
      do:
        - b:
            try:
              - c: {call: http, with: {method: get, endpoint: "https://x/{id}"}}
            catch: {retry: {delay: PT1S, limit: {attempt: {count: 3}}}}
        - d: {run: {shell: {command: "echo"}}}
"#;
    let definition = weir_definition::parse(text, "nested.yaml").unwrap();
    let program = weir_graph::compile(&definition, &Limits::default()).unwrap();
    let expected = Bound {
        steps: 1 + 1000 * (1 + 4 + 1),
        actions: 1000 * (4 + 1),
        duration_ms: Limits::default().workflow_timeout_ms,
        branches: 1,
    };
    assert_eq!(program.bound, expected);
}
