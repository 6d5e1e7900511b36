//! What the tasks of a program do.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use weir_expression::{Expression, Template, UriTemplate};

use crate::{Bound, Flow, Interval, ListIndex, TaskIndex, WorkflowRef};

/// The kinds of task that are executed.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `do`: its list in sequence.
    Do(ListIndex),
    /// `set`: replaces the data.
    Set(Template),
    /// `switch`: the first case that matches chooses the way.
    Switch(Vec<Case>),
    /// `for`: its list once for each item.
    For(For),
    /// `fork`: its branches at the same time.
    Fork {
        /// One list a branch, in declaration order.
        branches: Vec<ListIndex>,
        /// The first to complete wins and the others are cancelled.
        compete: bool,
    },
    /// `try`: its list, with errors caught.
    Try(Box<Try>),
    /// `raise`: an error.
    Raise(Box<ErrorTemplate>),
    /// `wait`: nothing, for a while.
    Wait(Interval),
    /// `listen`: events.
    Listen(Listen),
    /// `emit`: an event.
    Emit(Emit),
    /// `call`: an action over a protocol.
    Call(Call),
    /// `call` of a function of `use.functions`.
    Invoke(Invoke),
    /// `run.shell`: a command on the executor's machine.
    Shell(Box<Shell>),
    /// `run.workflow`: an instance of another workflow.
    Workflow(Box<RunWorkflow>),
    /// What is in the place of a task that is extended: it, and what is around it.
    Extended {
        /// What comes before, the task, and what comes after.
        list: ListIndex,
        /// Where it leads: [`Flow::Out`] of its list takes one of them.
        ways: Vec<Flow>,
    },
    /// An extension's `before` or `after` of a task.
    Around(Around),
}

impl Kind {
    /// The property that makes a task of this kind: `do`, `call`, …
    pub fn name(&self) -> &'static str {
        match self {
            Self::Do(_) => "do",
            Self::Set(_) => "set",
            Self::Switch(_) => "switch",
            Self::For(_) => "for",
            Self::Fork { .. } => "fork",
            Self::Try(_) => "try",
            Self::Raise(_) => "raise",
            Self::Wait(_) => "wait",
            Self::Listen(_) => "listen",
            Self::Emit(_) => "emit",
            Self::Call(_) | Self::Invoke(_) => "call",
            Self::Shell(_) | Self::Workflow(_) => "run",
            Self::Extended { .. } => "extended",
            Self::Around(around) if around.is_before => "before",
            Self::Around(_) => "after",
        }
    }
}

/// `call` of a function of `use.functions`: its task is compiled once, for all calls.
#[derive(Clone, Debug)]
pub struct Invoke {
    /// What the function gets as its raw input; none: the call's input.
    pub arguments: Option<Template>,
    /// The function: a list of one task.
    pub body: ListIndex,
}

/// An extension's list: compiled once, for all tasks. Its output is its input.
#[derive(Clone, Debug)]
pub struct Around {
    /// The list.
    pub body: ListIndex,
    /// Which task it comes before or after.
    pub of: TaskIndex,
    /// Whether it comes before: then `exit` skips the task, and the output is what the list left.
    pub is_before: bool,
}

/// One case of a `switch`.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// Its condition; none marks the default, which is tried last wherever it stands.
    pub when: Option<Expression>,
    /// Where it leads.
    pub then: Flow,
}

/// `for`: an iteration over a finite collection.
#[derive(Clone, Debug)]
pub struct For {
    /// Variable of the current item, without `$`.
    pub each: Arc<str>,
    /// Variable of the current index, without `$`.
    pub at: Arc<str>,
    /// Yields the collection.
    pub items: crate::Mapping,
    /// Tested before each iteration.
    pub condition: Option<Expression>,
    /// What is done for each item.
    pub body: ListIndex,
    /// More items than this raise an error before the first iteration.
    pub items_max: u64,
    /// How that is known.
    pub size: Size,
}

/// How the size of a collection is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// It is written down: always the same.
    Exact,
    /// It is cut off, as in `.items[:100]`.
    Slice,
    /// `maxItems` of a schema.
    Schema,
    /// The limit `for_items_max`.
    Limit,
}

impl Size {
    /// Whether it is the same for every input.
    pub fn is_exact(self) -> bool {
        self == Self::Exact
    }
}

/// `try`/`catch`.
#[derive(Clone, Debug)]
pub struct Try {
    /// What is tried.
    pub body: ListIndex,
    /// What is done about errors.
    pub catch: Catch,
}

/// `catch`: which errors, and what then.
#[derive(Clone, Debug)]
pub struct Catch {
    /// `errors.with`: all given properties must be equal.
    pub errors: ErrorFilter,
    /// Variable of the caught error, without `$`.
    pub error_as: Arc<str>,
    /// Catch only when true; the error is `.` and `$<error_as>`.
    pub when: Option<Expression>,
    /// Do not catch when true.
    pub except_when: Option<Expression>,
    /// Try again?
    pub retry: Option<Retry>,
    /// Handles the error once retries are exhausted.
    pub body: Option<ListIndex>,
    /// Where the error path leads; none: the task's own `then`.
    pub then: Option<Flow>,
}

/// `catch.errors.with`.
#[derive(Clone, Debug, Default)]
pub struct ErrorFilter {
    /// Error type URI; the standard types match under both of their hosts.
    pub type_: Option<String>,
    /// Status code.
    pub status: Option<u64>,
    /// Pointer to where it was raised.
    pub instance: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Detail.
    pub detail: Option<String>,
}

/// A retry policy, with references resolved.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Retry only when true (over the error, as in [`Catch::when`]).
    pub when: Option<Expression>,
    /// Do not retry when true.
    pub except_when: Option<Expression>,
    /// Base delay before a retry.
    pub delay: Interval,
    /// How delays grow.
    pub backoff: Backoff,
    /// Retries after the first run.
    pub attempts_max: u64,
    /// Whether the policy says so itself; otherwise it is the limit `retry_attempts_max`.
    pub is_counted: bool,
    /// Each attempt's deadline.
    pub attempt_duration: Option<Interval>,
    /// Deadline of all attempts together, from the first one's start.
    pub duration: Option<Interval>,
    /// Added to each delay: a random span between the two.
    pub jitter: Option<(Interval, Interval)>,
}

/// How retry delays grow with the attempt number n = 1, 2, …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backoff {
    /// delay
    Constant,
    /// delay · n
    Linear,
    /// delay · 2ⁿ⁻¹
    Exponential,
}

/// `raise.error`, with a reference resolved.
#[derive(Clone, Debug)]
pub struct ErrorTemplate {
    /// Type URI.
    pub type_: Template,
    /// Status.
    pub status: Template,
    /// Title.
    pub title: Option<Template>,
    /// Detail.
    pub detail: Option<Template>,
    /// Kept when given; otherwise the raising task's reference.
    pub instance: Option<Template>,
}

/// `listen`.
#[derive(Clone, Debug)]
pub struct Listen {
    /// Which and how many events. The filters of `until` come after its own.
    pub to: Consumption,
    /// When to stop; none: once `to` is satisfied.
    pub until: Option<Until>,
    /// What of the events is read.
    pub read: Read,
    /// What is done for each event, one after the other, in the order they came.
    pub foreach: Option<Box<Foreach>>,
    /// When so many events have been consumed and it is not over, that is an error.
    pub events_max: u64,
}

impl Listen {
    /// What is done for each event.
    pub fn body(&self) -> Option<ListIndex> {
        self.foreach.as_ref().and_then(|foreach| foreach.body)
    }

    /// The filters from here on are those of `until`.
    pub fn until_from(&self) -> usize {
        match &self.until {
            Some(Until::Events { from, .. }) => *from,
            Some(Until::Condition(_)) | None => self.to.filters.len(),
        }
    }
}

/// `listen.to.until`.
#[derive(Clone, Debug)]
pub enum Until {
    /// Over when this is true of the array of events so far.
    Condition(Expression),
    /// Over when these have come; they are no part of the output.
    Events {
        /// How many of them.
        mode: Mode,
        /// Where their filters begin among those of [`Listen::to`].
        from: usize,
    },
}

/// `listen.foreach`.
#[derive(Clone, Debug)]
pub struct Foreach {
    /// Variable of the event, without `$`.
    pub item: Arc<str>,
    /// Variable of its index, without `$`.
    pub at: Arc<str>,
    /// What is done; none: nothing.
    pub body: Option<ListIndex>,
    /// `output.as` and `output.schema`, of each iteration.
    pub output: crate::Transform,
    /// `export.as` and `export.schema`, of each iteration.
    pub export: crate::Transform,
}

/// Which events are consumed before going on.
#[derive(Clone, Debug)]
pub struct Consumption {
    /// One, any or all.
    pub mode: Mode,
    /// The filters; empty under `any`: every event.
    pub filters: Vec<EventFilter>,
}

/// How many of the filters must be satisfied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The one filter.
    One,
    /// One of them.
    Any,
    /// Each of them.
    All,
}

/// Which events a filter lets through.
#[derive(Clone, Debug)]
pub struct EventFilter {
    /// Attribute (`type`, `source`, an extension, or `data`) → a literal it must equal or an
    /// expression, evaluated on the attribute's value, that must be true.
    pub attributes: BTreeMap<String, AttributeMatch>,
    /// Correlation keys.
    pub correlate: Vec<Correlation>,
}

/// What an attribute must be.
#[derive(Clone, Debug)]
pub enum AttributeMatch {
    /// Equal to this.
    Literal(Value),
    /// Equal to the text, or matched by it as a whole.
    Pattern {
        /// The text as written.
        text: String,
        /// The text as a regular expression, anchored.
        regex: regex_lite::Regex,
    },
    /// True of the attribute's value.
    Expression(Expression),
}

/// One correlation key of a filter.
#[derive(Clone, Debug)]
pub struct Correlation {
    /// Its name, shared across the filters of a task.
    pub name: String,
    /// Extracts the key from the whole event.
    pub from: Expression,
    /// What it must equal, evaluated on the task's input when the listen starts; none: whatever
    /// the first consumed event has.
    pub expect: Option<Template>,
}

/// What of an event becomes data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Its data.
    Data,
    /// The whole CloudEvent.
    Envelope,
    /// Its data as received.
    Raw,
}

/// `emit.event.with`.
#[derive(Clone, Debug)]
pub struct Emit {
    /// Attributes and data; `id`, `time` and `specversion` are filled in when absent.
    pub with: Template,
}

/// `call`.
#[derive(Clone, Debug)]
pub enum Call {
    /// `call: http`.
    Http(Box<HttpCall>),
    /// A function of the default catalog, which workers serve.
    Worker(WorkerCall),
    /// An action whose arguments the executor reads.
    Function(FunctionCall),
}

impl Call {
    /// Whether the task ends only when the action has.
    pub fn is_awaited(&self) -> bool {
        match self {
            Self::Http(_) | Self::Worker(_) => true,
            Self::Function(call) => call.await_,
        }
    }
}

/// `call: openapi`, `run.script` and their like.
#[derive(Clone, Debug)]
pub struct FunctionCall {
    /// Which.
    pub function: Function,
    /// The arguments as the definition has them, authentication policies and defaults filled in.
    pub with: Template,
    /// Whether the task ends only when the action has.
    pub await_: bool,
}

/// The kinds of action whose arguments only executors read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `call: openapi`.
    Openapi,
    /// `run.container`.
    Container,
    /// `call: grpc`.
    Grpc,
    /// `call: mcp`.
    Mcp,
    /// `call: a2a`.
    A2a,
    /// `run.script`.
    Script,
}

impl Function {
    /// The last token of its subject.
    pub fn name(self) -> &'static str {
        match self {
            Self::Openapi => "openapi",
            Self::Container => "container",
            Self::Grpc => "grpc",
            Self::Mcp => "mcp",
            Self::A2a => "a2a",
            Self::Script => "script",
        }
    }
}

/// `call: name:version@default`.
#[derive(Clone, Debug)]
pub struct WorkerCall {
    /// The last token of its subject: `name_1_0_0`.
    pub function: Arc<str>,
    /// Its arguments; none: the task's input.
    pub arguments: Option<Template>,
}

/// `call: http`.
#[derive(Clone, Debug)]
pub struct HttpCall {
    /// Method.
    pub method: Template,
    /// Where to.
    pub endpoint: UriTemplate,
    /// Header map.
    pub headers: Option<Template>,
    /// Query parameter map.
    pub query: Option<Template>,
    /// Body.
    pub body: Option<Template>,
    /// What of the response is the output.
    pub output: HttpOutput,
    /// Whether 3xx is a success; otherwise only 2xx is.
    pub redirect: bool,
    /// Credentials.
    pub authentication: Option<Authentication>,
}

/// What of an HTTP response becomes the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpOutput {
    /// The deserialized content.
    Content,
    /// The content in base64.
    Raw,
    /// Request, status code, headers and content.
    Response,
}

/// Credentials of a call.
#[derive(Clone, Debug)]
pub enum Authentication {
    /// Basic.
    Basic {
        /// User name.
        username: Template,
        /// Password.
        password: Template,
    },
    /// Bearer.
    Bearer {
        /// Token.
        token: Template,
    },
    /// Digest.
    Digest {
        /// User name.
        username: Template,
        /// Password.
        password: Template,
    },
    /// A token that the executor gets: `oauth2` or `oidc`.
    Token {
        /// Whether it is `oidc`: the endpoint for tokens is discovered.
        oidc: bool,
        /// The policy as the definition has it.
        with: Template,
    },
}

/// `run.workflow`.
#[derive(Clone, Debug)]
pub struct RunWorkflow {
    /// Which version of which.
    pub workflow: WorkflowRef,
    /// Its raw input; none: the task's input.
    pub input: Option<Template>,
    /// Whether to wait for it to end.
    pub await_: bool,
    /// What it can cost; none: it was not known where this was compiled.
    pub bound: Option<Bound>,
}

/// `run.shell`.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The command, run by `sh -c`.
    pub command: Template,
    /// `$1`, `$2`, …
    pub arguments: Option<Template>,
    /// Environment variables, a map.
    pub environment: Option<Template>,
    /// Standard input.
    pub stdin: Option<Template>,
    /// Whether to wait for it to end.
    pub await_: bool,
    /// What of it is the output.
    pub return_: Return,
}

/// What of a process becomes the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The exit code.
    Code,
    /// All three as an object.
    All,
    /// Null.
    None,
}

impl Return {
    /// As written in a definition.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Code => "code",
            Self::All => "all",
            Self::None => "none",
        }
    }
}
