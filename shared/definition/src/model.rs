//! What a workflow definition says, as closed types. Built only by [`crate::parse`].

pub mod call;
pub mod data;
pub mod event;
pub mod fault;
pub mod run;
pub mod task;

use std::collections::BTreeMap;

use serde_json::Value;

use self::data::{Authentication, Endpoint, Expression, Input, Output, Text};
use self::event::{EventConsumption, ReadAs};
use self::fault::{ErrorDefinition, RetryPolicy};
use self::task::{Task, TaskList};
use crate::duration::DurationSpec;
use crate::source::{Position, Source, Span};

/// A whole workflow definition (specification: Workflow).
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Who the workflow is: DSL version, namespace, name, version.
    pub document: Document,
    /// How the workflow's input is validated and transformed.
    pub input: Option<Input>,
    /// The reusable components, under `use`.
    pub use_: Components,
    /// The tasks of the main list, under `do`.
    pub tasks: TaskList,
    /// The workflow's own timeout, inline or by name.
    pub timeout: Option<TimeoutRef>,
    /// How the workflow's output is transformed and validated.
    pub output: Option<Output>,
    /// What starts the workflow by itself.
    pub schedule: Option<Schedule>,
    /// The expression language and its mode.
    pub evaluate: Evaluate,
    /// The whole document as JSON; expressions see it as `$workflow.definition`.
    pub value: Value,
    /// The text this was parsed from, and where each value stands in it.
    pub source: Source,
}

impl Definition {
    /// Where the value at `pointer` stands in the source; for the entry of a mapping, its key.
    ///
    /// A pointer that leads nowhere yields the position of its nearest existing ancestor, so a
    /// message about a missing property still has a place.
    pub fn position(&self, pointer: &str) -> Position {
        self.source.position(self.source.key_span(pointer).start)
    }

    /// The bytes of the value at `pointer`, with the same rule for pointers that lead nowhere.
    pub fn span(&self, pointer: &str) -> Span {
        self.source.value_span(pointer)
    }
}

/// The `document` section.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The version of the DSL, `1.0.0` to `1.0.3`.
    pub dsl: String,
    /// The workflow's namespace: 1 to 63 of `a-z 0-9 -`.
    pub namespace: String,
    /// The workflow's name: 1 to 63 of `a-z 0-9 -`.
    pub name: String,
    /// The workflow's semantic version.
    pub version: String,
    /// A title for people.
    pub title: Option<String>,
    /// A Markdown summary for people.
    pub summary: Option<String>,
    /// Free key/value tags, as written.
    pub tags: Option<Value>,
    /// Free data, as written.
    pub metadata: Option<Value>,
}

/// The reusable components of a workflow, by name (specification: Use).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Components {
    /// Authentication policies.
    pub authentications: BTreeMap<String, Authentication>,
    /// Resource catalogs.
    pub catalogs: BTreeMap<String, Catalog>,
    /// Errors, for `raise`.
    pub errors: BTreeMap<String, ErrorDefinition>,
    /// Extensions, in the order written.
    pub extensions: Vec<Extension>,
    /// Tasks that `call` can name.
    pub functions: BTreeMap<String, Task>,
    /// Retry policies, for `catch.retry`.
    pub retries: BTreeMap<String, RetryPolicy>,
    /// Names of the secrets the workflow may read.
    pub secrets: Vec<Text>,
    /// Timeouts.
    pub timeouts: BTreeMap<String, Timeout>,
}

/// A place that functions can be loaded from (specification: Catalog).
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    /// The catalog's root.
    pub endpoint: Endpoint,
}

/// Tasks run before and after others (specification: Extension).
#[derive(Debug, Clone, PartialEq)]
pub struct Extension {
    /// The extension's name.
    pub name: String,
    /// The tasks it applies to: a kind such as `call`, `composite`, or `all`.
    pub extend: String,
    /// Whether it applies to a given task.
    pub when: Option<Expression>,
    /// Tasks run before the extended one.
    pub before: TaskList,
    /// Tasks run after the extended one.
    pub after: TaskList,
    /// JSON pointer of the extension, `/use/extensions/0/name`.
    pub pointer: String,
}

/// Something written in place, or named and found under `use`.
#[derive(Debug, Clone, PartialEq)]
pub enum Reference<T> {
    /// The component's name. [`crate::parse`] has checked that it exists.
    Named(Text),
    /// The component itself.
    Inline(T),
}

/// A timeout, inline or by name.
pub type TimeoutRef = Reference<Timeout>;

/// How long a task or workflow may take (specification: Timeout).
#[derive(Debug, Clone, PartialEq)]
pub struct Timeout {
    /// The time after which it is interrupted.
    pub after: DurationSpec,
}

/// What starts a workflow (specification: Schedule). At least one of the first four is set.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Every so often, whether or not the previous run has ended.
    pub every: Option<DurationSpec>,
    /// At the times of a cron expression.
    pub cron: Option<Text>,
    /// So long after the previous run's end.
    pub after: Option<DurationSpec>,
    /// On events.
    pub on: Option<EventConsumption>,
    /// What of the events becomes the workflow's input.
    pub read: ReadAs,
}

/// How expressions are written (specification: Evaluate).
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluate {
    /// The expression language; `jq` when absent.
    pub language: Text,
    /// Whether expressions need `${ }`.
    pub mode: Mode,
}

/// The mode of expression evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only `${ … }` is an expression (and the fields typed as expressions).
    Strict,
    /// Every string is tried as an expression.
    Loose,
}
