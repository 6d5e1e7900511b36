//! `cargo xtask test`: every test of the workspace.

use std::path::Path;

use anyhow::Result;

use crate::process::{self, cargo};
use crate::setup;

/// Sets up, then runs the doc tests and all other tests, to their end even if some fail.
///
/// With `arguments` (for the runner: a filter, `--package …`) the doc tests are left out, for they
/// know no such filter. The runner comes last, so that its closing line ends the output.
pub fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let tools = setup::all(root)?;
    let runner: &[&str] = if tools.nextest {
        &["nextest", "run", "--workspace", "--no-fail-fast"]
    } else {
        &[
            "test",
            "--workspace",
            "--no-fail-fast",
            "--lib",
            "--bins",
            "--tests",
        ]
    };
    if arguments.is_empty() {
        let documentation = ["test", "--workspace", "--no-fail-fast", "--doc", "--quiet"];
        process::run(tools.offer(&mut cargo(root, &documentation)))?;
    }
    process::run(tools.offer(cargo(root, runner).args(arguments)))
}
