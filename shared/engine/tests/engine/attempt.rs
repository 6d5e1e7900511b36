//! `try`: catching, retrying, handling.

use serde_json::{Value, json};
use weir_engine::{ErrorKind, Event, Outcome, WorkflowError};

use crate::world::{Reply, World};

/// A `try` of one call, with this `catch`, and a task after it.
fn rest(catch: &str) -> String {
    format!(
        "\
do:
- attempt:
    try:
    - get: {{call: http, with: {{method: get, endpoint: 'http://x/'}}}}
    catch: {catch}
- after: {{set: '${{ [.] }}'}}
"
    )
}

/// Runs it: each attempt takes 10 ms and fails with 503, but number `good` (from 1).
fn tried(catch: &str, good: u64) -> World {
    let mut attempts = 0;
    World::acted(&rest(catch), json!("in"), |_| {
        attempts += 1;
        if attempts == good {
            Reply::DoneAfter(10, json!("out"))
        } else {
            Reply::FailAfter(10, 503)
        }
    })
}

fn retries(world: &World) -> Vec<u64> {
    let events = world.history.iter();
    events
        .filter_map(|(at, event)| match event {
            Event::RetryScheduled { due, .. } => Some(due.0 - at.0),
            _ => None,
        })
        .collect()
}

#[test]
fn without_an_error_the_list_is_the_output() {
    assert_eq!(
        tried("{do: [{x: {set: never}}]}", 1).output(),
        json!(["out"])
    );
}

#[test]
fn a_handler_starts_from_the_input_and_sees_the_error() {
    let world = tried(
        "{as: problem, do: [{x: {set: {input: '${ . }', error: '${ $problem }'}}}]}",
        0,
    );
    let error = json!({
        "type": "https://open-workflow-specification.org/spec/1.0.0/errors/communication",
        "status": 503,
        "title": "Communication error",
        "detail": "answered 503",
        "instance": "/do/0/attempt/try/0/get",
    });
    assert_eq!(world.output(), json!([{"input": "in", "error": error}]));
}

#[test]
fn a_catch_without_do_passes_the_input() {
    assert_eq!(tried("{}", 0).output(), json!(["in"]));
}

#[test]
fn a_catch_can_lead_elsewhere() {
    assert_eq!(tried("{then: end}", 0).output(), json!("in"));
    let world = tried("{do: [{x: {set: handled}}], then: end}", 0);
    assert_eq!(world.output(), json!("handled"));
    // Not if nothing was caught.
    assert_eq!(tried("{then: end}", 1).output(), json!(["out"]));
}

#[test]
fn a_filter_is_a_conjunction_and_types_match_under_every_host() {
    let catch = |with: &str| format!("{{errors: {{with: {{{with}}}}}}}");
    for with in [
        "status: 503",
        "type: 'https://open-workflow-specification.org/spec/1.0.0/errors/communication'",
        "type: 'https://serverlessworkflow.io/spec/1.0.0/errors/communication'",
        "type: 'https://serverlessworkflow.io/dsl/errors/types/communication', status: 503",
        "instance: /do/0/attempt/try/0/get, detail: answered 503",
        "title: Communication error",
    ] {
        assert_eq!(tried(&catch(with), 0).output(), json!(["in"]), "{with}");
    }
    for with in [
        "status: 500",
        "type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout'",
        "status: 503, title: Another",
        "status: 503, instance: /do/0/attempt",
    ] {
        assert_eq!(tried(&catch(with), 0).error().status, 503, "{with}");
    }
}

#[test]
fn when_and_except_when_see_the_error() {
    for caught in [
        "{when: .status == 503}",
        "{when: $error.status == 503}",
        "{as: e, when: '$e.status == 503 and $input == \"in\"'}",
        "{exceptWhen: .status == 500}",
        "{when: .status == 503, exceptWhen: .status == 500}",
    ] {
        assert_eq!(tried(caught, 0).output(), json!(["in"]), "{caught}");
    }
    for escaping in [
        "{when: .status == 500}",
        "{exceptWhen: $error.status == 503}",
        "{when: .status == 503, exceptWhen: .status == 503}",
    ] {
        assert_eq!(tried(escaping, 0).error().status, 503, "{escaping}");
    }
}

#[test]
fn a_condition_that_fails_is_an_error_of_the_try() {
    let world = tried("{when: .status.x}", 0);
    let error = world.error();
    assert!(error.type_.ends_with("/errors/expression"));
    assert_eq!(error.instance.as_deref(), Some("/do/0/attempt"));
}

#[test]
fn an_error_in_the_handler_escapes() {
    let raise = "{raise: {error: {type: 'x:y', status: 400}}}";
    let world = tried(&format!("{{do: [{{x: {raise}}}]}}"), 0);
    assert_eq!(world.error().status, 400);
    assert_eq!(
        world.error().instance.as_deref(),
        Some("/do/0/attempt/catch/do/0/x")
    );
}

#[test]
fn retries_come_before_the_handler_and_the_handler_runs_once() {
    let catch = "{retry: {delay: {seconds: 1}, limit: {attempt: {count: 2}}}, do: [{x: {set: '${ $error.status }'}}]}";
    let world = tried(catch, 0);
    assert_eq!(world.output(), json!([503]));
    assert_eq!(world.state.actions, 3);
    assert_eq!(retries(&world), [1_000, 1_000]);
    assert_eq!(world.elapsed_ms(), 2_030);
    assert_eq!(tried(catch, 3).output(), json!(["out"]));
}

#[test]
fn a_catch_that_only_retries_lets_the_last_error_escape() {
    let world = tried("{retry: {limit: {attempt: {count: 5}}}}", 0);
    assert_eq!(world.error().status, 503);
    assert_eq!(world.state.actions, 6);
    let handled = tried("{retry: {limit: {attempt: {count: 1}}}, then: continue}", 0);
    assert_eq!(handled.output(), json!(["in"]));
}

#[test]
fn delays_grow_as_the_backoff_says() {
    let catch = |backoff: &str| {
        format!(
            "{{retry: {{delay: {{seconds: 2}}, backoff: {{{backoff}: {{}}}}, limit: {{attempt: {{count: 4}}}}}}}}"
        )
    };
    let delays = |backoff| retries(&tried(&catch(backoff), 0));
    assert_eq!(delays("constant"), [2_000, 2_000, 2_000, 2_000]);
    assert_eq!(delays("linear"), [2_000, 4_000, 6_000, 8_000]);
    assert_eq!(delays("exponential"), [2_000, 4_000, 8_000, 16_000]);
}

#[test]
fn jitter_is_within_its_range_and_the_same_in_every_run() {
    let catch = "{retry: {delay: {seconds: 1}, jitter: {from: {milliseconds: 100}, to: {milliseconds: 200}}, limit: {attempt: {count: 20}}}}";
    let delays = retries(&tried(catch, 0));
    assert_eq!(delays, retries(&tried(catch, 0)));
    assert!(delays.iter().all(|delay| (1_100..=1_200).contains(delay)));
    assert!(delays.iter().any(|delay| *delay != delays[0]));
}

#[test]
fn a_delay_can_be_computed() {
    let world = tried(
        "{retry: {delay: '${ {seconds: ($input | length)} }', limit: {attempt: {count: 1}}}}",
        0,
    );
    assert_eq!(retries(&world), [2_000]);
}

#[test]
fn retry_conditions_decide_whether_to_retry_not_whether_to_catch() {
    let catch =
        "{retry: {when: .status == 500, limit: {attempt: {count: 2}}}, do: [{x: {set: handled}}]}";
    let world = tried(catch, 0);
    assert_eq!(world.output(), json!(["handled"]));
    assert_eq!(world.state.actions, 1);
    let except = "{retry: {exceptWhen: $error.status == 503, limit: {attempt: {count: 2}}}}";
    assert_eq!(tried(except, 0).state.actions, 1);
}

#[test]
fn an_attempt_that_takes_too_long_is_a_failure_like_another() {
    let catch = "{errors: {with: {status: 408}}, retry: {limit: {attempt: {count: 2, duration: {seconds: 1}}}}, do: [{x: {set: '${ $error.instance }'}}]}";
    let world = World::acted(&rest(catch), json!("in"), |_| Reply::Silence);
    assert_eq!(world.output(), json!(["/do/0/attempt"]));
    assert_eq!(world.elapsed_ms(), 3_000);
    assert_eq!(world.state.actions, 3);
    // Cancelled, not awaited any more: its late outcome changes nothing.
    let late = world
        .history
        .iter()
        .filter(|(_, event)| matches!(event, Event::TaskCancelled { .. }));
    assert_eq!(late.count(), 3);
}

#[test]
fn all_attempts_together_can_be_limited() {
    let catch = |rest: &str| {
        format!(
            "{{retry: {{delay: {{seconds: 1}}, limit: {{duration: {{milliseconds: 2500}}}}}}{rest}}}"
        )
    };
    let world = tried(&catch(""), 0);
    assert_eq!(world.error().status, 408);
    assert_eq!(world.error().instance.as_deref(), Some("/do/0/attempt"));
    assert_eq!(world.elapsed_ms(), 2_500);
    assert_eq!(world.state.actions, 3);
    let handled = tried(&catch(", do: [{x: {set: '${ $error.status }'}}]"), 0);
    assert_eq!(handled.output(), json!([408]));
    // It is counted from the first attempt's start, and interrupts one that is running.
    let silent = World::acted(&rest(&catch("")), json!("in"), |_| Reply::Silence);
    assert_eq!(silent.error().status, 408);
    assert_eq!(silent.elapsed_ms(), 2_500);
}

#[test]
fn a_handler_is_not_under_the_limits_of_the_attempts() {
    let catch = "{retry: {limit: {attempt: {count: 1, duration: {seconds: 1}}, duration: {seconds: 3}}}, do: [{x: {wait: {hours: 1}}}]}";
    let world = tried(catch, 0);
    assert_eq!(world.output(), json!(["in"]));
    assert_eq!(world.elapsed_ms(), 3_600_020);
}

#[test]
fn nested_retries_begin_anew() {
    let world = World::acted(
        "\
do:
- outer:
    try:
    - inner:
        try:
        - get: {call: http, with: {method: get, endpoint: 'http://x/'}}
        catch: {retry: {limit: {attempt: {count: 2}}}}
    catch: {retry: {limit: {attempt: {count: 1}}}, do: [{x: {set: '${ $error.status }'}}]}
",
        json!(0),
        |_| Reply::Fail(503),
    );
    assert_eq!(world.output(), json!(503));
    assert_eq!(world.state.actions, 6);
    assert_eq!(world.state.steps, 1 + 2 * (1 + 3) + 1);
}

#[test]
fn each_attempt_starts_from_the_input() {
    let world = World::ran(
        "\
do:
- attempt:
    try:
    - one: {set: '${ . + 1 }', export: {as: $context + 1}}
    - fail:
        if: $context < 3
        raise: {error: {type: 'x:y', status: 400}}
    catch: {retry: {limit: {attempt: {count: 5}}}}
",
        json!(0),
    );
    // The context is not undone, the data are.
    assert_eq!(world.output(), json!(1));
    assert_eq!(world.state.context.as_value(), &json!(3));
}

#[test]
fn errors_pass_what_does_not_catch_them() {
    let world = World::acted(
        "\
do:
- outer:
    try:
    - loop:
        for: {in: [1, 2]}
        do:
        - both:
            fork:
              branches:
              - a:
                  try:
                  - get: {call: http, with: {method: get, endpoint: 'http://x/'}}
                  catch: {errors: {with: {status: 404}}}
              - b: {wait: {hours: 1}}
    catch: {do: [{x: {set: '${ $error.instance }'}}]}
",
        json!(0),
        |_| Reply::Fail(500),
    );
    assert_eq!(
        world.output(),
        json!("/do/0/outer/try/0/loop/do/0/both/fork/branches/0/a/try/0/get")
    );
    let faulted = world
        .history
        .iter()
        .filter(|(_, event)| matches!(event, Event::TaskFaulted { .. }));
    assert_eq!(faulted.count(), 4, "get, a, both, loop");
    assert_eq!(world.elapsed_ms(), 0);
}

#[test]
fn a_raise_keeps_its_own_instance_and_fills_in_another() {
    let raise = |more: &str| {
        World::ran(
            &format!(
                "use: {{errors: {{known: {{type: 'x:known', status: 418}}}}}}\ndo:\n- boom: {{raise: {{error: {more}}}}}\n"
            ),
            json!({"n": 5}),
        )
    };
    let world = raise("{type: 'x:y', status: 400, title: T, detail: '${ \"n is \\(.n)\" }'}");
    assert_eq!(
        world.error(),
        &WorkflowError {
            type_: "x:y".into(),
            status: 400,
            title: Some("T".into()),
            detail: Some("n is 5".into()),
            instance: Some("/do/0/boom".into()),
        }
    );
    let own = raise("{type: 'x:y', status: 400, instance: /mine}");
    assert_eq!(own.error().instance.as_deref(), Some("/mine"));
    let named = raise("known");
    assert_eq!(named.error().status, 418);
}

#[test]
fn an_executors_error_gets_the_tasks_reference() {
    let mut world = World::new(&rest("{errors: {with: {status: 400}}}"));
    world.start(Value::Null);
    let task = world.actions[0].task;
    world.report(task, Outcome::Failed(ErrorKind::Authentication.error("no")));
    assert_eq!(
        world.error().instance.as_deref(),
        Some("/do/0/attempt/try/0/get")
    );
    assert_eq!(world.error().status, 401);
}
