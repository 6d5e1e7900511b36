//! Tasks: what they share, and their kinds.

use serde_json::Value;

use crate::duration::DurationSpec;
use crate::model::TimeoutRef;
use crate::model::call::CallTask;
use crate::model::data::{Export, Expression, Input, Output, Template};
use crate::model::event::{EmitTask, ListenTask};
use crate::model::fault::{RaiseTask, TryTask};
use crate::model::run::RunTask;

/// The most that a task's `metadata.maxReturns` can be.
pub const RETURNS_MAX: u64 = 1_000_000;

/// Tasks run one after the other, or the branches of a fork. Names are unique within a list.
pub type TaskList = Vec<NamedTask>;

/// A task and the name it has in its list.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTask {
    /// The task's name.
    pub name: String,
    /// The task.
    pub task: Task,
}

/// One task (specification: Task).
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Runs the task only if this holds on the raw input.
    pub if_: Option<Expression>,
    /// How the task's input is validated and transformed.
    pub input: Option<Input>,
    /// How its output is transformed and validated.
    pub output: Option<Output>,
    /// What it writes to the context.
    pub export: Option<Export>,
    /// Its own timeout, inline or by name.
    pub timeout: Option<TimeoutRef>,
    /// Where to go next; absent, on.
    pub then: Option<FlowDirective>,
    /// Free data, as written.
    pub metadata: Option<Value>,
    /// What it does.
    pub kind: TaskKind,
    /// JSON pointer of the task, `/do/0/name`: also the `instance` of its errors.
    pub pointer: String,
}

/// What a task does.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskKind {
    /// Calls a service or function.
    Call(CallTask),
    /// Runs tasks in sequence.
    Do(TaskList),
    /// Publishes an event.
    Emit(EmitTask),
    /// Runs tasks for each item of a collection.
    For(Box<ForTask>),
    /// Runs tasks side by side.
    Fork(ForkTask),
    /// Awaits events.
    Listen(Box<ListenTask>),
    /// Raises an error.
    Raise(Box<RaiseTask>),
    /// Runs a process.
    Run(RunTask),
    /// Sets the task's output: an object, or a string.
    Set(Template),
    /// Chooses where to go.
    Switch(Vec<SwitchCase>),
    /// Runs tasks and handles their errors.
    Try(Box<TryTask>),
    /// Waits.
    Wait(DurationSpec),
}

impl TaskKind {
    /// The property that makes a task of this kind: `call`, `do`, `emit`, …
    pub fn name(&self) -> &'static str {
        match self {
            Self::Call(_) => "call",
            Self::Do(_) => "do",
            Self::Emit(_) => "emit",
            Self::For(_) => "for",
            Self::Fork(_) => "fork",
            Self::Listen(_) => "listen",
            Self::Raise(_) => "raise",
            Self::Run(_) => "run",
            Self::Set(_) => "set",
            Self::Switch(_) => "switch",
            Self::Try(_) => "try",
            Self::Wait(_) => "wait",
        }
    }
}

/// Where to go next (specification: Flow Directive).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlowDirective {
    /// To the next task of the list.
    Continue,
    /// Out of the list.
    Exit,
    /// To the end of the workflow.
    End,
    /// To the task of this name in the same list. [`crate::parse`] has checked that it exists.
    Task(String),
}

/// Runs tasks for each item of a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct ForTask {
    /// The name of the item's variable, `item` when absent.
    pub each: String,
    /// The name of the index's variable, `index` when absent.
    pub at: String,
    /// The collection.
    pub in_: Collection,
    /// Goes on only while this holds; tested before each iteration.
    pub while_: Option<Expression>,
    /// The tasks of one iteration.
    pub tasks: TaskList,
}

/// What a `for` iterates over.
#[derive(Debug, Clone, PartialEq)]
pub enum Collection {
    /// An expression that yields an array.
    Expression(Expression),
    /// An array written in place. Its items may be anything, though the schema wants mappings.
    Inline(Template),
}

/// Runs tasks side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct ForkTask {
    /// The branches, one task each.
    pub branches: TaskList,
    /// Whether the first branch to complete wins and the others are cancelled.
    pub compete: bool,
}

/// One case of a switch.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchCase {
    /// The case's name.
    pub name: String,
    /// When the case matches; absent for the default, of which there is at most one.
    pub when: Option<Expression>,
    /// Where to go then.
    pub then: FlowDirective,
    /// JSON pointer of the case, `/do/0/x/switch/1/name`.
    pub pointer: String,
}
