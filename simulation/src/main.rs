//! `cargo xtask sim`: runs the simulations of so many seeds.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the terminal is the interface of this program"
)]

use std::{collections::BTreeMap, env, process::ExitCode, time::Instant};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |name: &str, default: u64| match arguments.iter().position(|a| a == name) {
        None => Some(default),
        Some(at) => arguments.get(at + 1).and_then(|text| text.parse().ok()),
    };
    let (Some(seed), Some(runs)) = (number("--seed", 0), number("--runs", 1_000)) else {
        eprintln!("usage: cargo xtask sim [--seed N] [--runs N]");
        return ExitCode::from(2);
    };
    let begun = Instant::now();
    let (mut instances, mut records, mut failures) = (0, 0, 0_u64);
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in seed..seed.saturating_add(runs) {
        match weir_simulation::run(seed, None) {
            Ok(report) => {
                instances += report.instances;
                records += report.records;
                for (what, count) in report.counts {
                    *counts.entry(what).or_default() += count;
                }
            }
            Err(failure) => {
                failures += 1;
                println!("{failure}");
            }
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{runs} runs from seed {seed} in {seconds:.1} s: {instances} instances, {records} records, \
         {failures} failures; {counts:?}"
    );
    if failures == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
