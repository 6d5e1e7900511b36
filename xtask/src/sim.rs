//! `cargo xtask sim`: the simulation, over as many seeds as asked for.

use std::path::Path;

use anyhow::Result;

use crate::process::{self, cargo};

/// Runs the simulation; `arguments` are `--seed N` and `--runs N`.
///
/// # Errors
/// A run failed: its line says how to repeat it.
pub fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let program = ["run", "--quiet", "--package", "weir-simulation", "--"];
    process::run(cargo(root, &program).args(arguments))
}
