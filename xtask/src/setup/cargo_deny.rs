//! cargo-deny: the one on PATH, else the pinned one, built from crates.io.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::TOOLS;
use crate::process::{self, capture, cargo, program};

/// The version whose `deny.toml` format ours is.
const VERSION: &str = "0.20.2";

/// The program on PATH, or the pinned one if it was built before.
pub fn find(root: &Path) -> Option<PathBuf> {
    let version = |path: &Path| capture(program(root, path).arg("--version")).ok();
    let built = built(root);
    process::on_path("cargo-deny")
        .filter(|path| version(path).is_some())
        .or_else(|| {
            let pinned = format!("cargo-deny {VERSION}");
            version(&built)
                .is_some_and(|said| said.trim() == pinned)
                .then_some(built)
        })
}

/// The program, built if it is not there.
///
/// Without optimisation the build takes a minute on two cores instead of many, and the checks still
/// take only seconds.
pub fn find_or_build(root: &Path) -> Result<PathBuf> {
    if let Some(path) = find(root) {
        return Ok(path);
    }
    println!("cargo-deny     building {VERSION} from crates.io (about a minute)");
    let arguments = [
        "install",
        "cargo-deny",
        "--version",
        VERSION,
        "--locked",
        "--debug",
        "--quiet",
    ];
    let mut install = cargo(root, &arguments);
    install
        .arg("--root")
        .arg(root.join(TOOLS))
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    process::run(&mut install)
        .context("cargo-deny cannot be built; put one on PATH, or make crates.io reachable")?;
    Ok(built(root))
}

fn built(root: &Path) -> PathBuf {
    root.join(TOOLS).join("bin/cargo-deny")
}
