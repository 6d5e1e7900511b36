//! The compiled workflow: tasks, lists and the edges between them.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde_json::Value;
use weir_definition::Diagnostic;
use weir_expression::{Data, EvalError, Expression, Scope, Template};

use crate::{Bound, EventFilter, Kind, Limits, Read, Schedule, kind::Mode};

/// Names one version of one workflow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkflowRef {
    /// `document.namespace`.
    pub namespace: String,
    /// `document.name`.
    pub name: String,
    /// `document.version`, a semantic version.
    pub version: String,
}

impl fmt::Display for WorkflowRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.namespace, self.name, self.version)
    }
}

/// Where a task stands in [`Program::tasks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskIndex(pub usize);

/// Where a list stands in [`Program::lists`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListIndex(pub usize);

/// A workflow, compiled: immutable and shared by all its instances.
#[derive(Clone, Debug)]
pub struct Program {
    /// Which workflow this is.
    pub workflow: WorkflowRef,
    /// The parsed document: `$workflow.definition`.
    pub definition: Data,
    /// Every task of the document, in document order.
    pub tasks: Vec<Task>,
    /// Every task list: the main `do`, and those of composite tasks.
    pub lists: Vec<List>,
    /// The main `do`.
    pub root: ListIndex,
    /// The workflow's own `input`.
    pub input: Transform,
    /// The workflow's own `output`.
    pub output: Transform,
    /// The deadline of the whole instance.
    pub deadline: Deadline,
    /// Events that start an instance, if `schedule.on` is set.
    pub trigger: Option<Trigger>,
    /// Times at which instances start, if `schedule` has such.
    pub schedule: Option<Schedule>,
    /// What it was compiled under.
    pub limits: Limits,
    /// What it can cost at most.
    pub bound: Bound,
    /// What its author may not mean, in the order of the document.
    pub warnings: Vec<Diagnostic>,
    /// Tasks by their reference (JSON pointer).
    pub by_reference: BTreeMap<Arc<str>, TaskIndex>,
}

impl Program {
    /// The task at `index`.
    pub fn task(&self, index: TaskIndex) -> &Task {
        &self.tasks[index.0]
    }

    /// The list at `index`.
    pub fn list(&self, index: ListIndex) -> &List {
        &self.lists[index.0]
    }

    /// The task that `reference` points to.
    pub fn find(&self, reference: &str) -> Option<&Task> {
        self.by_reference
            .get(reference)
            .map(|index| self.task(*index))
    }
}

/// Tasks that share a scope: flow directives resolve within it. Never empty.
#[derive(Clone, Debug)]
pub struct List {
    /// Its tasks in document order.
    pub tasks: Vec<TaskIndex>,
    /// The composite task it belongs to; none for the main `do`.
    pub owner: Option<TaskIndex>,
}

/// One task of the document.
#[derive(Clone, Debug)]
pub struct Task {
    /// Where it stands in [`Program::tasks`].
    pub index: TaskIndex,
    /// Its name.
    pub name: Arc<str>,
    /// JSON pointer to it, for example `/do/0/pay`: `$task.reference` and an error's `instance`.
    pub reference: Arc<str>,
    /// Its source as parsed: `$task.definition`.
    pub definition: Data,
    /// The list it belongs to.
    pub list: ListIndex,
    /// `if`: run only when true.
    pub guard: Option<Expression>,
    /// `input.schema` and `input.from`.
    pub input: Transform,
    /// `output.as` and `output.schema`.
    pub output: Transform,
    /// `export.as` and `export.schema`.
    pub export: Transform,
    /// When it times out.
    pub deadline: Deadline,
    /// Where its `then` leads.
    pub then: Flow,
    /// Where `continue` leads: the next task of its list, or out of it.
    pub following: Flow,
    /// How often `then` may lead back to it while its list runs (`metadata.maxReturns`).
    pub returns_max: Option<u64>,
    /// What it does.
    pub kind: Kind,
}

/// An edge of the control-flow graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// To a task of the same list.
    To(TaskIndex),
    /// Out of the list, completing it.
    Exit,
    /// Out of the list of an extended task, by one of its ways; or, by `exit`, out of what comes
    /// before that task, and past it.
    Out(usize),
    /// To the end of the workflow.
    End,
}

/// A schema and a mapping: `input`, `output` or `export`.
#[derive(Clone, Debug, Default)]
pub struct Transform {
    /// Validates the value (`input`: before the mapping; `output`, `export`: after it).
    pub schema: Option<Schema>,
    /// `from` or `as`.
    pub mapping: Option<Mapping>,
}

/// A `from` or `as`: one expression, or an object with expressions in it.
#[derive(Clone, Debug)]
pub enum Mapping {
    /// A jq expression.
    Expression(Expression),
    /// A JSON value whose `${}` leaves are evaluated.
    Template(Template),
}

impl Mapping {
    /// Evaluates to a new value.
    pub fn eval(&self, input: &Data, scope: &Scope) -> Result<Value, EvalError> {
        match self {
            Self::Expression(expression) => expression.eval(input, scope),
            Self::Template(template) => template.eval(input, scope),
        }
    }
}

/// A compiled JSON Schema.
#[derive(Clone)]
pub struct Schema {
    validator: Arc<jsonschema::Validator>,
}

impl Schema {
    /// Compiles `schema`; references to other documents are not followed.
    ///
    /// # Errors
    /// Says what is wrong with the schema.
    pub fn compile(schema: &Value) -> Result<Self, String> {
        let validator = jsonschema::validator_for(schema).map_err(|error| error.to_string())?;
        Ok(Self {
            validator: Arc::new(validator),
        })
    }

    /// Checks `value`.
    ///
    /// # Errors
    /// Names the first violation: JSON pointer and reason.
    pub fn validate(&self, value: &Value) -> Result<(), String> {
        self.validator
            .validate(value)
            .map_err(|error| format!("{}: {error}", error.instance_path()))
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schema")
    }
}

/// A span of time that is written down or computed.
#[derive(Clone, Debug)]
pub enum Interval {
    /// Milliseconds.
    Literal(u64),
    /// An expression (or an object of expressions) that yields a duration object or an ISO 8601
    /// string; clamped to [`Limits::wait_ms_max`].
    Computed(Mapping),
}

/// When a task times out: every task has a deadline, its own or an ancestor's.
#[derive(Clone, Debug)]
pub enum Deadline {
    /// Declared by its `timeout`.
    Own(Interval),
    /// The configured default, in milliseconds: the source declares none and the task waits.
    Default(u64),
    /// That of the enclosing task or workflow.
    Inherited,
}

/// `schedule.on`: which events start an instance.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// One, any or all.
    pub mode: Mode,
    /// The filters.
    pub filters: Vec<EventFilter>,
    /// What of the event becomes input.
    pub read: Read,
}
