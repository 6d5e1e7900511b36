//! Actions: what executors and workers are asked to do.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use weir_engine as engine;
use weir_expression::Data;
use weir_graph as graph;

use super::{Format, WorkflowRef, data};

/// A message on `weir.actions.<function>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionRequest {
    /// `<instance><task reference>/<activation>`: the same for every delivery of this action.
    pub id: String,
    /// The instance that waits for it.
    pub instance: String,
    /// What the instance runs.
    pub workflow: WorkflowRef,
    /// Number of the activation that waits for it.
    pub task: u64,
    /// JSON pointer to the task.
    pub reference: String,
    /// Subject to publish the [`super::Outcome`] to.
    pub reply_to: String,
    /// After this nobody waits for the outcome: milliseconds since the Unix epoch.
    pub deadline: u64,
    /// What to do.
    pub request: Request,
    /// What is put into the request before it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferred: Option<Deferred>,
}

impl Format for ActionRequest {
    const NAME: &'static str = "action request";
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "function", rename_all = "kebab-case")]
pub enum Request {
    /// `call: http`.
    Http(HttpRequest),
    /// `run.shell`.
    Shell(ShellRequest),
    /// A function that workers serve.
    Worker(WorkerRequest),
    /// `call: openapi`.
    Openapi(Arguments),
    /// `run.container`.
    Container(Arguments),
    /// `call: grpc`.
    Grpc(Arguments),
    /// `call: mcp`.
    Mcp(Arguments),
    /// `call: a2a`.
    A2a(Arguments),
    /// `run.script`.
    Script(Arguments),
    /// `run.workflow`: in the journal only.
    Workflow(WorkflowRequest),
}

/// See [`engine::WorkflowRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub struct WorkflowRequest {
    pub workflow: WorkflowRef,
    #[serde(with = "data")]
    pub input: Data,
    pub is_awaited: bool,
}

/// See [`engine::WorkerRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub struct WorkerRequest {
    pub name: String,
    #[serde(with = "data")]
    pub arguments: Data,
}

/// Arguments as the definition has them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arguments {
    /// Under this name in the definition, too.
    #[serde(with = "data")]
    pub with: Data,
}

impl Request {
    /// The last token of the subject it goes to.
    pub fn function(&self) -> &str {
        match self {
            Self::Http(_) => "http",
            Self::Shell(_) => "shell",
            Self::Worker(worker) => &worker.name,
            Self::Openapi(_) => graph::Function::Openapi.name(),
            Self::Container(_) => graph::Function::Container.name(),
            Self::Grpc(_) => graph::Function::Grpc.name(),
            Self::Mcp(_) => graph::Function::Mcp.name(),
            Self::A2a(_) => graph::Function::A2a.name(),
            Self::Script(_) => graph::Function::Script.name(),
            Self::Workflow(_) => "workflow",
        }
    }

    /// The arguments that only executors read, if it has such.
    pub fn arguments(&self) -> Option<&Data> {
        match self {
            Self::Http(_) | Self::Shell(_) | Self::Worker(_) | Self::Workflow(_) => None,
            Self::Openapi(arguments)
            | Self::Container(arguments)
            | Self::Grpc(arguments)
            | Self::Mcp(arguments)
            | Self::A2a(arguments)
            | Self::Script(arguments) => Some(&arguments.with),
        }
    }

    /// The same request with other arguments, if it has such.
    #[must_use]
    pub fn with_arguments(&self, with: Data) -> Self {
        let arguments = Arguments { with };
        match self {
            Self::Http(_) | Self::Shell(_) | Self::Worker(_) | Self::Workflow(_) => self.clone(),
            Self::Openapi(_) => Self::Openapi(arguments),
            Self::Container(_) => Self::Container(arguments),
            Self::Grpc(_) => Self::Grpc(arguments),
            Self::Mcp(_) => Self::Mcp(arguments),
            Self::A2a(_) => Self::A2a(arguments),
            Self::Script(_) => Self::Script(arguments),
        }
    }
}

/// See [`engine::Deferred`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub struct Deferred {
    pub expressions: Vec<DeferredExpression>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<String>,
    #[serde(default, with = "data")]
    pub input: Data,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, Value>,
}

/// See [`engine::DeferredExpression`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub struct DeferredExpression {
    pub at: String,
    pub jq: String,
}

/// See [`engine::HttpRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub struct HttpRequest {
    pub method: String,
    pub uri: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, Value>,
    #[serde(
        default,
        with = "data::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub body: Option<Data>,
    pub output: HttpOutput,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redirect: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
}

/// See [`engine::ShellRequest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub struct ShellRequest {
    pub command: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<String>,
    #[serde(rename = "return")]
    pub return_: Return,
}

/// See [`graph::HttpOutput`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub enum HttpOutput {
    Content,
    Raw,
    Response,
}

/// See [`graph::Return`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub enum Return {
    Stdout,
    Stderr,
    Code,
    All,
    None,
}

/// Credentials of an HTTP request.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub enum Credentials {
    Basic {
        username: String,
        password: String,
    },
    Bearer {
        token: String,
    },
    Digest {
        username: String,
        password: String,
    },
    Token {
        oidc: bool,
        #[serde(with = "data")]
        with: Data,
    },
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        engine::Credentials::from(self).fmt(f)
    }
}

impl From<&engine::Request> for Request {
    fn from(from: &engine::Request) -> Self {
        match from {
            engine::Request::Http(http) => Self::Http(HttpRequest {
                method: http.method.clone(),
                uri: http.uri.clone(),
                headers: http.headers.clone(),
                query: http.query.clone(),
                body: http.body.clone(),
                output: match http.output {
                    graph::HttpOutput::Content => HttpOutput::Content,
                    graph::HttpOutput::Raw => HttpOutput::Raw,
                    graph::HttpOutput::Response => HttpOutput::Response,
                },
                redirect: http.redirect,
                credentials: http.credentials.as_ref().map(Credentials::from),
            }),
            engine::Request::Worker(worker) => Self::Worker(WorkerRequest {
                name: worker.function.to_string(),
                arguments: worker.arguments.clone(),
            }),
            engine::Request::Workflow(run) => Self::Workflow(WorkflowRequest {
                workflow: (&run.workflow).into(),
                input: run.input.clone(),
                is_awaited: run.is_awaited,
            }),
            engine::Request::Shell(shell) => Self::Shell(ShellRequest {
                command: shell.command.clone(),
                arguments: shell.arguments.clone(),
                environment: shell.environment.clone(),
                stdin: shell.stdin.clone(),
                return_: match shell.return_ {
                    graph::Return::Stdout => Return::Stdout,
                    graph::Return::Stderr => Return::Stderr,
                    graph::Return::Code => Return::Code,
                    graph::Return::All => Return::All,
                    graph::Return::None => Return::None,
                },
            }),
            engine::Request::Function { function, with } => {
                let arguments = Arguments { with: with.clone() };
                match function {
                    graph::Function::Openapi => Self::Openapi(arguments),
                    graph::Function::Container => Self::Container(arguments),
                    graph::Function::Grpc => Self::Grpc(arguments),
                    graph::Function::Mcp => Self::Mcp(arguments),
                    graph::Function::A2a => Self::A2a(arguments),
                    graph::Function::Script => Self::Script(arguments),
                }
            }
        }
    }
}

impl From<&Request> for engine::Request {
    fn from(from: &Request) -> Self {
        match from {
            Request::Http(http) => Self::Http(engine::HttpRequest {
                method: http.method.clone(),
                uri: http.uri.clone(),
                headers: http.headers.clone(),
                query: http.query.clone(),
                body: http.body.clone(),
                output: match http.output {
                    HttpOutput::Content => graph::HttpOutput::Content,
                    HttpOutput::Raw => graph::HttpOutput::Raw,
                    HttpOutput::Response => graph::HttpOutput::Response,
                },
                redirect: http.redirect,
                credentials: http.credentials.as_ref().map(engine::Credentials::from),
            }),
            Request::Worker(worker) => Self::Worker(engine::WorkerRequest {
                function: worker.name.as_str().into(),
                arguments: worker.arguments.clone(),
            }),
            Request::Workflow(run) => Self::Workflow(engine::WorkflowRequest {
                workflow: (&run.workflow).into(),
                input: run.input.clone(),
                is_awaited: run.is_awaited,
            }),
            Request::Shell(shell) => Self::Shell(engine::ShellRequest {
                command: shell.command.clone(),
                arguments: shell.arguments.clone(),
                environment: shell.environment.clone(),
                stdin: shell.stdin.clone(),
                return_: match shell.return_ {
                    Return::Stdout => graph::Return::Stdout,
                    Return::Stderr => graph::Return::Stderr,
                    Return::Code => graph::Return::Code,
                    Return::All => graph::Return::All,
                    Return::None => graph::Return::None,
                },
            }),
            Request::Openapi(Arguments { with }) => Self::Function {
                function: graph::Function::Openapi,
                with: with.clone(),
            },
            Request::Container(Arguments { with }) => Self::Function {
                function: graph::Function::Container,
                with: with.clone(),
            },
            Request::Grpc(Arguments { with }) => Self::Function {
                function: graph::Function::Grpc,
                with: with.clone(),
            },
            Request::Mcp(Arguments { with }) => Self::Function {
                function: graph::Function::Mcp,
                with: with.clone(),
            },
            Request::A2a(Arguments { with }) => Self::Function {
                function: graph::Function::A2a,
                with: with.clone(),
            },
            Request::Script(Arguments { with }) => Self::Function {
                function: graph::Function::Script,
                with: with.clone(),
            },
        }
    }
}

impl From<&engine::Deferred> for Deferred {
    fn from(from: &engine::Deferred) -> Self {
        let expressions = from.expressions.iter();
        let variables = from.variables.iter();
        Self {
            expressions: expressions
                .map(|one| DeferredExpression {
                    at: one.at.clone(),
                    jq: one.jq.clone(),
                })
                .collect(),
            secrets: from.secrets.clone(),
            input: from.input.clone(),
            variables: variables
                .map(|(name, value)| (name.clone(), value.as_value().clone()))
                .collect(),
        }
    }
}

impl From<&Deferred> for engine::Deferred {
    fn from(from: &Deferred) -> Self {
        let expressions = from.expressions.iter();
        let variables = from.variables.iter();
        Self {
            expressions: expressions
                .map(|one| engine::DeferredExpression {
                    at: one.at.clone(),
                    jq: one.jq.clone(),
                })
                .collect(),
            secrets: from.secrets.clone(),
            input: from.input.clone(),
            variables: variables
                .map(|(name, value)| (name.clone(), value.clone().into()))
                .collect(),
        }
    }
}

impl From<&engine::Credentials> for Credentials {
    fn from(from: &engine::Credentials) -> Self {
        match from.clone() {
            engine::Credentials::Basic { username, password } => Self::Basic { username, password },
            engine::Credentials::Bearer { token } => Self::Bearer { token },
            engine::Credentials::Digest { username, password } => {
                Self::Digest { username, password }
            }
            engine::Credentials::Token { oidc, with } => Self::Token { oidc, with },
        }
    }
}

impl From<&Credentials> for engine::Credentials {
    fn from(from: &Credentials) -> Self {
        match from.clone() {
            Credentials::Basic { username, password } => Self::Basic { username, password },
            Credentials::Bearer { token } => Self::Bearer { token },
            Credentials::Digest { username, password } => Self::Digest { username, password },
            Credentials::Token { oidc, with } => Self::Token { oidc, with },
        }
    }
}
