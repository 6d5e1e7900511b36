//! Chromium and its driver, for the tests of the console: those on PATH, else Debian's.
//!
//! Where there is neither, all but those tests can be run: they say that they were left out.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// Speaks WebDriver, and finds the browser that it belongs to.
const DRIVER: &str = "chromedriver";

const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

const REMEDY: &str = "as root on Debian, `cargo xtask setup` installs it; elsewhere put \
                      chromedriver, and the Chromium or Chrome it belongs to, on PATH";

/// The driver; where there is none, it is installed if that takes no more than a package manager
/// and its permission.
///
/// # Errors
/// Why there is none, and what to do.
pub fn find_or_install(root: &Path) -> Result<PathBuf> {
    if let Some(path) = process::on_path(DRIVER) {
        return Ok(path);
    }
    install(root).context(REMEDY)?;
    process::on_path(DRIVER).with_context(|| format!("{DRIVER} still is not on PATH; {REMEDY}"))
}

fn install(root: &Path) -> Result<()> {
    let Some(apt) = process::on_path("apt-get") else {
        bail!("there is no {DRIVER} on PATH, and no apt-get to install it");
    };
    if !is_root(root) {
        bail!("there is no {DRIVER} on PATH, and only root may install it");
    }
    println!("chromium       installing {} (130 MB)", PACKAGES.join(", "));
    let apt = || {
        let mut command = process::program(root, &apt);
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .arg("--quiet=2");
        command
    };
    process::capture(apt().arg("update"))?;
    let install = ["install", "--yes", "--no-install-recommends"];
    process::capture(apt().args(install).args(PACKAGES))?;
    Ok(())
}

fn is_root(root: &Path) -> bool {
    let mut id = Command::new("id");
    let said = process::capture(id.arg("-u").current_dir(root));
    said.is_ok_and(|said| said.trim() == "0")
}
