//! `run.shell`: one command, its output, its exit code.
//!
//! The command runs in a process group of its own, which ends with the action: when the command
//! ends, at the deadline, when it writes too much, when the executor stops. A child that leaves
//! the group (`setsid`) is beyond reach, and so is everything if the executor is killed outright.

mod capture;
mod process;

use std::process::{ExitStatus, Stdio};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio_util::task::TaskTracker;
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::{Request, Return, ShellRequest};

use self::{capture::Capture, process::Process};
use crate::{Action, Function, Settings};

/// Of this process's environment, all that a command sees.
const INHERITED: [&str; 3] = ["PATH", "HOME", "LANG"];

/// Runs shell commands on this machine.
pub struct Shell {
    concurrency_max: usize,
    output_bytes_max: usize,
    /// Process groups on their way out.
    ending: TaskTracker,
}

impl Shell {
    /// A shell within the limits of `settings`.
    pub fn new(settings: &Settings) -> Self {
        Self {
            concurrency_max: settings.shell_concurrency_max,
            output_bytes_max: settings.shell_output_bytes_max,
            ending: TaskTracker::new(),
        }
    }
}

#[async_trait]
impl Function for Shell {
    fn name(&self) -> &'static str {
        "shell"
    }

    fn concurrency_max(&self) -> usize {
        self.concurrency_max
    }

    async fn call(&self, action: &Action<'_>) -> Result<Value, WorkflowError> {
        let Request::Shell(asked) = action.request else {
            return Err(ErrorKind::Runtime.error("not a shell command"));
        };
        let command = prepare(asked)?;
        let mut process = Process::spawn(command, &self.ending)
            .map_err(|error| ErrorKind::Runtime.error(format!("sh cannot be started: {error}")))?;
        let mut capture = Capture::new(self.output_bytes_max);
        let status = capture
            .until_exit(&mut process, asked.stdin.as_deref())
            .await
            .map_err(|error| ErrorKind::Runtime.error(error.to_string()))?;
        process.end();
        Ok(outcome_of(
            asked.return_,
            exit_code(status),
            &capture.stdout,
            &capture.stderr,
        ))
    }

    async fn close(&self) {
        self.ending.close();
        self.ending.wait().await;
    }
}

/// `sh -c <command> sh <arguments>`: `$1`, `$2`, … are the arguments.
fn prepare(asked: &ShellRequest) -> Result<Command, WorkflowError> {
    let invalid = |detail: String| Err(ErrorKind::Configuration.error(detail));
    if asked.command.contains('\0') {
        return invalid("shell.command: must not contain the character NUL".to_owned());
    }
    if let Some(index) = asked
        .arguments
        .iter()
        .position(|argument| argument.contains('\0'))
    {
        return invalid(format!(
            "shell.arguments: number {index} contains the character NUL"
        ));
    }
    for (name, value) in &asked.environment {
        if name.is_empty() || name.contains(['=', '\0']) {
            return invalid(format!(
                "shell.environment: `{}` cannot be the name of a variable",
                name.replace('\0', "\\0")
            ));
        }
        if value.contains('\0') {
            return invalid(format!(
                "shell.environment: `{name}` contains the character NUL"
            ));
        }
    }

    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", &asked.command, "sh"])
        .args(&asked.arguments)
        .env_clear()
        .envs(
            INHERITED
                .iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?))),
        )
        .envs(&asked.environment)
        .stdin(if asked.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Ok(command)
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
fn outcome_of(wanted: Return, code: i32, stdout: &[u8], stderr: &[u8]) -> Value {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    match wanted {
        Return::Stdout => text(stdout).into(),
        Return::Stderr => text(stderr).into(),
        Return::Code => code.into(),
        Return::All => json!({ "code": code, "stdout": text(stdout), "stderr": text(stderr) }),
        Return::None => Value::Null,
    }
}
