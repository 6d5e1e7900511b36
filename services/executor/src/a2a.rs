//! `call: a2a`: a method of an agent, by JSON-RPC.

use async_trait::async_trait;
use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::{Credentials, Request};

use crate::{
    Action, Function, Settings, StartError, http_client,
    resource::{Endpoint, Resource, Resources},
    rpc::{Server, request, result},
};

/// The methods whose output is the array of all results (specification: A2A Call).
const STREAMS: [&str; 2] = ["message/stream", "tasks/resubscribe"];
/// The methods that send a message.
const SENDS: [&str; 2] = ["message/send", "message/stream"];
/// The protocol that is spoken, as agent cards name it.
const PROTOCOL: &str = "JSONRPC";

/// Calls agents.
pub struct A2a {
    resources: Resources,
    client: Client,
    response_bytes_max: usize,
}

/// The arguments of `call: a2a`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct With {
    method: String,
    agent_card: Option<Resource>,
    server: Option<Endpoint>,
    #[serde(default)]
    parameters: Value,
}

impl A2a {
    /// With the certificate authorities that the system trusts.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(settings: &Settings) -> Result<Self, StartError> {
        Ok(Self {
            resources: Resources::new(settings)?,
            client: http_client()?,
            response_bytes_max: settings.response_bytes_max,
        })
    }

    /// Where the agent is, and how to authenticate there.
    async fn agent(
        &self,
        with: &With,
        action: &Action<'_>,
    ) -> Result<(String, Option<Credentials>), WorkflowError> {
        let Some(card) = &with.agent_card else {
            let server = with.server.as_ref();
            let server = server.ok_or_else(|| invalid("there is neither agentCard nor server"))?;
            return Ok((server.uri().to_owned(), server.credentials().cloned()));
        };
        let from = card.endpoint.uri();
        let loaded = self.resources.load(card, action).await?;
        let told: Value = serde_json::from_slice(&loaded)
            .map_err(|error| invalid(format!("agentCard: {from} is no JSON: {error}")))?;
        let uri = address(&told).ok_or_else(|| {
            invalid(format!(
                "agentCard: {from} tells no address that speaks {PROTOCOL}"
            ))
        })?;
        // A card may send us anywhere: credentials go where the card came from, and nowhere else.
        let credentials = card.endpoint.credentials().cloned();
        Ok((
            uri.to_owned(),
            credentials.filter(|_| is_same_server(from, uri)),
        ))
    }
}

#[async_trait]
impl Function for A2a {
    fn name(&self) -> &'static str {
        "a2a"
    }

    fn concurrency_max(&self) -> usize {
        self.resources.http.concurrency_max()
    }

    async fn call(&self, action: &Action<'_>) -> Result<Value, WorkflowError> {
        let Request::A2a(arguments) = action.request else {
            return Err(ErrorKind::Runtime.error("not a call of an agent"));
        };
        let with = With::deserialize(arguments.with.as_value())
            .map_err(|error| invalid(format!("with: {error}")))?;
        let parameters = parameters(&with, action)?;
        let (uri, credentials) = self.agent(&with, action).await?;
        let server = Server::new(
            self.client.clone(),
            &uri,
            credentials.as_ref(),
            action,
            self.response_bytes_max,
        )?;
        let asked = request(1, &with.method, parameters.as_ref());
        let (_, mut answer) = server.post(&asked).await?;
        let mut results = Vec::new();
        while let Some(next) = answer.next(&server).await? {
            results.push(result(&with.method, next)?);
        }
        if STREAMS.contains(&with.method.as_str()) {
            return Ok(results.into());
        }
        let last = results.pop();
        last.ok_or_else(|| server.failed("ended without an answer"))
    }
}

/// The parameters, with an id and a role in the message that is sent: the same id whenever the
/// action is done again.
fn parameters(with: &With, action: &Action<'_>) -> Result<Option<Value>, WorkflowError> {
    let mut parameters = with.parameters.clone();
    if parameters.is_null() {
        return Ok(None);
    }
    if !parameters.is_object() {
        return Err(invalid("parameters: they must be an object"));
    }
    if SENDS.contains(&with.method.as_str())
        && let Some(Value::Object(message)) = parameters.get_mut("message")
    {
        let id = || json!(uuid(action.id));
        message.entry("messageId").or_insert_with(id);
        message.entry("role").or_insert_with(|| json!("user"));
    }
    Ok(Some(parameters))
}

/// A UUID that derives from a text.
fn uuid(text: &str) -> String {
    let hash = Sha256::digest(text);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    let uuid = uuid::Builder::from_custom_bytes(bytes).into_uuid();
    uuid.to_string()
}

/// Where a card says that the protocol is spoken; cards of before 1.0 have one preferred address.
fn address(card: &Value) -> Option<&str> {
    let lists = [
        ("supportedInterfaces", "protocolBinding"),
        ("additionalInterfaces", "transport"),
    ];
    let preferred = card.get("preferredTransport").and_then(Value::as_str);
    if preferred.is_none_or(|preferred| preferred == PROTOCOL)
        && let Some(url) = card.get("url")
    {
        return url.as_str();
    }
    lists.iter().find_map(|(list, kind)| {
        let interfaces = card.get(list)?.as_array()?;
        let mut interfaces = interfaces.iter();
        let spoken = interfaces.find(|one| one.get(kind).is_some_and(|kind| kind == PROTOCOL));
        spoken?.get("url")?.as_str()
    })
}

fn is_same_server(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one.origin() == other.origin(),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

fn invalid(detail: impl Into<String>) -> WorkflowError {
    ErrorKind::Configuration.error(format!("a2a: {}", detail.into()))
}
