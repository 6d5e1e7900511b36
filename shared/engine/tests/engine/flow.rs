//! Where tasks lead: `then`, `switch`, `exit`, `end`.

use serde_json::json;
use weir_engine::Event;

use crate::world::{Reply, World};

const COLORS: &str = "\
- red: {set: '${ . + [\"red\"] }'}
- green: {set: '${ . + [\"green\"] }'}
- blue: {set: '${ . + [\"blue\"] }'}
";

#[test]
fn tasks_follow_one_another() {
    let world = World::ran(&format!("do:\n{COLORS}"), json!([]));
    assert_eq!(world.output(), json!(["red", "green", "blue"]));
}

#[test]
fn then_leads_forward_and_back() {
    let world = World::ran(
        "\
do:
- a: {set: '${ . + [\"a\"] }', then: c}
- b: {set: '${ . + [\"b\"] }', then: end}
- c: {set: '${ . + [\"c\"] }', then: b}
",
        json!([]),
    );
    assert_eq!(world.output(), json!(["a", "c", "b"]));
}

#[test]
fn exit_leaves_the_list_and_only_it() {
    let world = World::ran(
        "\
do:
- outer:
    do:
    - a: {set: '${ . + [\"a\"] }', then: exit}
    - b: {set: '${ . + [\"b\"] }'}
- c: {set: '${ . + [\"c\"] }', then: exit}
- d: {set: '${ . + [\"d\"] }'}
",
        json!([]),
    );
    assert_eq!(world.output(), json!(["a", "c"]));
}

#[test]
fn end_ends_the_workflow_from_any_depth_and_its_output_still_applies() {
    let world = World::ran(
        "\
output: {as: '{result: .}'}
do:
- outer:
    do:
    - loop:
        for: {in: '[1, 2]'}
        do:
        - attempt:
            try:
            - stop: {set: '${ [$item] }', then: end}
            - never: {set: never}
            catch: {}
            output: {as: '\"not applied\"'}
    output: {as: '\"not applied\"'}
    export: {as: '\"not applied\"'}
- never: {set: never}
",
        json!([]),
    );
    assert_eq!(world.output(), json!({"result": [1]}));
    let completed = world
        .history
        .iter()
        .filter(|(_, event)| matches!(event, Event::TaskCompleted { .. }));
    assert_eq!(completed.count(), 4, "every enclosing task completes");
}

#[test]
fn end_inside_a_fork_cancels_its_siblings() {
    let world = World::acted(
        "\
do:
- both:
    fork:
      branches:
      - slow: {call: http, with: {method: get, endpoint: 'http://x/'}}
      - stop:
          do:
          - rest: {wait: {seconds: 1}}
          - stop: {set: stopped, then: end}
- never: {set: never}
",
        json!([]),
        |_| Reply::DoneAfter(5_000, json!(1)),
    );
    assert_eq!(world.output(), json!("stopped"));
    assert_eq!(world.elapsed_ms(), 1_000);
    let cancelled = world
        .history
        .iter()
        .filter(|(_, event)| matches!(event, Event::TaskCancelled { .. }));
    assert_eq!(cancelled.count(), 1);
}

const SWITCH: &str = "\
do:
- choose:
    switch:
    - other: {then: c}
    - small: {when: . < 10, then: a}
    - even: {when: . % 2 == 0, then: b}
    output: {as: '[.]'}
- a: {set: '${ [\"a\", .] }', then: end}
- b: {set: '${ [\"b\", .] }', then: end}
- c: {set: '${ [\"c\", .] }', then: end}
";

#[test]
fn a_switch_takes_the_first_case_and_the_default_last() {
    for (input, case) in [(4, "a"), (14, "b"), (15, "c")] {
        assert_eq!(
            World::ran(SWITCH, json!(input)).output(),
            json!([case, [input]])
        );
    }
}

#[test]
fn a_switch_without_a_match_follows_its_then() {
    let rest = |then| {
        format!(
            "do:\n- choose: {{switch: [{{x: {{when: . == 1, then: b}}}}], then: {then}}}\n- a: {{set: a, then: end}}\n- b: {{set: b}}\n"
        )
    };
    assert_eq!(World::ran(&rest("b"), json!(0)).output(), json!("b"));
    assert_eq!(World::ran(&rest("continue"), json!(0)).output(), json!("a"));
    assert_eq!(World::ran(&rest("end"), json!(0)).output(), json!(0));
    assert_eq!(World::ran(&rest("end"), json!(1)).output(), json!("b"));
}

#[test]
fn a_switch_case_can_exit_or_continue() {
    let rest = |then| {
        format!(
            "do:\n- in: {{do: [{{choose: {{switch: [{{x: {{then: {then}}}}}]}}}}, {{a: {{set: a}}}}]}}\n- b: {{set: '${{ [.] }}'}}\n"
        )
    };
    assert_eq!(World::ran(&rest("exit"), json!(0)).output(), json!([0]));
    assert_eq!(
        World::ran(&rest("continue"), json!(0)).output(),
        json!(["a"])
    );
    assert_eq!(World::ran(&rest("end"), json!(0)).output(), json!(0));
}

#[test]
fn a_long_way_in_one_decision_needs_no_deep_stack() {
    let mut world = World::new(
        "\
do:
- loop:
    for: {in: '[range(1000)]'}
    do:
    - add: {set: '${ . + 1 }'}
",
    );
    world.start(json!(0));
    world.run(|_| Reply::Silence);
    assert_eq!(world.output(), json!(1_000));
}

const CIRCLE: &str = "
do:
- count: {set: '${ . + 1 }', metadata: {maxReturns: 3}}
- again: {switch: [more: {when: '. < $workflow.input', then: count}]}
- done: {set: '${ { n: . } }'}
";

#[test]
fn a_circle_is_taken_as_often_as_it_says() {
    let program = format!("input: {{from: '0'}}{CIRCLE}");
    let world = World::ran(&program, json!(4));
    assert_eq!(world.output(), json!({"n": 4}));
    let world = World::ran(&program, json!(5));
    let error = world.error();
    assert_eq!(error.status, 400);
    assert_eq!(error.instance.as_deref(), Some("/do/0/count"));
    let detail = error.detail.as_deref().unwrap();
    assert!(detail.contains("led back to `count` 4 times"), "{detail}");
}

#[test]
fn each_iteration_counts_its_own_returns() {
    let world = World::ran(
        "
do:
- each:
    for: {in: '[1, 2]'}
    do:
    - count: {set: '${ . + 1 }', metadata: {maxReturns: 3}}
    - again: {switch: [more: {when: '. % 4 != 0', then: count}]}
",
        json!(0),
    );
    assert_eq!(world.output(), json!(8));
}
