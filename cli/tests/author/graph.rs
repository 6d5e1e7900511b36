//! `weir graph`: the same workflow in every form, and pictures that can be read.

use std::fs;

use insta::assert_snapshot;

use crate::{root, weir};

/// Of every kind, with jumps over tasks, out of lists, and back.
const EVERYTHING: &str = "\
document: { dsl: 1.0.3, namespace: shop, name: order, version: 1.0.0 }
timeout: { after: PT1H }
do:
  - ask:
      try:
        - call: { call: http, with: { method: get, endpoint: 'https://a.example' } }
      catch:
        retry: { delay: PT1S, limit: { attempt: { count: 2 } } }
        do:
          - note: { set: { failed: '<&\"#>' } }
        then: last
  - each:
      if: .many
      for: { in: .lines }
      do:
        - choose:
            switch:
              - small: { when: .small, then: exit }
              - none: { when: .none, then: end }
        - book: { run: { shell: { command: book } }, timeout: { after: PT5S } }
  - both:
      fork:
        branches:
          - left: { do: [ pause: { wait: PT1M } ] }
          - right: { listen: { to: { one: { with: { type: paid } } } } }
  - last: { emit: { event: { with: { type: done, source: 'https://a.example' } } } }
";

fn drawn(format: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("all.yaml"), EVERYTHING).unwrap();
    let (code, out) = weir(folder.path(), &["graph", "all.yaml", "--format", format]);
    assert_eq!(code, 0, "{out}");
    out
}

#[test]
fn mermaid() {
    assert_snapshot!(drawn("mermaid"));
}

#[test]
fn dot() {
    assert_snapshot!(drawn("dot"));
}

#[test]
fn svg() {
    assert_snapshot!(drawn("svg"));
}

#[test]
fn the_example_is_drawn() {
    let (code, out) = weir(&root(), &["graph", "examples/order.yaml"]);
    assert_eq!(code, 0);
    assert!(out.contains(r#"t8 -->|"unpaid"| t10"#), "{out}");
}

/// The boxes of a picture: left, top, width, height.
fn boxes(svg: &str) -> Vec<[i32; 4]> {
    let lines = svg.lines().filter(|line| line.starts_with("<rect class="));
    let number = |line: &str, name: &str| {
        let rest = line.split(&format!(" {name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().parse::<i32>().unwrap()
    };
    lines
        .map(|line| ["x", "y", "width", "height"].map(|name| number(line, name)))
        .collect()
}

/// Two boxes are apart, or one is in the other.
#[test]
fn no_two_boxes_overlap_in_part() {
    let boxes = boxes(&drawn("svg"));
    assert_eq!(boxes.len(), 15);
    let apart = |a: &[i32; 4], b: &[i32; 4]| {
        let before = |i: usize| a[i] + a[i + 2] <= b[i] || b[i] + b[i + 2] <= a[i];
        before(0) || before(1)
    };
    let within = |a: &[i32; 4], b: &[i32; 4]| {
        (0..2).all(|i| b[i] <= a[i] && a[i] + a[i + 2] <= b[i] + b[i + 2])
    };
    for (place, a) in boxes.iter().enumerate() {
        for b in &boxes[place + 1..] {
            assert!(apart(a, b) || within(a, b) || within(b, a), "{a:?} {b:?}");
        }
    }
}

#[test]
fn a_jump_back_is_drawn_upwards() {
    let folder = tempfile::tempdir().unwrap();
    let document = "\
document: { dsl: 1.0.3, namespace: shop, name: back, version: 1.0.0 }
do:
  - poll: { set: { x: 1 }, metadata: { maxReturns: 10 } }
  - pause: { if: .again, wait: PT1M, then: poll }
";
    fs::write(folder.path().join("back.yaml"), document).unwrap();
    let (code, out) = weir(folder.path(), &["graph", "back.yaml", "--format", "svg"]);
    assert_eq!(code, 0, "{out}");
    // From where a line begins to where it ends.
    let down = out.lines().filter_map(|line| {
        let path = line.strip_prefix("<path class=\"edge\" d=\"M")?;
        let (path, _) = path.split_once('"')?;
        let begin = path.split(['C', ' ']).nth(1)?.parse::<i32>().ok()?;
        let end = path.rsplit(' ').next()?.parse::<i32>().ok()?;
        Some(begin < end)
    });
    assert_eq!(down.collect::<Vec<_>>(), [true, true, true, false]);
}
