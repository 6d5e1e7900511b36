//! `cargo xtask setup`: the tools this repository needs, each found or fetched.
//!
//! What is on PATH is used; what must be fetched goes to `.weir/tools` in the repository, which git
//! ignores; only the browser is a matter of the system's package manager. A second call finds
//! everything and changes nothing.

pub mod cargo_deny;
mod chromium;
mod nats_server;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process;

/// Tells tests and `weir dev` which nats-server to run.
const NATS_SERVER_VARIABLE: &str = "WEIR_NATS_SERVER";

/// Where fetched tools go, from the root.
const TOOLS: &str = ".weir/tools";

/// The tools, ready to be used.
#[derive(Debug)]
pub struct Tools {
    /// A nats-server of a sufficient version.
    pub nats_server: PathBuf,
    /// Whether cargo-nextest runs the tests (otherwise `cargo test` does).
    pub nextest: bool,
}

impl Tools {
    /// Lets `command` and its children find these tools.
    pub fn offer<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env(NATS_SERVER_VARIABLE, &self.nats_server)
    }
}

/// Finds or fetches what every task needs, and what only tests do.
///
/// # Errors
/// Something that cannot be done without is missing.
pub fn all(root: &Path) -> Result<Tools> {
    let tools = run(root)?;
    match chromium::find_or_install(root) {
        Ok(path) => println!("chromedriver   found ({})", path.display()),
        Err(error) => println!("chromedriver   not found; browser tests are left out: {error:#}"),
    }
    Ok(tools)
}

/// Finds or fetches every tool but the browser and prints a line about each.
///
/// # Errors
/// Something that cannot be done without is missing.
pub fn run(root: &Path) -> Result<Tools> {
    let nats = nats_server::find_or_fetch(&root.join(TOOLS))?;
    println!("nats-server    {} ({})", nats.version, nats.path.display());

    let nextest = process::on_path("cargo-nextest");
    match &nextest {
        Some(path) => println!("cargo-nextest  found ({})", path.display()),
        None => println!("cargo-nextest  not found; `cargo test` runs the tests instead"),
    }
    match cargo_deny::find(root) {
        Some(path) => println!("cargo-deny     found ({})", path.display()),
        None => println!("cargo-deny     not found; `cargo xtask ci` will build it"),
    }
    Ok(Tools {
        nats_server: nats.path,
        nextest: nextest.is_some(),
    })
}
