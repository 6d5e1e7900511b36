//! What people and programs read: text or JSON on standard output, errors on standard error.

use std::{
    io::{IsTerminal, Write, stdout},
    process::ExitCode,
};

use serde_json::{Value, json};

/// How a command ended: its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    Invalid = 3,
    Unreachable = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Where results go.
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a person reads it on a terminal.
    pub fn is_live(&self) -> bool {
        !self.json && stdout().is_terminal()
    }

    /// Prints a result: `text` for people, `value` for programs. A closed pipe is no error.
    pub fn print(&self, value: &Value, text: impl FnOnce() -> String) {
        self.write(&mut anstream::stdout().lock(), value, text);
    }

    /// Prints what happens until there is a result, to standard error.
    pub fn progress(&self, value: &Value, text: impl FnOnce() -> String) {
        self.write(&mut anstream::stderr().lock(), value, text);
    }

    fn write(&self, out: &mut impl Write, value: &Value, text: impl FnOnce() -> String) {
        let text = if self.json { value.to_string() } else { text() };
        let _ = writeln!(out, "{}", text.trim_end());
        let _ = out.flush();
    }

    /// Prints what only people need, such as the head of a table.
    pub fn explain(&self, text: &str) {
        if !self.json {
            self.print(&Value::Null, || text.to_owned());
        }
    }

    /// Prints an error with its causes.
    pub fn error(&self, error: &anyhow::Error, exit: Exit) -> ExitCode {
        let message = format!("{error:#}");
        let text = if self.json {
            json!({"error": message, "exit": exit as u8}).to_string()
        } else {
            format!("\u{1b}[1;31merror:\u{1b}[0m {message}")
        };
        let _ = writeln!(anstream::stderr().lock(), "{}", text.trim_end());
        exit.into()
    }
}
