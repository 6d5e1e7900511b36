//! The seeds that every build runs, and proof that the simulation can fail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking, and print what they found"
)]

use weir_simulation::{Bug, run};

/// Each line: a seed, and why it is kept.
const CORPUS: &str = include_str!("corpus.txt");

/// A deliberate defect is found within so many runs.
const RUNS_MAX: u64 = 200;

#[test]
fn the_corpus_passes() {
    for line in CORPUS.lines().filter(|line| !line.starts_with('#')) {
        let seed = line.split_whitespace().next().unwrap();
        let seed = seed.parse().expect("a line begins with a seed");
        if let Err(failure) = run(seed, None) {
            panic!("{failure}");
        }
    }
}

#[test]
fn a_seed_decides_everything() {
    for seed in [1, 2, 8] {
        assert_eq!(run(seed, None), run(seed, None));
    }
}

#[test]
fn every_deliberate_defect_is_found() {
    for bug in Bug::ALL {
        let found = (0..RUNS_MAX).find_map(|seed| run(seed, Some(bug)).err());
        assert!(found.is_some(), "{bug:?} was not found");
        println!("{bug:?}: {}", found.unwrap());
    }
}
