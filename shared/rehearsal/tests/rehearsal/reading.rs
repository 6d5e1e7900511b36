//! What is wrong with a script is said with its place.

use weir_rehearsal::Script;

use super::program;

#[test]
fn everything_wrong_is_said_at_once() {
    let flow = program(
        "\
do:
- call: {call: http, with: {method: get, endpoint: 'http://shop'}}
- again: {do: [{again: {set: {b: 1}}}]}
",
    );
    let tests = "\
case: 1
cases:
- nam: misspelt
  input: 1
  expect: {}
- name: ''
  actions:
    cal: {output: 1}
    again: {output: 1, never: true}
    call: {never: false, delay: soon}
  events:
  - {at: PT1S, delay: PT1S, event: {data: 1}}
  - {after: call}
  expect: {output: 1, error: {kind: timeout}, statsu: ok, path: call, timeouts: [workflow]}
- name: nothing is expected
";
    let problems = Script::read(tests, "flow.test.yaml", &flow).unwrap_err();
    let rendered: Vec<_> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(rendered.join("\n"), @r#"
    1:1: unknown property `case` [T001]: did you mean `cases`? the document may have `workflow`, `actions` and `cases`
    3:3: unknown property `nam` [T001]: did you mean `name`? item 1 may have `name`, `input`, `actions`, `events` and `expect`
    3:3: item 1 has no `name` [T002]: add `name:` with what the case shows
    5:3: nothing is expected [T006]: say how it ends: `output`, `error` or `status`
    6:3: `name` is empty [T003]: expected a text
    8:5: the workflow has no task `cal` [T004]: did you mean `call`?
    9:5: the workflow has 2 tasks `again` [T004]: write the pointer to one: `/do/1/again` or `/do/1/again/do/0/again`
    9:24: `never` cannot stand beside `output` [T005]: keep one of `output`, `error` and `never`
    10:12: `never` is not `true` [T003]: write `never: true`, or an `output` or `error`
    10:26: `delay` is no duration: ISO 8601 durations begin with `P` [T003]: write `{ minutes: 15 }` or `PT15M`
    12:16: `delay` does not go with `at` [T001]: add it to `at`
    12:29: the event has no `type` [T003]: add `type:` with the type of the event
    13:5: item 2 has none of `event` and `cancel` [T005]: add exactly one of `event` or `cancel`
    14:23: `error` cannot stand beside `output` [T005]: a workflow that faults has no output: keep one of them
    14:31: unknown property `kind` [T001]: `error` may have `type`, `status`, `title`, `detail` and `instance`
    14:47: unknown property `statsu` [T001]: did you mean `status`? `expect` may have `status`, `output`, `error`, `path`, `runs`, `skips`, `emits`, `timeouts`, `requests`, `lasts` and `within`
    14:59: `path` is a string [T003]: expected a list of tasks
    14:82: the workflow has no task `workflow` [T004]: its tasks are `call`, `again` and `again`
    15:3: item 3 has no `expect` [T002]: add `expect:` with what is to come of it
    "#);
}

#[test]
fn broken_text_is_said_where_it_breaks() {
    let flow = program("do: [{a: {set: {b: 1}}}]\n");
    let problems = Script::read("cases: [", "flow.test.yaml", &flow).unwrap_err();
    assert_eq!(problems.len(), 1);
    let problems = Script::read("- 1", "flow.test.yaml", &flow).unwrap_err();
    assert_eq!(problems[0].code, "T003");
    let problems = Script::read("", "flow.test.yaml", &flow).unwrap_err();
    assert_eq!(problems[0].code, "E009");
}
