//! `call: mcp`: a method of a Model Context Protocol server, one that is started for it, or one that
//! answers HTTP.
//!
//! Each call is a session of its own: it begins with `initialize` and ends with its answer.

mod remote;
mod started;

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;
use weir_engine::{ErrorKind, WorkflowError};
use weir_graph::parse_duration;
use weir_protocol::v1::Request;

use self::{remote::Remote, started::Started};
use crate::{
    Action, Function, Settings, StartError, http_client,
    resource::Endpoint,
    rpc::{request, result},
};

/// What is said if the definition does not (specification: MCP Call).
const VERSION: &str = "2025-06-18";

/// Calls MCP servers.
pub struct Mcp {
    client: Client,
    concurrency_max: usize,
    response_bytes_max: usize,
    /// Servers on their way out.
    ending: TaskTracker,
}

/// The arguments of `call: mcp`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct With {
    protocol_version: Option<String>,
    method: String,
    #[serde(default)]
    parameters: Value,
    #[serde(default)]
    timeout: Value,
    transport: Transport,
    client: Option<Info>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Transport {
    Http {
        endpoint: Endpoint,
        headers: Option<BTreeMap<String, String>>,
    },
    Stdio {
        command: String,
        arguments: Option<Vec<Value>>,
        environment: Option<BTreeMap<String, Value>>,
    },
}

#[derive(Deserialize)]
struct Info {
    name: String,
    version: String,
}

impl Mcp {
    /// With the certificate authorities that the system trusts.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(settings: &Settings) -> Result<Self, StartError> {
        Ok(Self {
            client: http_client()?,
            concurrency_max: settings.shell_concurrency_max,
            response_bytes_max: settings.response_bytes_max,
            ending: TaskTracker::new(),
        })
    }

    async fn ask(&self, with: &With, action: &Action<'_>) -> Result<Value, WorkflowError> {
        let mut session = match &with.transport {
            Transport::Http { endpoint, headers } => Session::Remote(Remote::new(
                self.client.clone(),
                endpoint,
                headers.as_ref(),
                action,
                self.response_bytes_max,
            )?),
            Transport::Stdio {
                command,
                arguments,
                environment,
            } => Session::Started(Box::new(Started::new(
                command,
                arguments.as_deref().unwrap_or_default(),
                environment.as_ref(),
                self.response_bytes_max,
                &self.ending,
            )?)),
        };
        let told = session.converse(with).await;
        session.end().await;
        told
    }
}

#[async_trait]
impl Function for Mcp {
    fn name(&self) -> &'static str {
        "mcp"
    }

    fn concurrency_max(&self) -> usize {
        self.concurrency_max
    }

    async fn call(&self, action: &Action<'_>) -> Result<Value, WorkflowError> {
        let Request::Mcp(arguments) = action.request else {
            return Err(ErrorKind::Runtime.error("not an MCP call"));
        };
        let with = With::deserialize(arguments.with.as_value())
            .map_err(|error| invalid(format!("with: {error}")))?;
        if !with.parameters.is_null() && !with.parameters.is_object() {
            return Err(invalid("parameters: they must be an object"));
        }
        if with.timeout.is_null() {
            return self.ask(&with, action).await;
        }
        let timeout_ms =
            parse_duration(&with.timeout).map_err(|error| invalid(format!("timeout: {error}")))?;
        let asking = self.ask(&with, action);
        let asked = tokio::time::timeout(Duration::from_millis(timeout_ms), asking).await;
        asked.unwrap_or_else(|_| {
            let detail = format!("{} was not answered within its `timeout`", with.method);
            Err(ErrorKind::Timeout.error(detail))
        })
    }

    async fn close(&self) {
        self.ending.close();
        self.ending.wait().await;
    }
}

/// A conversation with a server.
enum Session {
    Remote(Remote),
    Started(Box<Started>),
}

impl Session {
    async fn converse(&mut self, with: &With) -> Result<Value, WorkflowError> {
        let version = with.protocol_version.as_deref().unwrap_or(VERSION);
        let (name, about) = match &with.client {
            Some(client) => (client.name.as_str(), client.version.as_str()),
            None => ("weir", env!("CARGO_PKG_VERSION")),
        };
        let greeting = json!({
            "protocolVersion": version,
            "capabilities": {},
            "clientInfo": { "name": name, "version": about },
        });
        let answer = self.ask(&request(1, "initialize", Some(&greeting))).await?;
        let greeted = result("initialize", answer)?;
        if let Self::Remote(remote) = self {
            let agreed = greeted.get("protocolVersion").and_then(Value::as_str);
            remote.agree(agreed.unwrap_or(version))?;
        }
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        self.tell(&ready).await?;
        let parameters = (!with.parameters.is_null()).then_some(&with.parameters);
        let answer = self.ask(&request(2, &with.method, parameters)).await?;
        result(&with.method, answer)
    }

    async fn ask(&mut self, message: &Value) -> Result<Value, WorkflowError> {
        match self {
            Self::Remote(remote) => remote.ask(message).await,
            Self::Started(started) => started.ask(message).await,
        }
    }

    async fn tell(&mut self, message: &Value) -> Result<(), WorkflowError> {
        match self {
            Self::Remote(remote) => remote.tell(message).await,
            Self::Started(started) => started.tell(message).await,
        }
    }

    async fn end(self) {
        match self {
            Self::Remote(remote) => remote.end().await,
            Self::Started(started) => started.end(),
        }
    }
}

/// What to answer to what a server asks in between: it may ask whether we are there, and no more.
fn reply_to(message: &Value) -> Option<Value> {
    let id = message.get("id")?;
    let reply = match message.get("method")?.as_str()? {
        "ping" => json!({ "jsonrpc": "2.0", "id": id, "result": {} }),
        method => {
            let error = json!({ "code": -32601, "message": format!("{method} is not known here") });
            json!({ "jsonrpc": "2.0", "id": id, "error": error })
        }
    };
    Some(reply)
}

/// Whether `answer` is the answer to `message`.
fn answers(answer: &Value, message: &Value) -> bool {
    answer.get("method").is_none() && answer.get("id") == message.get("id")
}

fn invalid(detail: impl Into<String>) -> WorkflowError {
    ErrorKind::Configuration.error(detail)
}
