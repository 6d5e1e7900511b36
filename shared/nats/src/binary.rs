//! Finding a nats-server to run.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::version::Version;

/// Names the program to run, before all else.
const VARIABLE: &str = "WEIR_NATS_SERVER";
/// Where `cargo xtask setup` puts it, from the repository's root.
const FETCHED: &str = ".weir/tools/nats-server";

/// No usable nats-server was found.
#[derive(Debug, thiserror::Error)]
#[error(
    "no nats-server of at least {} was found ({}): run `cargo xtask setup`, put one on PATH, or \
     name one in {VARIABLE}",
    Version::OLDEST,
    tried.join("; ")
)]
pub struct ServerNotFound {
    tried: Vec<String>,
}

/// The nats-server that `WEIR_NATS_SERVER` names; else the one on PATH, if it is new enough; else
/// the one that `cargo xtask setup` fetched for the repository around the working directory.
///
/// # Errors
/// Says what was tried, and what to do.
pub fn find_server() -> Result<PathBuf, ServerNotFound> {
    let mut tried = Vec::new();
    let named = env::var_os(VARIABLE).map(PathBuf::from);
    let candidates = match named {
        Some(path) => vec![path],
        None => on_path().into_iter().chain(fetched()).collect(),
    };
    for path in candidates {
        match version(&path) {
            Ok(version) if version >= Version::OLDEST => return Ok(path),
            Ok(version) => tried.push(format!("{} is {version}", path.display())),
            Err(reason) => tried.push(format!("{}: {reason}", path.display())),
        }
    }
    if tried.is_empty() {
        tried.push("none on PATH".to_owned());
    }
    Err(ServerNotFound { tried })
}

fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let found = |folder: PathBuf| {
        let program = folder.join(format!("nats-server{}", env::consts::EXE_SUFFIX));
        program.is_file().then_some(program)
    };
    env::split_paths(&path).find_map(found)
}

fn fetched() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    let mut found = here.ancestors().map(|folder| folder.join(FETCHED));
    found.find(|program| program.is_file())
}

fn version(program: &Path) -> Result<Version, String> {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout);
    let version = said.split_once(": v").and_then(|(_, v)| Version::parse(v));
    version.ok_or_else(|| format!("says `{}` for its version", said.trim()))
}
