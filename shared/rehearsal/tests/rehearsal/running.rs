//! What fails, and what it says.

use weir_rehearsal::Point;

use super::{failures, program, run};

const SHOP: &str = "\
do:
- ask:
    try:
    - call: {call: http, with: {method: get, endpoint: 'http://shop/{id}'}, timeout: {after: {seconds: 3}}}
    catch: {errors: {with: {status: 503}}, retry: {delay: {seconds: 1}, limit: {attempt: {count: 2}}}}
- extra: {if: '.extra? // false', set: extra}
- way:
    switch:
    - first: {when: . == 1, then: end}
    - second: {when: . == 2, then: end}
    - other: {then: continue}
- last: {set: done}
";

#[test]
fn each_expectation_says_what_came() {
    let tests = "\
cases:
- name: everything is otherwise
  actions: {call: {output: 1, delay: PT1S}}
  expect:
    status: faulted
    output: 2
    path: [ask, call]
    runs: [last]
    skips: [call]
    emits: [{type: a}]
    timeouts: [call, $workflow]
    requests: {call: {method: PUT}}
    lasts: PT2S
    within: {milliseconds: 1}
- name: no error
  actions: {call: {output: 3}}
  expect: {error: {type: timeout}}
";
    insta::assert_snapshot!(failures(&run(&program(SHOP), tests)).join("\n"), @r#"
    5 status: expected faulted; came completed with 1
    6 output: expected 2; came completed with 1
    7 path: expected ask, call; came ask, call, way
    8 runs: expected last; came ask, call, way
    9 skips: expected call; came call ran
    10 emits: expected [{"type":"a"}]; came []
    11 timeouts: expected call, $workflow; came none
    12 requests: expected [{"method":"PUT"}]; came [{"function":"http","method":"GET","uri":"http://shop/","output":"content"}]
    13 lasts: expected 2 s; came 1 s
    14 within: expected at most 0.001 s; came 1 s
    17 error: expected {"type":"https://open-workflow-specification.org/spec/1.0.0/errors/timeout"}; came completed with "done"
    "#);
}

#[test]
fn a_trace_says_what_happened() {
    let tests = "\
cases:
- name: retried
  actions:
    call:
    - {error: {status: 503, detail: closed}, delay: {milliseconds: 1500}}
    - {never: true}
  expect: {timeouts: [call], error: {type: timeout}}
";
    let report = run(&program(SHOP), tests);
    let none: [&str; 0] = [];
    assert_eq!(failures(&report), none);
    insta::assert_snapshot!(report.performances[0].trace.join("\n"), @r#"
      0 s  started with null
      0 s  ask started
      0 s  call started, asks for http, until 3 s at the latest
    1.5 s  call faulted: closed (status 503) at /do/0/ask/try/0/call
    1.5 s  ask will retry (number 1) at 2.5 s
    2.5 s  ask retries
    2.5 s  call started, asks for http, until 5.5 s at the latest
    5.5 s  call faulted: the task took longer than its timeout (status 408) at /do/0/ask/try/0/call
    5.5 s  ask faulted: the task took longer than its timeout (status 408) at /do/0/ask/try/0/call
    5.5 s  faulted: the task took longer than its timeout (status 408) at /do/0/ask/try/0/call
    "#);
}

#[test]
fn actions_without_an_outcome_and_outcomes_without_an_action() {
    let tests = "\
cases:
- name: none
  expect: {status: completed}
- name: too few
  actions: {call: [{error: {status: 503}}]}
  expect: {status: completed}
- name: too many
  actions: {call: [{output: 1}, {output: 1}]}
  expect: {status: completed}
";
    insta::assert_snapshot!(failures(&run(&program(SHOP), tests)).join("\n"), @r#"
    2 actions: expected an outcome for each action; came `call` asked for an action that has none: add `call:` under `actions`
    4 actions: expected 1 action(s) of `call`; came one more
    7 actions: expected 2 action(s) of `call`; came 1
    "#);
}

#[test]
fn what_was_never_reached_is_known() {
    let tests = "\
cases:
- name: second
  actions: {call: {output: 2}}
  expect: {output: 2}
- name: other
  actions: {call: [{error: {status: 503}}, {output: {extra: true}}]}
  expect: {output: done}
";
    let report = run(&program(SHOP), tests);
    let none: [&str; 0] = [];
    assert_eq!(failures(&report), none);
    let missing: Vec<_> = report.coverage.missing().map(Point::to_string).collect();
    assert_eq!(missing, ["timeout of call", "case first of way"]);
    assert_eq!(report.coverage.counts(), [(5, 5), (4, 6)]);
}

#[test]
fn an_event_from_before_a_listen_is_found_by_it() {
    let flow = program(
        "\
do:
- pause: {wait: {minutes: 10}}
- paid:
    listen: {to: {one: {with: {type: paid}, correlate: {id: {from: .data.id, expect: '${ .id }'}}}}}
    timeout: {after: {minutes: 1}}
",
    );
    let tests = "\
cases:
- name: early
  input: {id: 7}
  events:
  - {at: {minutes: 5}, event: {type: paid, data: {id: 7}}}
  expect: {output: [{id: 7}], lasts: {minutes: 10}}
- name: late
  input: {id: 7}
  events:
  - {after: paid, delay: {seconds: 61}, event: {type: paid, data: {id: 7}}}
  expect: {error: {type: timeout}, timeouts: [paid], lasts: {minutes: 11}}
";
    let none: [&str; 0] = [];
    assert_eq!(failures(&run(&flow, tests)), none);
}

#[test]
fn an_extended_task_has_its_name() {
    let flow = program(
        "\
use: {extensions: [log: {extend: call, before: [note: {set: noted}]}]}
do:
- call: {call: http, with: {method: get, endpoint: 'http://shop'}}
",
    );
    let tests = "\
cases:
- {name: called, actions: {call: {output: 1}}, expect: {output: 1, runs: [note, call]}}
";
    let none: [&str; 0] = [];
    assert_eq!(failures(&run(&flow, tests)), none);
}
