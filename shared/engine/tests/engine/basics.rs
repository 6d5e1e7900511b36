//! How data go through tasks: `input`, `output`, `export`, and the `$` variables.

use serde_json::{Value, json};

use crate::world::{EPOCH, Reply, World};

#[test]
fn set_replaces_the_data() {
    let world = World::ran(
        "do:\n- one: {set: {a: '${ .x }'}}\n- two: {set: {b: '${ .a }'}}\n",
        json!({"x": 1, "y": 2}),
    );
    assert_eq!(world.output(), json!({"b": 1}));
}

#[test]
fn a_set_text_without_braces_is_a_literal() {
    let world = World::ran("do:\n- one: {set: {a: .x}}\n", json!({"x": 1}));
    assert_eq!(world.output(), json!({"a": ".x"}));
}

#[test]
fn an_absent_input_is_null() {
    let world = World::ran(
        "do:\n- one: {set: {colors: '${ .colors + [\"red\"] }'}}\n",
        Value::Null,
    );
    assert_eq!(world.output(), json!({"colors": ["red"]}));
}

#[test]
fn data_are_never_evaluated() {
    let world = World::ran(
        "do:\n- one: {set: '${ .x }'}\n- two: {set: '${ . }'}\n",
        json!({"x": "${ 1 + 1 }"}),
    );
    assert_eq!(world.output(), json!("${ 1 + 1 }"));
}

/// `if` and `input.schema` see the raw input, `output.as` the raw output, `export.as` the
/// transformed output; the context of one task is seen by the next.
#[test]
fn each_step_of_the_data_flow_sees_its_stage() {
    let world = World::ran(
        "\
do:
- one:
    if: .raw
    input:
      schema: {document: {type: object, required: [raw]}}
      from: '{inner: .raw}'
    set: {seen: '${ . }', input: '${ $input }', task: '${ $task.input }'}
    output:
      as: '{seen: .seen, input: $input, raw: ($task.output | keys)}'
      schema: {document: {type: object, required: [seen]}}
    export:
      as: '{exported: ., output: ($output == .), context: $context}'
      schema: {document: {type: object, required: [exported]}}
- two: {set: {data: '${ . }', context: '${ $context }'}}
",
        json!({"raw": 5}),
    );
    let output =
        json!({"seen": {"inner": 5}, "input": {"inner": 5}, "raw": ["input", "seen", "task"]});
    assert_eq!(
        world.output(),
        json!({
            "data": output,
            "context": {"exported": output, "output": true, "context": {"raw": 5}},
        })
    );
}

#[test]
fn the_workflow_has_a_data_flow_of_its_own() {
    let world = World::ran(
        "\
input:
  schema: {document: {type: object, required: [order]}}
  from: .order
output:
  as: '{result: ., context: $context, input: $workflow.input}'
  schema: {document: {type: object, required: [result]}}
do:
- one: {set: '${ [., $context] }'}
",
        json!({"order": 7}),
    );
    // The initial context is the transformed input.
    assert_eq!(
        world.output(),
        json!({"result": [7, 7], "context": 7, "input": {"order": 7}})
    );
}

#[test]
fn a_skipped_task_passes_its_input_and_its_then_is_ignored() {
    let world = World::ran(
        "\
do:
- one:
    if: .no
    input: {from: '{from: .}'}
    set: {one: 1}
    output: {as: '{as: .}'}
    export: {as: '{exported: true}'}
    then: end
- two: {set: {data: '${ . }', context: '${ $context }'}}
",
        json!({"no": false}),
    );
    assert_eq!(
        world.output(),
        json!({"data": {"no": false}, "context": {"no": false}})
    );
    assert_eq!(world.started(), ["/do/1/two"]);
}

#[test]
fn a_context_written_inside_is_seen_outside() {
    let world = World::ran(
        "\
do:
- outer:
    do:
    - inner: {set: {a: 1}, export: {as: .a}}
    - each:
        for: {in: '[1, 2]'}
        do:
        - add: {set: '${ . }', export: {as: $context + $item}}
- last: {set: '${ $context }'}
",
        json!({}),
    );
    assert_eq!(world.output(), json!(4));
}

#[test]
fn expressions_can_ask_who_they_are() {
    let world = World::ran(
        "\
do:
- who:
    set:
      task: '${ $task | del(.definition) }'
      set: '${ $task.definition.set | keys }'
      workflow: '${ $workflow | del(.definition) }'
      name: '${ $workflow.definition.document.name }'
      runtime: '${ $runtime.name }'
      output: '${ $output }'
",
        json!(9),
    );
    let started = json!({
        "iso8601": EPOCH.to_rfc3339(),
        "epoch": {"seconds": EPOCH.0 / 1000, "milliseconds": EPOCH.0},
    });
    assert_eq!(
        world.output(),
        json!({
            "task": {
                "name": "who", "reference": "/do/0/who", "input": 9, "startedAt": started,
            },
            "set": ["name", "output", "runtime", "set", "task", "workflow"],
            "workflow": {
                "id": world.state.instance.to_string(), "input": 9, "startedAt": started,
            },
            "name": "flow",
            "runtime": "weir",
            "output": null,
        })
    );
}

/// The specification's table: `$input` is neither there for `if` and `input.from`, nor for the
/// workflow's own expressions; `$context` and `$task` are not there for the latter.
#[test]
fn variables_are_there_only_where_they_should_be() {
    let world = World::ran(
        "\
input: {from: '[$input, $context, $task, $output]'}
output: {as: '[., $input, $task, $output, ($context | length)]'}
do:
- one:
    if: $input == null and $output == null
    input: {from: '[., $input]'}
    set: '${ . }'
",
        json!(1),
    );
    let nulls = json!([null, null, null, null]);
    assert_eq!(world.output(), json!([[nulls, null], null, null, null, 4]));
}

#[test]
fn input_that_violates_a_schema_is_a_validation_error() {
    let rest = "\
do:
- one:
    input: {schema: {document: {type: object, required: [id]}}}
    set: {a: 1}
";
    let error = World::ran(rest, json!({})).error().clone();
    assert!(error.type_.ends_with("/errors/validation"), "{error:?}");
    assert_eq!(error.status, 400);
    assert_eq!(error.instance.as_deref(), Some("/do/0/one"));
    assert!(error.detail.unwrap().contains("id"));
    assert_eq!(World::ran(rest, json!({"id": 1})).output(), json!({"a": 1}));
}

#[test]
fn output_and_context_are_validated_too() {
    for (part, stage) in [
        (
            "output: {as: .a, schema: {document: {type: string}}}",
            "output.as",
        ),
        ("output: {schema: {document: {type: string}}}", "output.as"),
        (
            "export: {as: .a, schema: {document: {type: string}}}",
            "export.as",
        ),
    ] {
        let world = World::ran(
            &format!("do:\n- one:\n    set: {{a: 1}}\n    {part}\n"),
            json!(0),
        );
        let error = world.error();
        assert!(error.type_.ends_with("/errors/validation"), "{error:?}");
        assert!(error.detail.as_ref().unwrap().starts_with(stage));
    }
}

#[test]
fn the_workflows_own_schemas_are_checked_outside_of_any_task() {
    let input = "input: {schema: {document: {type: object}}}\ndo:\n- one: {set: {a: 1}}\n";
    let world = World::ran(input, json!(1));
    assert!(world.error().type_.ends_with("/errors/validation"));
    assert_eq!(world.error().instance, None);
    assert_eq!(world.started(), [""; 0]);
    let output = "output: {schema: {document: {type: string}}}\ndo:\n- one: {set: {a: 1}}\n";
    let world = World::ran(output, json!(1));
    assert!(world.error().type_.ends_with("/errors/validation"));
    assert_eq!(world.started(), ["/do/0/one"]);
}

#[test]
fn an_expression_that_fails_is_an_expression_error() {
    for task in [
        "if: '.a.b.c'\n    set: {a: 1}",
        "input: {from: '.a.b.c'}\n    set: {a: 1}",
        "set: {a: '${ .a.b.c }'}",
        "set: {a: 1}\n    output: {as: '.a.b.c'}",
        "set: {a: 1}\n    export: {as: '.a.b.c'}",
        "switch: [{x: {when: .a.b.c, then: end}}]",
        "for: {in: .a.b.c}\n    do: [{x: {set: {a: 1}}}]",
        "for: {in: .a}\n    do: [{x: {set: {a: 1}}}]",
        "call: http\n    with: {method: get, endpoint: 'http://x', body: '${ .a.b.c }'}",
        "run: {shell: {command: '${ .a.b.c }'}}",
        "emit: {event: {with: {type: '${ .a.b.c }', source: /s}}}",
        "raise: {error: {type: 'x:y', status: 400, title: '${ .a.b.c }'}}",
        "wait: '${ .a.b.c }'",
        "wait: '${ .a }'",
    ] {
        let world = World::ran(&format!("do:\n- one:\n    {task}\n"), json!({"a": 1}));
        let error = world.error();
        assert!(
            error.type_.ends_with("/errors/expression"),
            "{task}: {error:?}"
        );
        assert_eq!(error.status, 400);
        assert_eq!(error.instance.as_deref(), Some("/do/0/one"));
        assert_eq!(world.started(), ["/do/0/one"]);
    }
}

#[test]
fn a_wait_takes_its_time() {
    for wait in [
        "{seconds: 3}",
        "PT3S",
        "'${ {seconds: .n} }'",
        "'${ \"PT\\(.n)S\" }'",
    ] {
        let world = World::ran(&format!("do:\n- rest: {{wait: {wait}}}\n"), json!({"n": 3}));
        assert_eq!(world.output(), json!({"n": 3}));
        assert_eq!(world.elapsed_ms(), 3_000, "{wait}");
    }
}

#[test]
fn a_wait_for_nothing_takes_no_timer() {
    let mut world = World::new("do:\n- rest: {wait: {seconds: 0}}\n");
    world.start(json!(1));
    assert_eq!(world.output(), json!(1));
}

#[test]
fn a_task_that_waits_can_be_timed() {
    let world = World::acted(
        "do:\n- a: {call: http, with: {method: get, endpoint: 'http://x/'}}\n- b: {set: '${ $task.startedAt.epoch.milliseconds - $workflow.startedAt.epoch.milliseconds }'}\n",
        json!({}),
        |_| Reply::DoneAfter(25, json!(1)),
    );
    assert_eq!(world.output(), json!(25));
}
