//! What the executor can be told.

use std::{path::PathBuf, time::Duration};

use weir_runtime::Config;

/// The settings of an executor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Kinds of action to take.
    pub functions: Vec<String>,
    /// HTTP calls at the same time.
    pub http_concurrency_max: usize,
    /// Shell commands at the same time.
    pub shell_concurrency_max: usize,
    /// Largest HTTP response body, in bytes.
    pub response_bytes_max: usize,
    /// Largest output of a shell command, in bytes, for stdout and stderr each.
    pub shell_output_bytes_max: usize,
    /// The command for scripts in JavaScript.
    pub node: String,
    /// The command for scripts in Python.
    pub python: String,
    /// The address of the engine for containers.
    pub docker: String,
    /// The folder of what `file:` refers to, if there is one.
    pub resources_folder: Option<PathBuf>,
    /// The folder of secrets, if there is one.
    pub secrets_folder: Option<PathBuf>,
    /// What the names of variables that hold secrets begin with.
    pub secrets_prefix: String,
    /// Largest outcome message, in bytes; the bus may allow less.
    pub payload_bytes_max: usize,
    /// The bus redelivers an action without a sign of life for so long.
    pub ack_wait: Duration,
    /// How long running actions may take to end once the process is to stop; then they are given
    /// back.
    pub grace: Duration,
    /// Who did it, for people: in every outcome.
    pub name: String,
}

impl Settings {
    /// The executor's part of the configuration.
    pub fn new(config: &Config) -> Self {
        let executor = &config.executor;
        let grace = Duration::from_millis(config.shutdown.grace_ms);
        Self {
            functions: executor.functions.clone(),
            http_concurrency_max: executor.concurrency_max,
            shell_concurrency_max: executor.shell_concurrency_max,
            response_bytes_max: executor.response_bytes_max,
            shell_output_bytes_max: executor.shell_output_bytes_max,
            node: executor.node.clone(),
            python: executor.python.clone(),
            docker: executor.docker.clone(),
            resources_folder: executor.resources_folder.clone(),
            secrets_folder: executor.secrets_folder.clone(),
            secrets_prefix: executor.secrets_prefix.clone(),
            payload_bytes_max: usize::try_from(config.limits.payload_bytes_max)
                .unwrap_or(usize::MAX),
            ack_wait: Duration::from_millis(executor.ack_wait_ms),
            // A part is kept for giving back what has not ended.
            grace: grace.saturating_sub((grace / 5).min(Duration::from_secs(1))),
            name: process_name(),
        }
    }
}

fn process_name() -> String {
    let host = rustix::system::uname();
    format!(
        "{}/{}",
        host.nodename().to_string_lossy(),
        std::process::id()
    )
}
