//! The commands of an author, as terminals and programs read them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod bound;
mod check;
mod deploy;
mod graph;
mod mistakes;
mod rehearsal;
mod schema;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Runs `weir` in a folder: exit code and standard output.
fn weir(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let (code, out, _) = weir_and_error(folder, arguments);
    (code, out)
}

/// The same, with standard error.
fn weir_and_error(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}
