//! For each construct a workflow that reaches its bound exactly: `tight.txt`.

use std::fmt::Write as _;

use weir_graph::{Bound, Measure};

use crate::chance::Chance;
use crate::generate::HEAD;
use crate::{compile, run::run};

/// Runs of each workflow at most: by chance, until all of its bound is reached.
const RUNS: u64 = 2_000;

/// What of the bound no run reaches, by how much.
fn missed(program: &str) -> Vec<String> {
    let program = compile(&format!("{HEAD}{program}"));
    let bound = program.bound;
    let mut most = Bound::default();
    for seed in 0..RUNS {
        let (used, _) = run(&program, &mut Chance::new(seed));
        let larger = |measure: Measure| most.get(measure).max(used.get(measure));
        most = Bound {
            steps: larger(Measure::Steps),
            actions: larger(Measure::Actions),
            emits: larger(Measure::Emits),
            events: larger(Measure::Events),
            values: larger(Measure::Values),
            bytes: larger(Measure::Bytes),
            branches: larger(Measure::Branches),
            duration_ms: larger(Measure::Duration),
        };
        if most == bound {
            break;
        }
    }
    let missed = Measure::ALL.into_iter().filter_map(|measure| {
        let by = bound.get(measure) - most.get(measure);
        (by > 0).then(|| format!("{} by {by}", measure.key()))
    });
    missed.collect()
}

#[test]
fn every_construct_reaches_its_bound() {
    let mut table = String::new();
    for case in include_str!("tight.txt").split("\n# ") {
        let (name, program) = case.split_once('\n').unwrap();
        let missed = missed(program);
        let reached = if missed.is_empty() {
            "all".to_owned()
        } else {
            format!("all but {}", missed.join(", "))
        };
        writeln!(table, "{}: {reached}", name.trim_start_matches("# ")).unwrap();
    }
    // What is missed is missed for good reasons, and no measure that limits watch: a deadline of
    // what is cut off never fires.
    insta::assert_snapshot!(table, @r"
    set: all
    emit: all
    raise: all
    wait: all
    call: all
    call, and what follows: all
    run: all
    run without await: all
    function: all
    listen: all
    listen to all: all
    listen until: all but events by 1, values by 1, bytes by 120
    listen foreach: all but events by 3, bytes by 360
    extension: all
    switch: all
    if: all
    do within a timeout: all but events by 1, bytes by 120
    do cut off by its timeout: all but events by 1, bytes by 120
    for, as written: all
    for, a slice: all
    for, maxItems: all
    for, the limit: all
    for in for: all
    fork: all
    race: all but events by 1, bytes by 120
    race with a call: all but events by 1, bytes by 120
    try: all
    retry, constant: all but values by 3
    retry, linear: all
    retry, exponential: all
    retry, the limit: all
    attempts within a time: all but events by 3, bytes by 360
    retry within a time: all but events by 1, values by 2, bytes by 120
    data: all
    timeout of the workflow: all
    circle: all but values by 1
    circle with a way out: all
    ");
}
