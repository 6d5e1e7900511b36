//! A server that is started for the call, and spoken to over its standard input and output: a line a
//! message.

use std::{collections::BTreeMap, process::Stdio};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{ChildStdin, Command},
};
use tokio_util::task::TaskTracker;
use weir_engine::{ErrorKind, WorkflowError};
use weir_expression::DEPTH_MAX;
use weir_protocol::json;

use super::{answers, invalid, reply_to};
use crate::process::{INHERITED, Process, Running, text};

/// Of what a server says to people, the last is told if it ends early.
const LAST_WORDS_MAX: usize = 2048;

pub(super) struct Started {
    command: String,
    process: Process,
    stdin: Option<ChildStdin>,
    read: Vec<u8>,
    /// Everything the server wrote.
    bytes: usize,
    bytes_max: usize,
    last_words: Vec<u8>,
    /// Whether it still may say something to people.
    complains: bool,
}

impl Started {
    pub fn new(
        command: &str,
        arguments: &[Value],
        environment: Option<&BTreeMap<String, Value>>,
        bytes_max: usize,
        ending: &TaskTracker,
    ) -> Result<Self, WorkflowError> {
        let arguments: Vec<String> = arguments.iter().map(text).collect();
        let environment = environment.into_iter().flatten();
        let environment: Vec<(&String, String)> = environment
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, text(value)))
            .collect();
        let is_odd = |text: &str| text.contains('\0');
        if is_odd(command)
            || arguments.iter().any(|argument| is_odd(argument))
            || environment.iter().any(|(name, value)| {
                name.is_empty() || name.contains('=') || is_odd(name) || is_odd(value)
            })
        {
            return Err(invalid(
                "transport.stdio: no process can be given these arguments and variables",
            ));
        }
        let inherited = INHERITED.iter();
        let inherited = inherited.filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut wanted = Command::new(command);
        wanted
            .args(arguments)
            .env_clear()
            .envs(inherited)
            .envs(environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = Process::spawn(wanted, ending).map_err(|error| {
            ErrorKind::Runtime.error(format!(
                "the MCP server `{command}` cannot be started: {error}"
            ))
        })?;
        let stdin = process.running().ok().and_then(|running| running.stdin);
        Ok(Self {
            command: command.to_owned(),
            process,
            stdin,
            read: Vec::new(),
            bytes: 0,
            bytes_max,
            last_words: Vec::new(),
            complains: true,
        })
    }

    pub async fn tell(&mut self, message: &Value) -> Result<(), WorkflowError> {
        let mut line = message.to_string();
        line.push('\n');
        if let Some(stdin) = &mut self.stdin {
            // One that hears no more is noticed by its silence.
            let _ = stdin.write_all(line.as_bytes()).await;
            let _ = stdin.flush().await;
        }
        Ok(())
    }

    pub async fn ask(&mut self, message: &Value) -> Result<Value, WorkflowError> {
        self.tell(message).await?;
        loop {
            let line = self.line().await?;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let next = json::read(&line, DEPTH_MAX).map_err(|error| {
                let line: String = String::from_utf8_lossy(&line).chars().take(200).collect();
                self.failed(format!("wrote what is no JSON: {error}: {line}"))
            })?;
            if answers(&next, message) {
                return Ok(next);
            }
            if let Some(reply) = reply_to(&next) {
                self.tell(&reply).await?;
            }
        }
    }

    /// The next line that the server writes.
    async fn line(&mut self) -> Result<Vec<u8>, WorkflowError> {
        let mut complaint = [0; 1024];
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                return Ok(self.read.drain(..=end).collect());
            }
            if self.bytes > self.bytes_max {
                let detail = format!(
                    "wrote more than {} bytes: ask for less, or raise executor.response_bytes_max",
                    self.bytes_max
                );
                return Err(self.failed(detail));
            }
            let lost = |error: std::io::Error| format!("was lost: {error}");
            let Running { stdout, stderr, .. } = match self.process.running() {
                Ok(running) => running,
                Err(error) => return Err(self.failed(lost(error))),
            };
            let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
                return Err(self.failed("has no output"));
            };
            let count = tokio::select! {
                count = stdout.read_buf(&mut self.read) => count,
                count = stderr.read(&mut complaint), if self.complains => {
                    let count = count.unwrap_or_default();
                    self.complains = count > 0;
                    self.last_words.extend_from_slice(&complaint[..count]);
                    let start = self.last_words.len().saturating_sub(LAST_WORDS_MAX);
                    self.last_words.drain(..start);
                    continue;
                }
            };
            match count {
                Ok(0) => return Err(self.failed("ended without an answer")),
                Ok(count) => self.bytes += count,
                Err(error) => return Err(self.failed(lost(error))),
            }
        }
    }

    pub fn end(self) {
        drop(self.stdin);
        self.process.end();
    }

    fn failed(&self, why: impl std::fmt::Display) -> WorkflowError {
        let words = String::from_utf8_lossy(&self.last_words);
        let words = words.trim();
        let said = if words.is_empty() {
            String::new()
        } else {
            format!("; it said: {words}")
        };
        let command = &self.command;
        ErrorKind::Communication.error(format!("the MCP server `{command}` {why}{said}"))
    }
}
