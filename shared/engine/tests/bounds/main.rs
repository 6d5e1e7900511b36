//! Whatever a workflow does, it does no more than its bound says; and for each construct there is a
//! workflow that reaches its bound exactly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests fail by panicking, and print what they measured"
)]

mod chance;
mod generate;
mod run;
mod tight;

use weir_graph::{Limits, Measure, Program};

use crate::chance::Chance;
use crate::run::run;

/// Runs of all tests together: 100,000, with this many of each program.
const PROGRAMS: u64 = 2_500;
const RUNS: u64 = 10;
/// Parts, so that they run side by side.
const PARTS: u64 = 4;

/// Small, so that runs are short.
fn limits() -> Limits {
    Limits {
        workflow_timeout_ms: 1_000_000_000,
        action_timeout_ms: 3_000,
        listen_timeout_ms: 2_000,
        wait_ms_max: 5_000,
        for_items_max: 3,
        retry_attempts_max: 2,
        steps_max: u64::MAX,
        actions_max: u64::MAX,
        emits_max: u64::MAX,
        events_max: u64::MAX,
        duration_ms_max: u64::MAX,
        branches_max: u64::MAX,
        callees: std::collections::BTreeMap::new(),
    }
}

fn compile(document: &str) -> Program {
    let definition = weir_definition::parse(document, "random.yaml");
    let definition = definition.unwrap_or_else(|wrong| panic!("{wrong:#?}\n{document}"));
    let program = weir_graph::compile(&definition, &limits());
    program.unwrap_or_else(|wrong| panic!("{wrong:#?}\n{document}"))
}

/// Runs a part of the programs. `WEIR_SEED` starts elsewhere: print it to run the same again.
fn part(part: u64) {
    let start: u64 = std::env::var("WEIR_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(0);
    let mut reached = 0;
    for number in 0..PROGRAMS {
        let seed = start + part * PROGRAMS + number;
        let document = generate::document(&mut Chance::new(seed));
        let program = compile(&document);
        for attempt in 0..RUNS {
            let mut chance = Chance::new(seed.wrapping_mul(1_000_003) + attempt);
            let (used, slack_ms) = run(&program, &mut chance);
            for measure in Measure::ALL {
                let slack = if measure == Measure::Duration {
                    slack_ms
                } else {
                    0
                };
                let (used, bound) = (used.get(measure), program.bound.get(measure));
                assert!(
                    used.saturating_sub(slack) <= bound,
                    "WEIR_SEED={seed}: {used} {}, but the bound is {bound}\n{document}",
                    measure.name()
                );
                reached += u64::from(used == bound);
            }
        }
    }
    println!(
        "seeds from {start}: {} runs, {reached} bounds reached",
        PROGRAMS * RUNS
    );
    assert_eq!(PARTS * PROGRAMS * RUNS, 100_000);
}

#[test]
fn no_run_exceeds_its_bound_1() {
    part(0);
}

#[test]
fn no_run_exceeds_its_bound_2() {
    part(1);
}

#[test]
fn no_run_exceeds_its_bound_3() {
    part(2);
}

#[test]
fn no_run_exceeds_its_bound_4() {
    part(3);
}
