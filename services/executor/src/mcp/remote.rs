//! A server that answers HTTP: the transport "Streamable HTTP".

use std::collections::BTreeMap;

use reqwest::Client;
use serde_json::Value;
use weir_engine::WorkflowError;

use super::{answers, reply_to};
use crate::{Action, resource::Endpoint, rpc::Server};

const SESSION: &str = "mcp-session-id";
const VERSION: &str = "mcp-protocol-version";

pub(super) struct Remote {
    server: Server,
}

impl Remote {
    pub fn new(
        client: Client,
        endpoint: &Endpoint,
        headers: Option<&BTreeMap<String, String>>,
        action: &Action<'_>,
        bytes_max: usize,
    ) -> Result<Self, WorkflowError> {
        let credentials = endpoint.credentials();
        let mut server = Server::new(client, endpoint.uri(), credentials, action, bytes_max)?;
        for (name, value) in headers.into_iter().flatten() {
            server.set(name, value)?;
        }
        Ok(Self { server })
    }

    /// The version of the protocol that the server speaks stands in all further requests.
    pub fn agree(&mut self, version: &str) -> Result<(), WorkflowError> {
        self.server.set(VERSION, version)
    }

    pub async fn ask(&mut self, message: &Value) -> Result<Value, WorkflowError> {
        let (headers, mut answer) = self.server.post(message).await?;
        if let Some(session) = headers.get(SESSION) {
            self.server.headers.insert(SESSION, session.clone());
        }
        while let Some(next) = answer.next(&self.server).await? {
            if answers(&next, message) {
                return Ok(next);
            }
            if let Some(reply) = reply_to(&next) {
                self.tell(&reply).await?;
            }
        }
        Err(self.server.failed("ended without an answer"))
    }

    pub async fn tell(&self, message: &Value) -> Result<(), WorkflowError> {
        self.server.post(message).await?;
        Ok(())
    }

    /// A server that keeps sessions may forget this one; that it does is not waited for.
    pub async fn end(self) {
        let Server {
            client,
            url,
            headers,
            ..
        } = self.server;
        if headers.contains_key(SESSION) {
            let _ = client.delete(url).headers(headers).send().await;
        }
    }
}
