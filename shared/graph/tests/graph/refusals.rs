//! What is wrong, and where exactly.

use std::fmt::Write as _;

use insta::assert_snapshot;
use weir_graph::Limits;

use crate::{compile, limits, refused, refused_with};

#[test]
fn prints_cycles() {
    let circles = refused(
        "
        do:
          - a: {set: {x: 1}}
          - b: {if: .x, set: {x: 1}, then: d}
          - c: {set: {x: 1}}
          - d:
              switch:
                - back: {when: .x, then: b}
                - on: {then: continue}
          - e:
              try: [f: {set: {x: 1}}]
              catch: {then: a}
              then: end
        ",
    );
    assert_snapshot!(circles, @r#"
    7:28 E105 `then` leads round in a circle: b → c → d → b
    11:15 E105 `then` leads round in a circle: a → b → c → d → e → a
    "#);
    let itself = refused("do: [a: {do: [b: {set: {x: 1}, then: b}]}]");
    assert_snapshot!(itself, @r#"1:32 E105 `then` leads round in a circle: b → b"#);
    // The step that closes the circle is no directive, but one before it is.
    let implied = refused(
        "
        do:
          - a: {set: {x: 1}, then: c}
          - b: {set: {x: 1}}
          - c: {set: {x: 1}, then: b}
        ",
    );
    assert_snapshot!(implied, @r#"4:22 E105 `then` leads round in a circle: b → c → b"#);
    // Never reached, but wrong all the same.
    let unreached = refused(
        "
        do:
          - a: {set: {x: 1}, then: end}
          - b: {set: {x: 1}}
          - c: {set: {x: 1}, then: b}
        ",
    );
    assert_snapshot!(unreached, @r#"4:22 E105 `then` leads round in a circle: b → c → b"#);
}

#[test]
fn takes_circles_that_are_counted() {
    let counted = "
        do:
          - a: {set: {x: 1}}
          - b: {set: {x: 1}, metadata: {maxReturns: 3}}
          - c: {switch: [back: {when: .x, then: b}, again: {when: .y, then: b}]}
          - d: {set: {x: 1}}
        ";
    // Once more than it may is an error: 1 + 4 · 2 + 1.
    assert_eq!(compile(counted).bound.steps, 10);
    let numbers = refused(
        "
        do:
          - d: {set: {x: 1}, then: d, metadata: {maxReturns: 0}}
          - e: {set: {x: 1}, then: e, metadata: {maxReturns: 1.5}}
        ",
    );
    assert_snapshot!(numbers, @r"
    2:42 E023 `maxReturns` is 0
    3:42 E023 `maxReturns` is 1.5
    ");
    // Only `b` is on both circles, and it does not say.
    let inner = refused(
        "
        do:
          - a: {set: {x: 1}, metadata: {maxReturns: 3}}
          - b: {set: {x: 1}}
          - c: {switch: [all: {when: .x, then: a}, some: {when: .y, then: b}]}
        ",
    );
    assert_snapshot!(inner, @r"
    4:34 E105 `then` leads round in a circle: a → b → c → a
    4:61 E105 `then` leads round in a circle: b → c → b
    ");
}

#[test]
fn survives_long_lists() {
    let mut text = String::from("do:\n");
    for place in 0..9_999 {
        writeln!(text, "  - t{place}: {{set: {{x: 1}}}}").unwrap();
    }
    assert_eq!(compile(&text).bound.steps, 9_999);
    text.push_str("  - last: {set: {x: 1}, then: t0}\n");
    assert!(refused(&text).starts_with("10001:"));
}

#[test]
fn says_what_costs_too_much() {
    let steps = refused(
        "
        do:
          - cheap: {for: {in: .y}, do: [a: {set: {x: 1}}]}
          - outer:
              for: {in: .x}
              do:
                - more: {set: {x: 1}}
                - attempt:
                    try: [inner: {for: {in: .y}, do: [a: {set: {x: 1}}]}]
                    catch: {retry: {limit: {attempt: {count: 2}}}}
        ",
    );
    assert_snapshot!(steps, @r#"3:5 E106 the workflow may start up to 30602 tasks, more than 10000: `outer` iterates up to 100 times, `attempt` retries up to 2 times, `inner` iterates up to 100 times"#);
    let limits = Limits {
        steps_max: 2,
        ..limits()
    };
    let plain = "do: [a: {set: {x: 1}}, b: {do: [c: {set: {x: 1}}]}]";
    assert_snapshot!(refused_with(plain, &limits), @r#"1:24 E106 the workflow may start up to 3 tasks, more than 2: most of them in `b`"#);
    let branches: Vec<_> = (0..6)
        .map(|place| {
            format!(
                "b{place}: {{fork: {{branches: [c: {{set: {{x: 1}}}}, d: {{set: {{x: 1}}}}]}}}}"
            )
        })
        .collect();
    let fork = format!(
        "do:\n  - a:\n      fork: {{branches: [{}]}}",
        branches.join(", ")
    );
    assert_snapshot!(refused(&fork), @r#"2:5 E106 the workflow may have up to 12 branches in progress at the same time, more than 10"#);
}

#[test]
fn says_which_limit_is_exceeded() {
    let text = "
        do:
          - a: {emit: {event: {with: {type: t}}}}
          - b:
              for: {in: .lines}
              do:
                - c: {call: http, with: {method: get, endpoint: 'https://x'}}
                - d: {wait: PT1M}
        ";
    let limits = Limits {
        actions_max: 99,
        emits_max: 0,
        events_max: 500,
        duration_ms_max: 3_600_000,
        ..limits()
    };
    assert_snapshot!(refused_with(text, &limits), @r"
    2:5 E106 the workflow may emit up to 1 events, more than 0: most of them in `a`
    3:5 E106 the workflow may request up to 100 actions, more than 99: `b` iterates up to 100 times
    3:5 E106 the workflow may write up to 706 events to its journal, more than 500: `b` iterates up to 100 times
    3:5 E106 the workflow may take 1 h 41 min, more than 1 h: most of it in `b`
    ");
}

#[test]
fn places_errors_inside_expressions() {
    let places = refused(
        "
        do:
          - plain: {set: {x: '${ .a | }'}}
          - bare: {if: .a | nothing, set: {x: 1}}
          - double:
              set:
                x: \"${ \\\"a\\\" + nothing }\"
          - folded:
              if: >-
                .first
                | nothing
              set: {x: 1}
          - literal:
              if: |
                .first
                  | nothing
              set: {x: 1}
          - nested:
              set:
                list:
                  - 1
                  - deep: ${ .a | nothing }
        ",
    );
    assert_snapshot!(places, @r#"
    2:30 E101 `x`: expected term but the expression ends
    3:21 E101 `if`: there is no filter `nothing`
    6:24 E101 `x`: there is no filter `nothing`
    10:11 E101 `if`: there is no filter `nothing`
    15:13 E101 `if`: there is no filter `nothing`
    21:27 E101 `deep`: there is no filter `nothing`
    "#);
}

#[test]
fn names_the_field_of_every_expression() {
    let fields = refused(
        "
        input: {from: nothing}
        output: {as: {x: '${ nothing }'}}
        timeout: {after: '${ nothing }'}
        use:
          retries:
            policy: {when: nothing, delay: '${ nothing }'}
        do:
          - a:
              switch: [one: {when: nothing, then: end}]
              input: {from: nothing}
              output: {as: nothing}
              export: {as: nothing}
              timeout: {after: '${ nothing }'}
          - b:
              for: {in: nothing}
              while: nothing
              do: [c: {wait: '${ nothing }'}]
          - d:
              try: [e: {set: '${ nothing }'}]
              catch: {when: nothing, exceptWhen: nothing, retry: policy}
          - f:
              try: [g: {raise: {error: {type: '${ nothing }', status: 500}}}]
              catch: {retry: policy}
          - h:
              call: http
              with:
                method: '${ nothing }'
                endpoint:
                  uri: ${ nothing }
                  authentication: {bearer: {token: '${ nothing }'}}
                headers: {a: '${ nothing }'}
                query: '${ nothing }'
                body: ['${ nothing }']
          - i:
              run:
                shell:
                  command: '${ nothing }'
                  arguments: [a, '${ nothing }']
                  environment: {A: '${ nothing }'}
                  stdin: '${ nothing }'
          - j: {emit: {event: {with: {type: a, data: {x: '${ nothing }'}}}}}
          - k:
              listen:
                to:
                  one:
                    with: {type: '${ nothing }'}
                    correlate: {key: {from: nothing, expect: '${ nothing }'}}
        ",
    );
    // What is wrong with a program is for the expression crate to say.
    let places = fields.lines().map(|line| line.split_once("`:").unwrap().0);
    assert_snapshot!(places.collect::<Vec<_>>().join("\n"), @r#"
    1:15 E101 `from
    2:22 E101 `x
    3:22 E101 `after
    6:20 E101 `when
    6:40 E101 `delay
    9:28 E101 `when
    10:21 E101 `from
    11:20 E101 `as
    12:20 E101 `as
    13:28 E101 `after
    15:17 E101 `in
    16:14 E101 `while
    17:26 E101 `wait
    19:26 E101 `set
    20:21 E101 `when
    20:42 E101 `exceptWhen
    22:43 E101 `type
    27:21 E101 `method
    29:19 E101 `uri
    30:48 E101 `token
    31:26 E101 `a
    32:20 E101 `query
    33:20 E101 `0
    37:24 E101 `command
    38:30 E101 `1
    39:32 E101 `A
    40:22 E101 `stdin
    41:54 E101 `x
    46:30 E101 `type
    47:37 E101 `from
    47:58 E101 `expect
    "#);
}

#[test]
fn knows_which_variables_are_in_scope() {
    compile(
        "
        do:
          - a:
              for: {each: x, at: i, in: '[1, 2]'}
              while: $i < 3 and $x
              do:
                - b:
                    for: {in: $x}
                    do:
                      - c: {set: {all: '${ [$x, $i, $item, $index] }'}}
                - d:
                    try: [e: {set: {x: '${ $x }'}}]
                    catch:
                      as: problem
                      when: $problem.status == $i
                      retry: {when: $problem, delay: '${ $problem.delay }'}
                      do: [f: {set: {x: '${ [$problem, $x] }'}}]
        ",
    );
    let outside = refused(
        "
        do:
          - a:
              for: {in: $item}
              do: [b: {set: {x: 1}}]
              output: {as: $index}
          - c:
              try: [d: {set: {x: '${ $error }'}}]
              catch: {do: [e: {set: {x: 1}}]}
              if: $error
        ",
    );
    let places = outside.lines().map(|line| line.split_once("`:").unwrap().0);
    assert_snapshot!(places.collect::<Vec<_>>().join("\n"), @r#"
    3:17 E101 `in
    5:20 E101 `as
    7:30 E101 `x
    9:11 E101 `if
    "#);
}

#[test]
fn takes_text_literally_in_loose_mode() {
    let loose = "
        evaluate: {mode: loose}
        do:
          - a: {set: {x: .a + 1, y: 'just | words (', z: '${ .b }'}}
    ";
    compile(loose);
    assert!(refused(&loose.replace("loose", "strict").replace(".b", "b")).contains("`z`"));
}

#[test]
fn refuses_bad_endpoints_and_schemas() {
    let refused = refused(
        "
        input: {schema: {document: {type: nothing}}}
        do:
          - a: {call: http, with: {method: get, endpoint: 'https://x/{?a}'}}
          - b:
              set: {x: 1}
              output: {schema: {document: {$ref: 'https://example.com/elsewhere'}}}
        ",
    );
    assert_snapshot!(refused, @r#"
    1:18 E103 the schema is not valid: "nothing" is not valid under any of the schemas listed in the 'anyOf' keyword
    3:63 E102 the endpoint is no URI template: only plain `{name}` is supported (RFC 6570 level 1)
    6:25 E103 the schema is not valid: Resource 'https://example.com/elsewhere' is another document
    "#);
}

#[test]
fn refuses_what_containers_cannot_map() {
    let refused = refused(
        "
        do:
          - a: {run: {container: {image: x, ports: {'80': '${ .p }', http: 80}}}}
          - b: {run: {container: {image: x, volumes: {'/a': b}}}}
          - c: {run: {container: {image: x, ports: {'8080': 80, '127.0.0.1:53': 53/udp}, volumes: {'/a': '/b:ro'}}}}
        ",
    );
    assert_snapshot!(refused, @"
    2:62 E023 `ports` cannot map `http` to `80`
    3:47 E023 `volumes` cannot map `/a` to `b`
    ");
}
