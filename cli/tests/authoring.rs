//! The commands of an author, as a terminal shows them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::{
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

/// Runs `weir` in the repository's root: exit code, standard output, standard error.
fn weir(arguments: &[&str]) -> (i32, String, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(arguments)
        .current_dir(root)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn the_example_is_tested_in_well_under_a_second() {
    let begin = Instant::now();
    let (code, out, _) = weir(&["test", "examples/order.yaml"]);
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
    let (code, out, _) = weir(&["test", &at("own.test.yaml"), "--junit", &at("out.xml")]);
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
    let (code, out, _) = weir(&["test", &at("own.test.yaml"), "--json"]);
    assert_eq!(code, 3, "{out}");
    assert!(out.contains("T001"), "{out}");
    let (code, _, err) = weir(&["test", &at("flow.yaml")]);
    assert_eq!(code, 1);
    assert!(err.contains("flow.test.yaml"), "{err}");
}
