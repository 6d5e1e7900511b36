//! `cargo xtask ci`: every check, in the order in which they are cheap.

use std::fmt;
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
    ("docs", documentation),
    ("tests", |root| test::run(root, &[])),
];

/// Runs every step, until one fails.
///
/// # Errors
/// A step failed; the message names it.
pub fn run(root: &Path) -> Result<()> {
    let mut taken = Vec::new();
    let mut done = Ok(());
    for (index, (name, step)) in STEPS.iter().enumerate() {
        println!("\n==> {}/{} {name}", index + 1, STEPS.len());
        let start = Instant::now();
        done = step(root).with_context(|| format!("ci stopped at {name}"));
        let outcome = Outcome {
            name,
            passed: done.is_ok(),
            time: start.elapsed(),
        };
        println!("<== {outcome}");
        taken.push(outcome);
        if done.is_err() {
            break;
        }
    }
    summarise(&taken);
    done
}

struct Outcome {
    name: &'static str,
    passed: bool,
    time: Duration,
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = if self.passed { "ok" } else { "FAILED" };
        write!(
            formatter,
            "{:7} {result:7} {:7.1} s",
            self.name,
            self.time.as_secs_f64()
        )
    }
}

fn summarise(taken: &[Outcome]) {
    println!();
    for outcome in taken {
        println!("{outcome}");
    }
    for (name, _) in STEPS.iter().skip(taken.len()) {
        println!("{name:7} not run");
    }
    let passed = taken.iter().all(|outcome| outcome.passed);
    let time = taken.iter().map(|outcome| outcome.time).sum();
    println!(
        "{}",
        Outcome {
            name: "ci",
            passed,
            time
        }
    );
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
