//! `call` of functions: `use.functions`, and those that workers serve (specification: Call,
//! Function; Catalogs, Default Catalog).

use serde_json::json;
use weir_engine::{Request, Status};

use crate::world::{Reply, World};

const DOUBLE: &str = "\
use:
  functions:
    double:
      input: {schema: {document: {type: object, required: [n]}}}
      set: '${ .n * 2 }'
";

#[test]
fn a_function_runs_with_its_arguments_as_input() {
    let world = World::ran(
        &format!(
            "{DOUBLE}do:\n- one: {{call: double, with: {{n: '${{ .a }}'}}, output: {{as: '{{n: ., a: $input.a}}'}}}}\n\
             - two: {{call: double}}\n"
        ),
        json!({"a": 5}),
    );
    assert_eq!(world.output(), json!(20));
    assert_eq!(
        world.started(),
        [
            "/do/0/one",
            "/use/functions/double",
            "/do/1/two",
            "/use/functions/double"
        ]
    );
}

#[test]
fn an_error_inside_says_where_in_the_function_and_can_be_caught_at_the_call() {
    let rest = format!(
        "{DOUBLE}do:\n- safe:\n    try:\n    - one: {{call: double, with: {{m: 1}}}}\n    catch: {{as: e, do: [{{told: {{set: '${{ $e }}'}}}}]}}\n"
    );
    let world = World::ran(&rest, json!({}));
    assert_eq!(world.output()["status"], 400);
    assert_eq!(world.output()["instance"], "/use/functions/double");
}

#[test]
fn a_function_sees_none_of_the_callers_variables_and_may_be_composite() {
    let world = World::ran(
        "\
use:
  functions:
    sum:
      do:
      - add:
          for: {each: n, in: '.list'}
          do: [{one: {set: {list: '${ .list }', total: '${ (.total // 0) + $n }'}}}]
      - out: {set: '${ .total }'}
do:
- each:
    for: {each: n, in: '[[1, 2], [3]]'}
    do: [{part: {call: sum, with: {list: '${ $n }'}, export: {as: '[$context[]?, .]'}}}]
- end: {set: '${ $context }'}
",
        json!([]),
    );
    assert_eq!(world.output(), json!([3, 3]));
}

#[test]
fn functions_call_functions() {
    let world = World::ran(
        "\
use:
  functions:
    twice: {do: [{a: {call: add}}, {b: {call: add}}]}
    add: {set: '${ . + 1 }'}
do: [{a: {call: twice}}, {b: {call: twice, with: {x: '${ . }'}, input: {from: '. * 10'}, if: 'false'}}]
",
        json!(1),
    );
    assert_eq!(world.output(), json!(3));
}

#[test]
fn end_inside_a_function_ends_the_workflow() {
    let world = World::ran(
        "use: {functions: {stop: {set: stopped, then: end}}}\ndo: [{a: {call: stop}}, {b: {set: never}}]\n",
        json!({}),
    );
    assert_eq!(world.output(), json!("stopped"));
}

#[test]
fn a_function_of_the_default_catalog_is_an_action_of_its_own() {
    let world = World::acted(
        "do: [{a: {call: 'charge:1.0.0@default', with: {amount: '${ .a }'}}}]\n",
        json!({"a": 5}),
        |action| {
            assert_eq!(action.request.function(), "charge_1_0_0");
            let Request::Worker(request) = &action.request else {
                panic!("{action:?}");
            };
            Reply::Done(json!({"charged": request.arguments.as_value()}))
        },
    );
    assert_eq!(world.output(), json!({"charged": {"amount": 5}}));
}

#[test]
fn a_worker_that_never_answers_is_a_timeout() {
    let world = World::acted(
        "do: [{a: {call: 'charge:1.0.0@default', timeout: {after: {seconds: 2}}}}]\n",
        json!({}),
        |_| Reply::Silence,
    );
    assert_eq!(world.state.status, Status::Faulted);
    assert_eq!((world.error().status, world.elapsed_ms()), (408, 2_000));
}
