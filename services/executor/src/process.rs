//! Commands on this machine: what `run.shell` and `run.script` share.
//!
//! A command runs in a process group of its own, which ends with the action: when the command
//! ends, at the deadline, when it writes too much, when the executor stops. A child that leaves
//! the group (`setsid`) is beyond reach, and so is everything if the executor is killed outright.

mod capture;
mod group;

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::Path,
    process::{ExitStatus, Stdio},
};

use serde_json::{Value, json};
use tokio::process::Command;
use tokio_util::task::TaskTracker;
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::Return;

use self::capture::Capture;
pub(crate) use self::group::{Process, Running};

/// Of this process's environment, all that a command sees.
pub(crate) const INHERITED: [&str; 3] = ["PATH", "HOME", "LANG"];

/// A command to run.
pub(crate) struct Asked<'a> {
    /// The property that asks for it, for people.
    pub what: &'static str,
    pub program: &'a OsStr,
    /// Arguments that are ours.
    pub before: Vec<&'a OsStr>,
    /// Arguments that are the author's.
    pub arguments: &'a [String],
    pub environment: &'a BTreeMap<String, String>,
    pub stdin: Option<&'a str>,
    pub return_: Return,
}

/// Runs a command to its end. `ending` is where the end of its process group is waited for.
///
/// # Errors
/// It cannot be started, or writes more than `output_bytes_max` to stdout or stderr.
pub(crate) async fn run(
    asked: &Asked<'_>,
    output_bytes_max: usize,
    ending: &TaskTracker,
) -> Result<Value, WorkflowError> {
    let command = asked.command()?;
    let mut process = Process::spawn(command, ending).map_err(|error| {
        let program = Path::new(asked.program).file_name().unwrap_or_default();
        let program = program.to_string_lossy();
        ErrorKind::Runtime.error(format!("{program} cannot be started: {error}"))
    })?;
    let mut capture = Capture::new(output_bytes_max);
    let status = capture
        .until_exit(&mut process, asked.stdin)
        .await
        .map_err(|error| ErrorKind::Runtime.error(error.to_string()))?;
    process.end();
    Ok(outcome_of(
        asked.return_,
        exit_code(status).into(),
        &capture.stdout,
        &capture.stderr,
    ))
}

impl Asked<'_> {
    fn command(&self) -> Result<Command, WorkflowError> {
        let what = self.what;
        let invalid = |detail: String| Err(ErrorKind::Configuration.error(detail));
        if let Some(index) = self
            .arguments
            .iter()
            .position(|argument| argument.contains('\0'))
        {
            return invalid(format!(
                "{what}.arguments: number {index} contains the character NUL"
            ));
        }
        for (name, value) in self.environment {
            if name.is_empty() || name.contains(['=', '\0']) {
                return invalid(format!(
                    "{what}.environment: `{}` cannot be the name of a variable",
                    name.replace('\0', "\\0")
                ));
            }
            if value.contains('\0') {
                return invalid(format!(
                    "{what}.environment: `{name}` contains the character NUL"
                ));
            }
        }
        let mut command = Command::new(self.program);
        command
            .args(&self.before)
            .args(self.arguments)
            .env_clear()
            .envs(
                INHERITED
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .envs(self.environment)
            .stdin(if self.stdin.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(command)
    }
}

/// As a shell counts: the exit code, or 128 and the number of the signal that ended the command.
fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(-1)
}

/// A command that ran has an output, whatever its exit code: the workflow judges it.
pub(crate) fn outcome_of(wanted: Return, code: i64, stdout: &[u8], stderr: &[u8]) -> Value {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    match wanted {
        Return::Stdout => text(stdout).into(),
        Return::Stderr => text(stderr).into(),
        Return::Code => code.into(),
        Return::All => json!({ "code": code, "stdout": text(stdout), "stderr": text(stderr) }),
        Return::None => Value::Null,
    }
}

/// A string as it is, anything else as JSON.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_)) => other.to_string(),
    }
}
