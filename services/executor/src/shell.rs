//! `run.shell`: one command, its output, its exit code.
//!
//! The command runs in a process group of its own, which ends with the action: when the command
//! ends, at the deadline, when it writes too much, when the executor stops. A child that leaves
//! the group (`setsid`) is beyond reach, and so is everything if the executor is killed outright.

use async_trait::async_trait;
use serde_json::Value;
use tokio_util::task::TaskTracker;
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::{Request, ShellRequest};

use crate::{
    Action, Function, Settings,
    process::{Asked, run},
};

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
        let asked = prepare(asked)?;
        run(&asked, self.output_bytes_max, &self.ending).await
    }

    async fn close(&self) {
        self.ending.close();
        self.ending.wait().await;
    }
}

/// `sh -c <command> sh <arguments>`: `$1`, `$2`, … are the arguments.
fn prepare(asked: &ShellRequest) -> Result<Asked<'_>, WorkflowError> {
    if asked.command.contains('\0') {
        return Err(
            ErrorKind::Configuration.error("shell.command: must not contain the character NUL")
        );
    }
    Ok(Asked {
        what: "shell",
        program: "/bin/sh".as_ref(),
        before: vec!["-c".as_ref(), asked.command.as_ref(), "sh".as_ref()],
        arguments: &asked.arguments,
        environment: &asked.environment,
        stdin: asked.stdin.as_deref(),
        return_: asked.return_,
    })
}
