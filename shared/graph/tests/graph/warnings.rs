//! What compiles, but is warned of; and the examples of the explanations.

use insta::assert_snapshot;
use weir_definition::diagnostic::{Severity, explanations};
use weir_graph::Limits;

use crate::{HEAD, parse, told, warned};

#[test]
fn each_example_has_its_code() {
    for explanation in explanations().filter(|each| !each.example.is_empty()) {
        let (code, example) = (explanation.code, explanation.example);
        let text = if example.starts_with("document:") {
            example.to_owned()
        } else {
            format!("{HEAD}{example}")
        };
        let limits = Limits {
            steps_max: 1_000_000,
            ..Limits::default()
        };
        let definition = weir_definition::parse(&text, "example.yaml");
        let compiled = definition.and_then(|parsed| weir_graph::compile(&parsed, &limits));
        let found = match (&compiled, explanation.severity()) {
            (Err(errors), Severity::Error) => errors,
            (Ok(program), Severity::Warning) => &program.warnings,
            (other, severity) => panic!("{code} is an {severity:?}: {other:?}"),
        };
        let codes: Vec<_> = found.iter().map(|diagnostic| diagnostic.code).collect();
        assert!(codes.contains(&code), "{code}: {codes:?}\n{text}");
    }
}

#[test]
fn what_no_way_leads_to() {
    let warned = warned(
        "
        do:
          - a: {set: {x: 1}, then: c}
          - b: {do: [inner: {set: {x: 2}}]}
          - c: {switch: [one: {when: .x, then: end}, two: {then: exit}]}
          - d: {raise: {error: {type: 'https://x', status: 500}}}
        ",
    );
    assert_snapshot!(warned, @r"
    3:5 W001 `b` is never run: no way leads to it
    5:5 W001 `d` is never run: no way leads to it
    ");
}

#[test]
fn what_never_ends_well_leads_nowhere() {
    let warned = warned(
        "
        do:
          - a: {do: [end: {set: {x: 1}, then: end}]}
          - b: {set: {x: 1}}
          - c: {set: {x: 1}, if: 'false'}
        ",
    );
    assert_snapshot!(warned, @r"
    3:5 W001 `b` is never run: no way leads to it
    4:5 W001 `c` is never run: no way leads to it
    4:22 W001 `c` is never run: its `if` is never true
    ");
}

#[test]
fn deadlines_that_do_not_fit() {
    let warned = warned(
        "
        timeout: {after: PT1H}
        do:
          - a: {wait: PT2H}
          - b: {do: [c: {wait: PT1M, timeout: {after: PT30M}}], timeout: {after: PT10M}}
          - d: {wait: PT10M, timeout: {after: PT9M}}
          - e:
              try: [f: {wait: PT1M}]
              catch:
                retry: {delay: PT1S, limit: {attempt: {count: 2, duration: PT30S}}}
                do: [g: {wait: PT1M}]
          - fine: {wait: PT1H, timeout: {after: PT1H}}
          - unknown: {wait: PT1M, timeout: {after: '${ .x }'}}
        ",
    );
    assert_snapshot!(warned, @r"
    3:9 W003 the wait of 2 h never ends: the workflow's timeout of 1 h is earlier
    4:30 W002 the timeout of 30 min never comes: the timeout of `b`, 10 min, is earlier
    5:9 W003 the wait of 10 min never ends: the timeout of `d`, 9 min, is earlier
    7:17 W003 the wait of 1 min never ends: the time for attempts of `e`, 30 s, is earlier
    ");
    let limits = Limits {
        workflow_timeout_ms: 60_000,
        ..Limits::default()
    };
    let long = parse("do: [a: {listen: {to: {any: []}}, timeout: {after: PT2M}}]");
    let program = weir_graph::compile(&long, &limits).unwrap();
    assert_snapshot!(told(&program.warnings), @r"1:35 W002 the timeout of 2 min never comes: the workflow's default timeout of 1 min is earlier");
}

#[test]
fn retries_without_time() {
    let policy = |more: &str| {
        warned(&format!(
            "do: [t: {{try: [r: {{raise: {{error: {{type: 'https://x', status: 500}}}}}}], catch: {{retry: {{{more}}}}}}}]"
        ))
    };
    let cases = [
        "delay: PT1M, limit: {attempt: {count: 5}, duration: PT3M}",
        "delay: PT1M, backoff: {exponential: {}}, limit: {attempt: {count: 4}, duration: PT10M}",
        "delay: PT1M, backoff: {linear: {}}, jitter: {from: PT1M, to: PT2M}, \
         limit: {attempt: {count: 3}, duration: PT8M}",
        "delay: PT2M, limit: {duration: PT1M}",
        "delay: PT1M, limit: {duration: PT3M}",
        "delay: PT1M, limit: {attempt: {count: 3}, duration: PT3M}",
        "delay: '${ .x }', limit: {attempt: {count: 3}, duration: PT1S}",
    ];
    let told: Vec<String> = cases.map(policy).to_vec();
    assert_snapshot!(told.join("\n"), @r"
    1:80 W004 of 5 retries, number 4 would come after 4 min at the earliest, but `retry.limit.duration` is 3 min
    1:80 W004 of 4 retries, number 4 would come after 15 min at the earliest, but `retry.limit.duration` is 10 min
    1:80 W004 of 3 retries, number 3 would come after 9 min at the earliest, but `retry.limit.duration` is 8 min
    1:80 W004 of 4 retries, number 1 would come after 2 min at the earliest, but `retry.limit.duration` is 1 min
    ");
}

#[test]
fn choices_that_fall_one_way() {
    let warned = warned(
        "
        do:
          - a:
              switch:
                - one: {when: .x, then: b}
                - two: {when: 'false', then: b}
                - three: {when: .x, then: exit}
                - four: {when: 'true', then: b}
                - five: {when: .y, then: exit}
                - other: {then: exit}
          - b: {switch: [other: {then: exit}, one: {when: .x, then: exit}]}
        ",
    );
    assert_snapshot!(warned, @r"
    5:11 W005 the case `two` is never taken: its `when` is never true
    6:11 W005 the case `three` is never taken: an earlier case has the same `when`
    8:11 W005 the case `five` is never taken: an earlier case is always taken
    9:11 W005 the case `other` is never taken: an earlier case is always taken
    ");
}

#[test]
fn catches_that_match_nothing() {
    let warned = warned(
        "
        use: {errors: {mine: {type: 'https://mine', status: 418}}}
        do:
          - a: {try: [x: {wait: PT1S}], catch: {}}
          - b: {try: [x: {set: {y: '${ .z }'}}], catch: {errors: {with: {status: 408}}}}
          - c:
              try: [x: {raise: {error: mine}}]
              catch: {errors: {with: {type: 'https://mine', status: 404}}}
          - d:
              try: [x: {raise: {error: mine}}]
              catch: {errors: {with: {type: 'https://mine'}}}
          - e:
              try: [x: {call: http, with: {method: get, endpoint: 'https://x'}}]
              catch: {errors: {with: {status: 299}}}
          - f:
              try: [x: {wait: '${ .z }', timeout: {after: PT1S}}]
              catch:
                errors: {with: {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout'}}
          - g:
              try: [x: {wait: PT1M}]
              catch:
                errors: {with: {status: 408}}
                retry: {limit: {attempt: {count: 1, duration: PT1S}}}
        ",
    );
    assert_snapshot!(warned, @r"
    3:33 W006 nothing in `a` can fail: its `catch` is never used
    4:59 W006 `errors.with` matches nothing that `b` can fail with: expression (400)
    7:24 W006 `errors.with` matches nothing that `c` can fail with: expression (400), https://mine (418)
    19:17 W003 the wait of 1 min never ends: the time for attempts of `g`, 1 s, is earlier
    ");
}

#[test]
fn correlations_with_nothing() {
    let warned = warned(
        "
        do:
          - a: {listen: {to: {one: {with: {type: x}, correlate: {id: {from: .data.id}}}}}}
          - b:
              listen:
                to:
                  all:
                    - {with: {type: x}, correlate: {id: {from: .data.id}}}
                    - {with: {type: y}, correlate: {id: {from: .data.id}, lone: {from: .data.x}}}
          - c:
              listen:
                to:
                  one: {with: {type: x}, correlate: {id: {from: .data.id, expect: '${ .id }'}}}
        ",
    );
    assert_snapshot!(warned, @r"
    2:58 W007 `id` is compared with nothing: no event before this one sets it, so any event that has it matches
    8:67 W007 `lone` is compared with nothing: no event before this one sets it, so any event that has it matches
    ");
}

#[test]
fn expressions_that_fail_on_their_schema() {
    let warned = warned(
        "
        input:
          schema:
            document:
              type: object
              required: [order]
              properties:
                order:
                  type: object
                  required: [id, lines]
                  properties: {id: {type: string}, lines: {type: array}, note: {type: string}}
        do:
          - a: {for: {in: $workflow.input.order.id}, do: [x: {set: {y: 1}}]}
          - b: {for: {in: $workflow.input.order.id.x}, do: [x: {set: {y: 1}}]}
          - c: {for: {in: $workflow.input.order.lines}, do: [x: {set: {y: 1}}]}
          - optional: {for: {in: $workflow.input.order.note}, do: [x: {set: {y: 1}}]}
          - d:
              input: {schema: {document: {type: string}}, from: .a}
              set: {y: 1}
          - e:
              input: {schema: {document: {type: number}}}
              for: {in: .}
              do: [x: {set: {y: 1}}]
        ",
    );
    assert_snapshot!(warned, @r"
    12:15 W008 `for.in` always fails: `.order.id` is of type string, not array
    13:15 W008 `.x` always fails: `.order.id` is of type string
    17:51 W008 `.a` always fails: `.` is of type string
    21:13 W008 `for.in` always fails: `.` is of type number, not array
    ");
}
