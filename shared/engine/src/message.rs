//! What can be said to an instance.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;
use weir_expression::Data;
use weir_graph::{Function, HttpOutput, Return, WorkflowRef};

use crate::{Activation, InstanceId, Timestamp, WorkflowError};

/// An input of [`crate::decide`]. Each may come twice, late or out of order.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Begin.
    StartInstance(StartInstance),
    /// An executor or worker is done with an action.
    ActionReported {
        /// The activation that requested it.
        task: Activation,
        /// How it went.
        outcome: Outcome,
    },
    /// The instance's timer went off.
    TimerFired {
        /// When it was due.
        due: Timestamp,
    },
    /// An event that may be one the instance listens for.
    EventReceived {
        /// The whole CloudEvent, as JSON.
        event: Data,
    },
    /// The scheduler cannot record what the last message led to (too much data): everything in
    /// progress is cancelled and the instance faults with this error, which nothing catches.
    FailInstance {
        /// Why.
        error: WorkflowError,
    },
    /// Stop now.
    CancelInstance {
        /// Why, for people.
        reason: Option<String>,
    },
}

/// What begins an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct StartInstance {
    /// The instance to be.
    pub instance: InstanceId,
    /// Which workflow.
    pub workflow: WorkflowRef,
    /// Its raw input; null when none was given.
    pub input: Data,
    /// Events accepted from here on may be meant for it: when the start (or the event that caused
    /// it) was accepted, by the broker's clock.
    pub since: Timestamp,
    /// Who waits for it to end.
    pub parent: Option<Parent>,
}

/// The task of another instance that waits for an instance to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// Which instance.
    pub instance: InstanceId,
    /// What that runs.
    pub workflow: WorkflowRef,
    /// Which activation.
    pub task: Activation,
    /// JSON pointer to the task.
    pub reference: Arc<str>,
}

/// How an action went.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Its raw output.
    Completed(Data),
    /// The error, without `instance`.
    Failed(WorkflowError),
}

/// What an executor is asked to do, evaluated but for what is [`Deferred`].
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// `call: http`.
    Http(HttpRequest),
    /// `run.shell`.
    Shell(ShellRequest),
    /// A function that workers serve.
    Worker(WorkerRequest),
    /// `run.workflow`: no executor is asked, but an instance started.
    Workflow(WorkflowRequest),
    /// A function whose arguments the executor reads, as the definition has them.
    Function {
        /// Which.
        function: Function,
        /// The arguments.
        with: Data,
    },
}

impl Request {
    /// The function that serves it: the last token of its subject.
    pub fn function(&self) -> &str {
        match self {
            Self::Http(_) => "http",
            Self::Shell(_) => "shell",
            Self::Worker(request) => &request.function,
            Self::Workflow(_) => "workflow",
            Self::Function { function, .. } => function.name(),
        }
    }

    pub(crate) fn size_bytes(&self) -> usize {
        match self {
            Self::Http(request) => {
                request.uri.len() + request.body.as_ref().map_or(0, Data::size_bytes)
            }
            Self::Shell(request) => {
                let arguments = request.arguments.iter().map(String::len).sum::<usize>();
                request.command.len() + arguments + request.stdin.as_ref().map_or(0, String::len)
            }
            Self::Worker(request) => request.arguments.size_bytes(),
            Self::Workflow(request) => request.input.size_bytes(),
            Self::Function { with, .. } => with.size_bytes(),
        }
    }

    /// Without credentials that only the executor knows.
    pub(crate) fn for_view(&self, deferred: Option<&Deferred>) -> Self {
        let mut request = self.clone();
        let mut later = deferred.iter().flat_map(|deferred| &deferred.expressions);
        if let Self::Http(http) = &mut request
            && later.any(|one| one.at.starts_with("/credentials"))
        {
            http.credentials = None;
        }
        request
    }
}

/// What an executor puts into a request before it does it: expressions that use secrets, or how the
/// request authenticates. Neither may be known here, where everything is journaled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deferred {
    /// The expressions.
    pub expressions: Vec<DeferredExpression>,
    /// The secrets they use: all declared by the definition.
    pub secrets: BTreeSet<String>,
    /// `.` of all of them.
    pub input: Data,
    /// The other variables they use.
    pub variables: BTreeMap<String, Data>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeferredExpression {
    /// JSON pointer into the request, in its stored form, to where the result goes.
    pub at: String,
    /// The jq program.
    pub jq: String,
}

impl Deferred {
    pub(crate) fn size_bytes(&self) -> usize {
        let expressions = self.expressions.iter();
        let variables = self.variables.iter();
        expressions
            .map(|one| one.at.len() + one.jq.len() + 32)
            .sum::<usize>()
            + variables
                .map(|(name, value)| name.len() + value.size_bytes())
                .sum::<usize>()
            + self.input.size_bytes()
    }
}

/// An HTTP request.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRequest {
    /// Upper case.
    pub method: String,
    /// Absolute URI, query not included.
    pub uri: String,
    /// Header name → value.
    pub headers: BTreeMap<String, String>,
    /// Name → value or array of values.
    pub query: BTreeMap<String, Value>,
    /// Body, if any.
    pub body: Option<Data>,
    /// What of the response is wanted.
    pub output: HttpOutput,
    /// Whether 3xx is a success.
    pub redirect: bool,
    /// Credentials, if any.
    pub credentials: Option<Credentials>,
}

/// Credentials of an HTTP request.
#[derive(Clone, PartialEq)]
pub enum Credentials {
    /// Basic.
    Basic {
        /// User name.
        username: String,
        /// Password.
        password: String,
    },
    /// Bearer.
    Bearer {
        /// Token.
        token: String,
    },
    /// Digest.
    Digest {
        /// User name.
        username: String,
        /// Password.
        password: String,
    },
    /// A token that the executor gets.
    Token {
        /// Whether by `oidc`; else by `oauth2`.
        oidc: bool,
        /// The policy.
        with: Data,
    },
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Basic(…)",
            Self::Bearer { .. } => "Bearer(…)",
            Self::Digest { .. } => "Digest(…)",
            Self::Token { .. } => "Token(…)",
        })
    }
}

/// `call: name:version@default`.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerRequest {
    /// `name_1_0_0`.
    pub function: Arc<str>,
    /// Its arguments.
    pub arguments: Data,
}

/// `run.workflow`.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkflowRequest {
    /// Which.
    pub workflow: WorkflowRef,
    /// Its raw input.
    pub input: Data,
    /// Whether its end is waited for.
    pub is_awaited: bool,
}

/// A command for `sh -c`.
#[derive(Clone, Debug, PartialEq)]
pub struct ShellRequest {
    /// The command.
    pub command: String,
    /// `$1`, `$2`, …
    pub arguments: Vec<String>,
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// Standard input.
    pub stdin: Option<String>,
    /// What of the process is wanted.
    pub return_: Return,
}
