//! `use.extensions` (specification: Extension).

use serde_json::json;

use crate::world::World;

/// Counts in the context what comes before and after.
const COUNT: &str = "\
use:
  extensions:
  - count:
      extend: all
      before: [{in: {set: {hidden: true}, export: {as: '$context + {before: (($context.before // []) + [$task.name])}'}}}]
      after: [{out: {set: {hidden: true}, export: {as: '$context + {after: (($context.after // []) + [$task.name])}'}}}]
";

#[test]
fn before_and_after_leave_the_data_alone_and_know_the_task() {
    let world = World::ran(
        &format!(
            "{COUNT}do:\n- one: {{set: '${{ . + {{a: 1}} }}'}}\n- two: {{do: [{{three: {{set: '${{ . + {{b: 2}} }}'}}}}]}}\noutput: {{as: '[., $context]'}}\n"
        ),
        json!({"x": 0}),
    );
    assert_eq!(
        world.output(),
        json!([
            {"x": 0, "a": 1, "b": 2},
            {"x": 0, "before": ["one", "two", "three"], "after": ["one", "three", "two"]}
        ])
    );
    let program = &world.program;
    assert_eq!(world.state.steps, program.bound.steps, "as the bound says");
}

#[test]
fn it_extends_the_named_kind_when_its_condition_holds() {
    let mut world = World::new(
        "\
use:
  extensions:
  - mock:
      extend: call
      when: '$task.call == \"http\" and ($task.with.endpoint | startswith(\"https://mocked\"))'
      before: [{answer: {set: {content: mocked}, then: exit}}, {never: {raise: {error: {type: t, status: 500}}}}]
      after: [{never: {raise: {error: {type: t, status: 500}}}}]
do:
- first: {call: http, with: {method: get, endpoint: 'https://mocked/a'}, output: {as: .never}}
- second: {call: http, with: {method: get, endpoint: 'https://real/b'}}
",
    );
    world.start(json!({}));
    // `exit` skips the task, and what comes after it: the list's data are the output.
    assert_eq!(world.actions.len(), 1);
    world.done(json!("real"));
    assert_eq!(world.output(), json!("real"));
    let of_first = world
        .history
        .iter()
        .any(|event| format!("{event:?}").contains("mocked"));
    assert!(of_first);
}

#[test]
fn the_task_leads_where_it_leads_after_what_comes_after() {
    for (x, ends) in [(1, "big"), (0, "small")] {
        let world = World::ran(
            &format!(
                "{COUNT}do:\n- which: {{switch: [{{a: {{when: '.x == 1', then: big}}}}, {{b: {{then: small}}}}]}}\n- small: {{set: {{r: small}}, then: exit}}\n- big: {{set: {{r: big}}}}\noutput: {{as: '{{r, after: $context.after}}'}}\n"
            ),
            json!({"x": x}),
        );
        assert_eq!(world.output(), json!({"r": ends, "after": ["which", ends]}));
    }
}

#[test]
fn a_skipped_task_is_not_extended_and_an_error_skips_what_comes_after() {
    let world = World::ran(
        &format!(
            "{COUNT}do:\n- no: {{set: {{y: 1}}, if: 'false'}}\n- safe: {{try: [{{bad: {{raise: {{error: {{type: t, status: 500}}}}}}}}], catch: {{then: last}}}}\n- gap: {{set: {{y: 1}}}}\n- last: {{set: {{y: 1}}}}\noutput: {{as: $context}}\n"
        ),
        json!({}),
    );
    assert_eq!(
        world.output(),
        json!({"before": ["safe", "bad", "last"], "after": ["safe", "last"]})
    );
}

#[test]
fn end_ends_the_workflow_from_an_extension() {
    let world = World::ran(
        "use: {extensions: [{stop: {extend: set, before: [{a: {do: [{b: {wait: PT0S, then: end}}]}}]}}]}\ndo:\n- one: {set: {never: 1}}\n",
        json!({"x": 1}),
    );
    assert_eq!(world.output(), json!({"x": 1}));
}
