//! Where this repository lies.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The repository's root folder.
///
/// Cargo tells `cargo run` the folder of the package at run time; asking at compile time would
/// point a copied target folder at the clone it came from.
pub fn root() -> Result<PathBuf> {
    let start = match env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) => PathBuf::from(package),
        None => env::current_dir().context("the current folder cannot be read")?,
    };
    start
        .ancestors()
        .find(|folder| is_root(folder))
        .map(Path::to_path_buf)
        .with_context(|| format!("{} is not inside the repository", start.display()))
}

fn is_root(folder: &Path) -> bool {
    folder.join("Cargo.lock").is_file() && folder.join("xtask/Cargo.toml").is_file()
}
