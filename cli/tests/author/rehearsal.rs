//! `weir test`, as a terminal shows it.

use std::time::{Duration, Instant};

use crate::{root, weir, weir_and_error};

#[test]
fn the_example_is_tested_in_well_under_a_second() {
    let begin = Instant::now();
    let (code, out) = weir(&root(), &["test", "examples/order.yaml"]);
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("8 passed, 0 failed"), "{out}");
    assert!(
        out.contains("reached 12 of 12 tasks, 7 of 7 branches"),
        "{out}"
    );
}

#[test]
fn a_failing_test_says_what_came_and_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let tests = "\
workflow: flow.yaml
cases:
- name: too short
  expect: {lasts: PT1H}
- name: right
  expect: {lasts: PT10M}
";
    let flow = "\
document: {dsl: '1.0.3', namespace: n, name: n, version: '1.0.0'}
do: [{pause: {wait: {minutes: 10}}}]
";
    std::fs::write(at("own.test.yaml"), tests).unwrap();
    std::fs::write(at("flow.yaml"), flow).unwrap();
    let (code, out) = weir(
        &root(),
        &["test", &at("own.test.yaml"), "--junit", &at("out.xml")],
    );
    assert_eq!(code, 1, "{out}");
    for part in [
        ":4:12: lasts",
        "expected: 1 h",
        "came:     10 min",
        "pause started, waits until 10 min",
        "1 passed, 1 failed",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let junit = std::fs::read_to_string(at("out.xml")).unwrap();
    assert!(junit.contains("tests=\"2\" failures=\"1\""), "{junit}");
    assert!(
        junit.contains("<failure message=\"lasts: expected 1 h, came 10 min\">"),
        "{junit}"
    );

    std::fs::write(at("own.test.yaml"), tests.replace("lasts", "last")).unwrap();
    let (code, out) = weir(&root(), &["test", &at("own.test.yaml"), "--json"]);
    assert_eq!(code, 3, "{out}");
    assert!(out.contains("T001"), "{out}");
    let (code, _, err) = weir_and_error(&root(), &["test", &at("flow.yaml")]);
    assert_eq!(code, 1);
    assert!(err.contains("flow.test.yaml"), "{err}");
}
