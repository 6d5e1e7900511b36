//! `weir deploy` of workflows that run each other.

use std::fs;

use crate::weir_and_error;

#[test]
fn a_circle_of_workflows_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    for (name, runs) in [("a", "b"), ("b", "a")] {
        let text = format!(
            "document: {{ dsl: 1.0.3, namespace: n, name: {name}, version: 1.0.0 }}
do:
  - it: {{ run: {{ workflow: {{ namespace: n, name: {runs}, version: 1.0.0 }} }} }}
"
        );
        fs::write(folder.path().join(format!("{name}.yaml")), text).unwrap();
    }
    let nobody = ["--url", "http://127.0.0.1:9"];
    let arguments = [&["deploy", "a.yaml", "b.yaml"], &nobody[..]].concat();
    let (code, _, error) = weir_and_error(folder.path(), &arguments);
    assert_eq!(code, 3, "{error}");
    assert!(
        error.contains("in a circle: n/a:1.0.0 → n/b:1.0.0 → n/a:1.0.0;"),
        "{error}"
    );
}
