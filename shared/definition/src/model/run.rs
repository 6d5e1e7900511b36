//! Processes to run.

use crate::model::data::Template;

/// Runs a process (specification: Run).
#[derive(Debug, Clone, PartialEq)]
pub struct RunTask {
    /// What to run.
    pub process: Process,
    /// Whether the task ends only when the process has; `true` when absent.
    pub await_: bool,
    /// What of the process is the task's output.
    pub return_: Return,
}

/// A kind of process.
#[derive(Debug, Clone, PartialEq)]
pub enum Process {
    /// A container; as written, checked for shape.
    Container(Template),
    /// A script; as written, checked for shape.
    Script(Template),
    /// A shell command.
    Shell(Box<Shell>),
    /// Another workflow; as written, checked for shape.
    Workflow(Template),
}

impl Process {
    /// The property that stands under `run`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Container(_) => "container",
            Self::Script(_) => "script",
            Self::Shell(_) => "shell",
            Self::Workflow(_) => "workflow",
        }
    }
}

/// A shell command.
#[derive(Debug, Clone, PartialEq)]
pub struct Shell {
    /// The command, a string; may be `${ … }`.
    pub command: Template,
    /// What the command reads, a string; may be `${ … }`.
    pub stdin: Option<Template>,
    /// `$1`, `$2`, …
    pub arguments: Vec<Template>,
    /// Environment variables: an object.
    pub environment: Option<Template>,
}

/// What of a process is the task's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Return {
    /// What it wrote to standard output.
    #[default]
    Stdout,
    /// What it wrote to standard error.
    Stderr,
    /// Its exit code.
    Code,
    /// `{code, stdout, stderr}`.
    All,
    /// Nothing: null.
    None,
}
