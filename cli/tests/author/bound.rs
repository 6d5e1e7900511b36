//! `weir bound`.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::{root, weir};

const LOOP: &str = "\
document: { dsl: 1.0.3, namespace: shop, name: order, version: 1.0.0 }
do:
  - each:
      for: { in: .lines }
      do:
        - book: { call: http, with: { method: post, endpoint: 'https://stock/{sku}' } }
  - choose:
      switch:
        - big: { when: .big, then: end }
        - other: { then: pause }
  - pause: { wait: PT1M }
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("loop.yaml"), LOOP).unwrap();
    folder
}

#[test]
fn the_example_is_bounded() {
    let (code, out) = weir(&root(), &["bound", "examples/order.yaml"]);
    assert_eq!(code, 0);
    assert_snapshot!(out);
}

#[test]
fn what_depends_on_the_input_has_formulas() {
    let (code, out) = weir(folder().path(), &["bound", "loop.yaml"]);
    assert_eq!(code, 0);
    assert_snapshot!(out);
}

#[test]
fn an_input_gives_the_numbers_for_it() {
    let input = r#"{"lines": [1, 2, 3]}"#;
    let (_, out) = weir(folder().path(), &["bound", "loop.yaml", "--input", input]);
    assert!(out.contains("with this input"), "{out}");
    assert!(out.contains("3 items of this input"), "{out}");
    let arguments = ["bound", "loop.yaml", "--input", input, "--json"];
    let (code, out) = weir(folder().path(), &arguments);
    assert_eq!(code, 0);
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(value["bound"]["steps"], 6);
    assert_eq!(value["bound"]["durationMs"], 16 * 60_000);
    assert_eq!(value["tasks"][0]["parts"][0]["tasks"][0]["name"], "book");
}

#[test]
fn programs_get_formulas_and_assumptions() {
    let (_, out) = weir(folder().path(), &["bound", "loop.yaml", "--json"]);
    let value: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(value["formulas"]["steps"], "3 + n");
    assert_eq!(value["bound"]["steps"], 1003);
    let symbols = value["assumptions"].as_array().unwrap().iter();
    let symbols: Vec<&Value> = symbols.map(|one| &one["symbol"]).collect();
    assert_eq!(symbols, [&Value::Null, &"n".into(), &Value::Null]);
    assert_eq!(value["tasks"][2]["costliest"][0], "steps");
}

#[test]
fn what_is_not_valid_has_no_bound() {
    let folder = folder();
    fs::write(
        folder.path().join("loop.yaml"),
        LOOP.replace("end }", "rnd }"),
    )
    .unwrap();
    let (code, out) = weir(folder.path(), &["bound", "loop.yaml"]);
    assert_eq!(code, 3);
    assert!(out.contains("[E032]"), "{out}");
}
