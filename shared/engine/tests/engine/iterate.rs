//! `for`.

use serde_json::json;
use weir_graph::Limits;

use crate::world::{Reply, World, document, program_under};

#[test]
fn one_iterations_output_is_the_nexts_input() {
    let world = World::ran(
        "\
do:
- loop:
    for: {each: color, in: .colors}
    do:
    - mark: {set: {colors: '${ .colors }', seen: '${ .seen + [[$color, $index]] }'}}
    output: {as: .seen}
",
        json!({"colors": ["red", "green"]}),
    );
    assert_eq!(world.output(), json!([["red", 0], ["green", 1]]));
}

#[test]
fn an_empty_collection_passes_the_input() {
    let world = World::ran(
        "do:\n- loop:\n    input: {from: '{items: []}'}\n    for: {in: .items}\n    do:\n    - never: {set: never}\n",
        json!(1),
    );
    assert_eq!(world.output(), json!({"items": []}));
    assert_eq!(world.started(), ["/do/0/loop"]);
}

#[test]
fn while_is_tested_before_each_iteration() {
    let rest = "\
do:
- loop:
    for: {each: n, at: i, in: '[5, 6, 7, 8]'}
    while: 'length < 2 and $n < 8 and $i < 10'
    do:
    - add: {set: '${ . + [$n] }'}
";
    assert_eq!(World::ran(rest, json!([])).output(), json!([5, 6]));
    assert_eq!(World::ran(rest, json!([1, 2])).output(), json!([1, 2]));
}

#[test]
fn exit_ends_one_iteration() {
    let world = World::ran(
        "\
do:
- loop:
    for: {in: '[1, 2, 3]'}
    do:
    - odd:
        switch:
        - odd: {when: $item % 2 == 1, then: exit}
    - add: {set: '${ . + [$item] }'}
",
        json!([]),
    );
    assert_eq!(world.output(), json!([2]));
}

#[test]
fn the_innermost_variable_of_a_name_is_seen() {
    let world = World::ran(
        "\
do:
- outer:
    for: {in: [1, 2], at: o}
    do:
    - inner:
        for: {in: [a, b], at: i}
        do:
        - add: {set: '${ . + [[$item, $o, $i]] }'}
    - after: {set: '${ . + [$item] }'}
",
        json!([]),
    );
    assert_eq!(
        world.output(),
        json!([["a", 0, 0], ["b", 0, 1], 1, ["a", 1, 0], ["b", 1, 1], 2])
    );
}

#[test]
fn a_collection_can_be_written_in_place() {
    let world = World::ran(
        "do:\n- loop:\n    for: {in: [{n: 1}, {n: '${ .two }'}]}\n    do:\n    - add: {set: {two: 2, all: '${ .all + [$item.n] }'}}\n",
        json!({"two": 2}),
    );
    assert_eq!(world.output()["all"], json!([1, 2]));
}

#[test]
fn more_items_than_allowed_are_an_error_before_the_first() {
    let limits = Limits {
        for_items_max: 3,
        ..Limits::default()
    };
    let yaml = document("do:\n- loop:\n    for: {in: .}\n    do:\n    - one: {set: '${ . }'}\n");
    let run = |input| {
        let mut world = World::of(program_under(&yaml, &limits));
        world.start(input);
        world
    };
    assert_eq!(run(json!([1, 2, 3])).output(), json!([1, 2, 3]));
    let world = run(json!([1, 2, 3, 4]));
    assert!(world.error().type_.ends_with("/errors/validation"));
    assert_eq!(world.error().instance.as_deref(), Some("/do/0/loop"));
    assert_eq!(world.started(), ["/do/0/loop"]);
}

#[test]
fn iterations_act_one_after_the_other() {
    let world = World::acted(
        "\
do:
- loop:
    for: {in: '[1, 2, 3]'}
    do:
    - get: {call: http, with: {method: get, endpoint: '${ \"http://x/\\($item)\" }'}}
",
        json!([]),
        |action| Reply::DoneAfter(10, json!([action.task.0])),
    );
    assert_eq!(world.output(), json!([4]));
    assert_eq!(world.elapsed_ms(), 30);
    assert_eq!(world.state.actions, 3);
}
