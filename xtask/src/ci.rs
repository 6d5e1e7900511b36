//! `cargo xtask ci`: every check, in the order in which they are cheap.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::process::{self, cargo};
use crate::setup::cargo_deny;
use crate::{test, tidy};

type Step = (&'static str, fn(&Path) -> Result<()>);

const STEPS: [Step; 6] = [
    ("fmt", formatting),
    ("clippy", lints),
    ("tidy", tidy::run),
    ("deny", dependencies),
    ("tests", |root| test::run(root, &[])),
    ("docs", documentation),
];

/// Runs every step, until one fails.
///
/// # Errors
/// A step failed; the message names it.
pub fn run(root: &Path) -> Result<()> {
    let mut taken = Vec::new();
    for (index, (name, step)) in STEPS.iter().enumerate() {
        println!("\n==> {}/{} {name}", index + 1, STEPS.len());
        let start = Instant::now();
        let done = step(root);
        let time = start.elapsed();
        taken.push((*name, time));
        println!(
            "<== {name} {} in {}",
            if done.is_ok() { "ok" } else { "FAILED" },
            seconds(time)
        );
        if done.is_err() {
            summarise(&taken, false);
        }
        done.with_context(|| format!("ci stopped at step {}, {name}", index + 1))?;
    }
    summarise(&taken, true);
    Ok(())
}

fn summarise(taken: &[(&str, Duration)], passed: bool) {
    println!();
    for (index, (name, time)) in taken.iter().enumerate() {
        let ok = passed || index + 1 < taken.len();
        println!(
            "{:8} {:6} {:>9}",
            name,
            if ok { "ok" } else { "FAILED" },
            seconds(*time)
        );
    }
    for (name, _) in STEPS.iter().skip(taken.len()) {
        println!("{name:8} not run");
    }
    let all = taken.iter().map(|(_, time)| *time).sum();
    println!(
        "ci {} in {}",
        if passed { "passed" } else { "FAILED" },
        seconds(all)
    );
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn formatting(root: &Path) -> Result<()> {
    process::run(&mut cargo(root, &["fmt", "--all", "--check"]))
}

/// Warnings are errors here only: while working, they do not stand in the way.
fn lints(root: &Path) -> Result<()> {
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "--deny",
        "warnings",
    ];
    process::run(&mut cargo(root, &arguments))
}

/// All of cargo-deny but the advisories, whose database may be out of reach.
fn dependencies(root: &Path) -> Result<()> {
    let program = cargo_deny::find_or_build(root)?;
    let arguments = [
        "--locked",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ];
    process::run(process::program(root, &program).args(arguments))
}

fn documentation(root: &Path) -> Result<()> {
    process::run(
        cargo(root, &["doc", "--workspace", "--no-deps", "--locked"])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    )
}
