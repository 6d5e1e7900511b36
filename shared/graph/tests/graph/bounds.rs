//! What paths through lists can cost.

use weir_graph::Bound;

use crate::bound;

/// Steps, actions, milliseconds, branches.
fn check(name: &str, rest: &str, expected: (u64, u64, u64, u64)) {
    let Bound {
        steps,
        actions,
        duration_ms,
        branches,
        ..
    } = bound(rest);
    assert_eq!((steps, actions, duration_ms, branches), expected, "{name}");
}

const CALL: &str = "{call: http, with: {method: get, endpoint: 'https://x'}}";

#[test]
fn adds_a_sequence() {
    check("set", "do: [a: {set: {x: 1}}]", (1, 0, 0, 1));
    check("wait", "do: [a: {wait: PT3S}]", (1, 0, 3_000, 1));
    check(
        "wait, computed",
        "do: [a: {wait: '${ .t }'}]",
        (1, 0, 30_000, 1),
    );
    check("call", &format!("do: [a: {CALL}]"), (1, 1, 1_000, 1));
    check(
        "run",
        "do: [a: {run: {shell: {command: ls}}}]",
        (1, 1, 1_000, 1),
    );
    let listen = "do: [a: {listen: {to: {any: []}}}]";
    check("listen", listen, (1, 0, 2_000, 1));
    let emit = "do: [a: {emit: {event: {with: {type: x}}}}]";
    check("emit", emit, (1, 0, 0, 1));
    let raise = "do: [a: {raise: {error: {type: 'https://x/y', status: 500}}}]";
    check("raise", raise, (1, 0, 0, 1));
    let all = format!("do: [a: {{wait: PT3S}}, b: {CALL}, c: {{do: [d: {CALL}, e: {CALL}]}}]");
    check("sequence", &all, (5, 3, 6_000, 1));
}

#[test]
fn takes_the_longest_path_and_not_all_tasks() {
    let switch = "
        do:
          - choose:
              switch:
                - long: {when: .a, then: long}
                - short: {then: short}
          - long: {wait: PT5S, then: exit}
          - short: {do: [a: {set: {x: 1}}, b: {set: {x: 1}}, c: {set: {x: 1}}]}
    ";
    // Most steps on one way, most time on the other.
    check("switch", switch, (5, 0, 5_000, 1));
    let no_default = "
        do:
          - choose:
              switch:
                - one: {when: .a, then: exit}
              then: b
          - a: {wait: PT9S}
          - b: {wait: PT1S}
    ";
    check("switch without default", no_default, (2, 0, 1_000, 1));
    let ended = "do: [a: {wait: PT1S, then: end}, b: {wait: PT9S}]";
    check("end", ended, (1, 0, 1_000, 1));
    let inner = "do: [a: {do: [b: {wait: PT1S, then: end}]}, c: {wait: PT9S}]";
    check("end within", inner, (2, 0, 1_000, 1));
    let exit = "do: [a: {do: [b: {wait: PT1S, then: exit}, d: {wait: PT5S}]}, c: {wait: PT9S}]";
    check("exit within", exit, (3, 0, 10_000, 1));
    let raise = "
        do:
          - a: {raise: {error: {type: 'https://x/y', status: 500}}}
          - b: {wait: PT9S}
    ";
    check("raise", raise, (1, 0, 0, 1));
    let perhaps = "
        do:
          - a: {if: .x, raise: {error: {type: 'https://x/y', status: 500}}}
          - b: {wait: PT9S}
    ";
    // The raise is skipped, or it is the only step: never both.
    check("raise, perhaps", perhaps, (1, 0, 9_000, 1));
}

#[test]
fn skips_to_the_next_task_not_to_then() {
    let skip = "
        do:
          - a: {if: .x, set: {x: 1}, then: c}
          - b: {wait: PT9S}
          - c: {wait: PT1S}
    ";
    check("skip", skip, (2, 0, 10_000, 1));
}

#[test]
fn follows_backward_jumps() {
    let back = "
        do:
          - start: {set: {x: 1}, then: last}
          - first: {wait: PT1S, then: end}
          - middle: {wait: PT2S, then: first}
          - last: {wait: PT4S, then: middle}
    ";
    check("backward", back, (4, 0, 7_000, 1));
}

#[test]
fn takes_the_slowest_branch() {
    let fork = |compete| {
        format!(
            "
            do:
              - split:
                  fork:
                    compete: {compete}
                    branches:
                      - a: {CALL}
                      - b: {{do: [c: {{wait: PT7S}}, d: {CALL}]}}
                      - e: {{fork: {{branches: [f: {{wait: PT1S}}, g: {{wait: PT2S}}]}}}}
              - after: {{wait: PT1S}}
            "
        )
    };
    check("fork", &fork(false), (9, 2, 9_000, 4));
    // A branch that faults does not end the race.
    check("race", &fork(true), (9, 2, 9_000, 4));
}

#[test]
fn ends_a_race_with_the_branch_that_cannot_fault() {
    let race = |wait: &str| {
        format!(
            "do: [a: {{fork: {{compete: true, branches: [b: {{listen: {{to: {{any: []}}}}}}, \
             c: {wait}]}}}}]"
        )
    };
    check("sure", &race("{wait: PT1S}"), (3, 0, 1_000, 2));
    let list = "{do: [d: {wait: PT1S}, e: {set: {x: 1}}]}";
    check("sure list", &race(list), (5, 0, 1_000, 2));
    check("computed", &race("{wait: '${ .t }'}"), (3, 0, 30_000, 2));
    let filtered = "{wait: PT1S, output: {as: .x}}";
    check("may fail after", &race(filtered), (3, 0, 2_000, 2));
    let timed = "{wait: PT1S, timeout: {after: PT1S}}";
    check("may time out", &race(timed), (3, 0, 2_000, 2));
    check(
        "skipped at once",
        &race("{if: .x, wait: PT1S}"),
        (3, 0, 2_000, 2),
    );
}

#[test]
fn caps_time_by_deadlines() {
    let task = "do: [a: {do: [b: {wait: PT9S}], timeout: {after: PT2S}}, c: {wait: PT1S}]";
    check("task", task, (3, 0, 3_000, 1));
    let workflow = "timeout: {after: PT2S}\ndo: [a: {wait: PT9S}]";
    check("workflow", workflow, (1, 0, 2_000, 1));
    let computed = "timeout: {after: '${ .t }'}\ndo: [a: {wait: PT99S}]";
    check("workflow, computed", computed, (1, 0, 30_000, 1));
    let long = "do: [a: {wait: P9999999D}]";
    check("default", long, (1, 0, 1_000_000_000_000, 1));
}
