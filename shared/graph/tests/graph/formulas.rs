//! Bounds as formulas, and where they come from.

use std::fmt::Write as _;

use insta::assert_snapshot;
use weir_graph::{Analysis, Bound, Limits, Measure, Node, analyze};

use crate::generate::{self, Random};
use crate::{compile, compile_with, limits};

/// The formulas, the assumptions, and the tasks with their steps and why.
fn told(rest: &str) -> String {
    let analysis = analyze(&compile(rest));
    let mut text = String::new();
    for measure in Measure::ALL {
        let formula = analysis.formula(measure);
        let number = analysis.bound.get(measure);
        writeln!(text, "{}: {formula} = {number}", measure.key()).unwrap();
    }
    for assumption in &analysis.assumptions {
        writeln!(text, "{} ({})", assumption.text, assumption.source).unwrap();
    }
    for node in &analysis.tasks {
        outline(&analysis, node, 0, &mut text);
    }
    text
}

fn outline(analysis: &Analysis, node: &Node, depth: usize, text: &mut String) {
    let (indent, name) = ("  ".repeat(depth), &node.name);
    let steps = analysis.formula_of(node, Measure::Steps);
    let on = |measure| node.costliest.contains(&measure);
    let path = match (on(Measure::Steps), on(Measure::Duration)) {
        (true, true) => " <steps, duration>",
        (true, false) => " <steps>",
        (false, true) => " <duration>",
        (false, false) => "",
    };
    let why = node.why.join("; ");
    writeln!(text, "{indent}{name} {}: {steps}{path} {why}", node.kind).unwrap();
    for part in &node.parts {
        for inner in &part.tasks {
            outline(analysis, inner, depth + 1, text);
        }
    }
}

#[test]
fn explains_loops_retries_forks_and_choices() {
    let told = told(
        "
        timeout: {after: PT30M}
        do:
          - choose: {switch: [big: {when: .big, then: each}, small: {then: one}]}
          - each:
              for: {in: .lines}
              do:
                - attempt:
                    try:
                      - call: {call: http, with: {method: get, endpoint: 'https://x'}}
                    catch: {retry: {delay: PT1S, backoff: {exponential: {}}}}
              then: end
          - one:
              fork:
                branches:
                  - quick: {wait: PT1S}
                  - slow: {wait: PT5S, timeout: {after: PT3S}}
        ",
    );
    assert_snapshot!(told, @r"
    steps: max(2 + 6·n, 4) = 602
    actions: 5·n = 500
    emits: 0 = 0
    events: max(6 + 31·n, 13) = 3106
    values: 3 + 10·n = 1003
    bytes: max(742 + 3913·n, 1642) = 392042
    branches: 2 = 2
    durationMs: 30 min = 1800000
    n = items of /do/1/each ≤ 100 (limits.for_items_max)
    /do/1/each/do/0/attempt retries ≤ 4 times (limits.retry_attempts_max)
    /do/1/each/do/0/attempt/try/0/call ends within 1 s (limits.action_timeout_ms)
    choose switch: 1 <steps> the worst of 2 cases
    each for: 1 + 6·n <steps, duration> n ≤ 100 items (limits.for_items_max)
      attempt try: 6 <steps, duration> 1 + 4 attempts (limits.retry_attempts_max); delays of 15 s in all
        call call: 1 <steps, duration> default timeout 1 s
    one fork: 3 2 branches side by side
      quick wait: 1 waits 1 s
      slow wait: 1 waits 5 s; timeout 3 s
    ");
}

#[test]
fn the_largest_sizes_give_the_number() {
    let limits = Limits {
        steps_max: u64::MAX,
        branches_max: u64::MAX,
        ..limits()
    };
    for seed in 0..300 {
        let mut random = Random(seed);
        let text = format!("do: {}", generate::list(&mut random, 3)).replace("'[1, 2, 3]'", ".x");
        let program = compile_with(&text, &limits);
        let analysis = analyze(&program);
        assert_eq!(analysis.bound, program.bound, "seed {seed}");
        for measure in Measure::ALL {
            let formula = analysis.formulas.get(measure);
            let number = program.bound.get(measure);
            assert_eq!(
                formula.maximum(),
                number,
                "seed {seed}, {measure:?}:\n{text}"
            );
        }
    }
}

#[test]
fn smaller_sizes_give_the_number_for_them() {
    let limits = Limits::default();
    let text =
        "do: [each: {for: {in: '.a[:9]'}, do: [deep: {for: {in: .b}, do: [one: {set: {x: 1}}]}]}]";
    let program = compile_with(text, &limits);
    let analysis = analyze(&program);
    assert_eq!(analysis.formula(Measure::Steps), "1 + n1 + n1·n2");
    let sizes = [("/do/0/each", 3), ("/do/0/each/do/0/deep", 5)];
    let by_task = sizes.map(|(name, size)| (program.find(name).unwrap().index, size));
    let steps = analysis.formulas.get(Measure::Steps);
    assert_eq!(steps.evaluate(&by_task.into()), 1 + 3 + 15);
    let by_name = sizes.map(|(name, size)| (name.to_owned(), size));
    let Bound { steps, .. } = weir_graph::analyze_with(&program, &by_name.into()).bound;
    assert_eq!(steps, 19);
}
