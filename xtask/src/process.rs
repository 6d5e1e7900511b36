//! Running other programs, with errors that name the command.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A call of the cargo that runs us, in `root`, with nothing to read on its input.
pub fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let path = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = program(root, Path::new(&path));
    command.args(arguments);
    command
}

/// Where cargo puts what it builds.
///
/// # Errors
/// Cargo cannot say.
pub fn target_folder(root: &Path) -> Result<PathBuf> {
    let arguments = ["metadata", "--format-version=1", "--no-deps"];
    let metadata: serde_json::Value =
        serde_json::from_str(&capture(&mut cargo(root, &arguments))?)?;
    let folder = metadata["target_directory"].as_str();
    folder
        .map(PathBuf::from)
        .context("cargo metadata names no target folder")
}

/// A call of the program at `path`, in `folder`, with nothing to read on its input.
pub fn program(folder: &Path, path: &Path) -> Command {
    let mut command = Command::new(path);
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs `command`, its output going to ours.
///
/// # Errors
/// The program cannot be started, or ends with a failure; the message is the command line.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start `{}`", line(command)))?;
    if !status.success() {
        bail!("`{}` failed: {status}", line(command));
    }
    Ok(())
}

/// Runs `command` and returns what it printed; on a failure, the message holds what it complained.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot start `{}`", line(command)))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` failed: {}\n{}",
            line(command),
            output.status,
            complaint.trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first file called `program` in the folders of PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn line(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}
