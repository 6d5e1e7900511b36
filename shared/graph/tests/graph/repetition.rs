//! What loops and retries can cost.

use weir_graph::{Kind, Limits};

use crate::{bound, compile, compile_with, limits};

/// `for` over `in_`, with an action and a second of waiting in each iteration.
fn iteration(in_: &str, more: &str) -> String {
    format!(
        "
        do:
          - loop:
              for: {{in: {in_}}}
              do:
                - a: {{call: http, with: {{method: get, endpoint: 'https://x'}}}}
                - b: {{wait: PT1S}}
              {more}
        "
    )
}

#[test]
fn multiplies_a_loop_by_its_items() {
    let schema = "input: {schema: {document: {properties: {items: {maxItems: 30}}}}}";
    let from = "input: {from: .x, schema: {document: {properties: {items: {maxItems: 30}}}}}";
    let cases = [
        ("[{a: 1}, {a: 2}, {a: 3}]", "", 3),
        (r#"'["a", "b"]'"#, "", 2),
        ("'${ [range(5)] }'", "", 5),
        ("[]", "", 0),
        (".items", "", 100),
        ("'.items[:20]'", "", 20),
        ("'${ .items[:20] }'", "", 20),
        (".items", schema, 30),
        (".others", schema, 100),
        // The schema is of the input before `from`.
        (".items", from, 100),
    ];
    for (in_, more, items) in cases {
        let program = compile(&iteration(in_, more));
        let Kind::For(for_) = &program.tasks[0].kind else {
            panic!("not a loop");
        };
        assert_eq!(for_.items_max, items, "{in_} {more}");
        let bound = program.bound;
        assert_eq!(bound.steps, 1 + 2 * items, "{in_} {more}");
        assert_eq!(bound.actions, items, "{in_} {more}");
        assert_eq!(bound.duration_ms, 2_000 * items, "{in_} {more}");
        assert_eq!(bound.branches, 1, "{in_} {more}");
    }
}

#[test]
fn takes_the_workflows_schema_for_its_input() {
    let schema = "input: {schema: {document: {properties: {items: {maxItems: 7}}}}}";
    let loops = |each| {
        format!(
            "{schema}
do:
  - outer:
      for: {{each: {each}, in: '[1, 2]'}}
      do: [inner: {{for: {{in: '$workflow.input.items'}}, do: [a: {{set: {{x: 1}}}}]}}]
"
        )
    };
    assert_eq!(bound(&loops("item")).steps, 1 + 2 * (1 + 7));
    // Here `$workflow` is another variable.
    assert_eq!(bound(&loops("workflow")).steps, 1 + 2 * (1 + 100));
}

#[test]
fn multiplies_nested_loops() {
    let nested = "
        do:
          - a:
              for: {in: '[1, 2, 3]'}
              do:
                - b: {for: {in: '.x[:4]'}, do: [c: {wait: PT1S}]}
                - d: {set: {x: 1}}
    ";
    let bound = bound(nested);
    assert_eq!(bound.steps, 1 + 3 * ((1 + 4) + 1));
    assert_eq!(bound.duration_ms, 12_000);
}

#[test]
fn ends_a_loop_that_never_comes_through() {
    let ends = "
        do:
          - a:
              for: {in: '[1, 2, 3]'}
              do: [b: {wait: PT1S, then: end}]
          - c: {set: {x: 1}}
          - d: {set: {x: 1}}
    ";
    let bound = bound(ends);
    // The first iteration ends the workflow; without any there are `c` and `d`.
    assert_eq!((bound.steps, bound.duration_ms), (3, 1_000));
}

/// `try` of a second's waiting, with `catch`.
fn attempt(catch: &str) -> String {
    format!("do: [a: {{try: [b: {{wait: PT1S}}], catch: {catch}}}, c: {{set: {{x: 1}}}}]")
}

#[test]
fn multiplies_a_try_by_its_attempts() {
    let cases = [
        ("{}", 3, 1_000),
        ("{do: [d: {wait: PT5S}]}", 4, 6_000),
        // Skips `c` when an error was caught.
        ("{do: [d: {wait: PT5S}], then: exit}", 3, 6_000),
        ("{retry: {limit: {attempt: {count: 2}}}}", 5, 3_000),
        ("{retry: {limit: {attempt: {count: 0}}}}", 3, 1_000),
        // The default count, 4.
        ("{retry: {delay: PT0S}}", 7, 5_000),
        (
            "{retry: {delay: PT2S, limit: {attempt: {count: 3}}}}",
            6,
            4_000 + 6_000,
        ),
        (
            "{retry: {delay: PT2S, backoff: {linear: {}}, limit: {attempt: {count: 3}}}}",
            6,
            4_000 + 12_000,
        ),
        (
            "{retry: {delay: PT2S, backoff: {exponential: {}}, limit: {attempt: {count: 3}}}}",
            6,
            4_000 + 14_000,
        ),
        (
            "{retry: {delay: PT2S, jitter: {from: PT0S, to: PT1S}, limit: {attempt: {count: 3}}}}",
            6,
            4_000 + 6_000 + 3_000,
        ),
        (
            "{retry: {delay: '${ .d }', limit: {attempt: {count: 1}}}}",
            4,
            2_000 + 30_000,
        ),
        // Attempts are cut off.
        (
            "{retry: {limit: {attempt: {count: 2, duration: PT0.5S}}}}",
            5,
            1_500,
        ),
        // All of them together are cut off, then the error is handled.
        (
            "{retry: {delay: PT2S, limit: {duration: PT3S}}, do: [d: {wait: PT5S}]}",
            8,
            3_000 + 5_000,
        ),
    ];
    for (catch, steps, duration_ms) in cases {
        let bound = bound(&attempt(catch));
        assert_eq!(
            (bound.steps, bound.duration_ms),
            (steps, duration_ms),
            "{catch}"
        );
    }
}

#[test]
fn counts_without_overflow() {
    let endless = "
        do:
          - a:
              try: [b: {wait: P1000000D}]
              catch:
                retry:
                  delay: P1000000D
                  backoff: {exponential: {}}
                  limit: {attempt: {count: 4294967295}}
    ";
    let limits = Limits {
        steps_max: u64::MAX,
        ..limits()
    };
    let bound = compile_with(endless, &limits).bound;
    assert_eq!(bound.steps, 1 + 4_294_967_296);
    assert_eq!(bound.duration_ms, limits.workflow_timeout_ms);
}
