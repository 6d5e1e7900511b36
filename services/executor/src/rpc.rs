//! JSON-RPC 2.0 over HTTP, answered with JSON or with a stream of events: what MCP and A2A share.

use bytes::{Buf, BytesMut};
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Value, json};
use weir_engine::{ErrorKind, WorkflowError};
use weir_expression::DEPTH_MAX;
use weir_protocol::{json as limited, v1::Credentials};

use crate::{
    Action,
    http::{authorization, reason},
};

/// How much of a failure's body an error tells.
const EXCERPT_CHARS_MAX: usize = 512;

/// A server to ask.
pub(crate) struct Server {
    pub client: Client,
    pub url: Url,
    pub headers: HeaderMap,
    /// Largest answer.
    pub bytes_max: usize,
}

/// The messages of an answer, one after the other.
pub(crate) struct Answer {
    response: Response,
    events: bool,
    read: BytesMut,
    bytes: usize,
    bytes_max: usize,
    ended: bool,
}

impl Server {
    /// The server at `uri`, asked with `headers` and `credentials`.
    ///
    /// # Errors
    /// `configuration`, naming what cannot be sent.
    pub fn new(
        client: Client,
        uri: &str,
        credentials: Option<&Credentials>,
        action: &Action<'_>,
        bytes_max: usize,
    ) -> Result<Self, WorkflowError> {
        let url = Url::parse(uri)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()))
            .ok_or_else(|| invalid(format!("endpoint: `{uri}` is no URI of HTTP")))?;
        let mut server = Self {
            client,
            url,
            headers: HeaderMap::new(),
            bytes_max,
        };
        let accept = HeaderValue::from_static("application/json, text/event-stream");
        server.headers.insert(ACCEPT, accept);
        server.set("idempotency-key", action.id)?;
        if let Some(traceparent) = action.traceparent {
            server.set("traceparent", traceparent)?;
        }
        match credentials.map(authorization) {
            None => {}
            Some(Some(text)) => {
                let mut value = HeaderValue::try_from(text).map_err(|_| {
                    invalid("authentication: it has characters that no header can".to_owned())
                })?;
                value.set_sensitive(true);
                server.headers.insert(AUTHORIZATION, value);
            }
            Some(None) => {
                let detail = "authentication: `digest` is for `call: http` and `call: openapi`";
                return Err(invalid(detail.to_owned()));
            }
        }
        Ok(server)
    }

    /// Sets a header of all requests.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), WorkflowError> {
        let wrong = || {
            invalid(format!(
                "headers: `{name}` is no header, or its value is none"
            ))
        };
        let name_ = HeaderName::try_from(name).map_err(|_| wrong())?;
        let value = HeaderValue::try_from(value).map_err(|_| wrong())?;
        self.headers.insert(name_, value);
        Ok(())
    }

    /// Sends a message.
    ///
    /// # Errors
    /// `communication`, with the status of an answer that is none of success.
    pub async fn post(&self, message: &Value) -> Result<(HeaderMap, Answer), WorkflowError> {
        let request = self.client.post(self.url.clone()).json(message);
        let request = request.headers(self.headers.clone());
        let mut response = request.send().await.map_err(|error| self.broken(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if !status.is_success() {
            let mut text = String::new();
            while text.len() < EXCERPT_CHARS_MAX
                && let Ok(Some(chunk)) = response.chunk().await
            {
                text.push_str(&String::from_utf8_lossy(&chunk));
            }
            let excerpt: String = text.chars().take(EXCERPT_CHARS_MAX).collect();
            return Err(WorkflowError {
                status: status.as_u16().into(),
                ..self.failed(format!("answered {status}: {excerpt}"))
            });
        }
        let media = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let events = media.is_some_and(|media| media.starts_with("text/event-stream"));
        let answer = Answer {
            ended: status == StatusCode::ACCEPTED || status == StatusCode::NO_CONTENT,
            response,
            events,
            read: BytesMut::new(),
            bytes: 0,
            bytes_max: self.bytes_max,
        };
        Ok((headers, answer))
    }

    /// A communication error that names the server.
    pub fn failed(&self, why: impl std::fmt::Display) -> WorkflowError {
        ErrorKind::Communication.error(format!("POST {} {why}", self.url))
    }

    fn broken(&self, error: &reqwest::Error) -> WorkflowError {
        self.failed(format!("failed: {}", reason(error)))
    }
}

impl Answer {
    /// The next message.
    ///
    /// # Errors
    /// `communication`: it breaks off, is no JSON, or too large.
    pub async fn next(&mut self, server: &Server) -> Result<Option<Value>, WorkflowError> {
        loop {
            if self.events
                && let Some(event) = self.event()
            {
                let data = data_of(&event);
                if data.is_empty() {
                    continue;
                }
                return message(data.as_bytes(), server).map(Some);
            }
            if self.ended {
                let rest = std::mem::take(&mut self.read);
                let is_message = !self.events && !rest.is_empty();
                return is_message.then(|| message(&rest, server)).transpose();
            }
            let chunk = self.response.chunk().await;
            match chunk.map_err(|error| server.broken(&error))? {
                Some(chunk) => {
                    self.bytes += chunk.len();
                    self.read.extend_from_slice(&chunk);
                }
                None => self.ended = true,
            }
            if self.bytes > self.bytes_max {
                return Err(server.failed(format!(
                    "answered more than {} bytes: ask for less, or raise \
                     executor.response_bytes_max",
                    self.bytes_max
                )));
            }
        }
    }

    /// The text of an event that is there as a whole.
    fn event(&mut self) -> Option<String> {
        let ends = [&b"\n\n"[..], b"\r\n\r\n", b"\r\r"];
        let found = ends.iter().filter_map(|end| {
            let at = self.read.windows(end.len()).position(|part| part == *end)?;
            Some((at, end.len()))
        });
        let (at, length) = found.min()?;
        let event = self.read.split_to(at);
        self.read.advance(length);
        Some(String::from_utf8_lossy(&event).into_owned())
    }
}

/// What the `data:` lines of an event say.
fn data_of(event: &str) -> String {
    let lines = event.split(['\n', '\r']).filter_map(|line| {
        let data = line.strip_prefix("data:")?;
        Some(data.strip_prefix(' ').unwrap_or(data))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn message(bytes: &[u8], server: &Server) -> Result<Value, WorkflowError> {
    limited::read(bytes, DEPTH_MAX)
        .map_err(|error| server.failed(format!("answered what is no JSON: {error}")))
}

/// A request.
pub(crate) fn request(id: u64, method: &str, params: Option<&Value>) -> Value {
    let mut request = json!({ "jsonrpc": "2.0", "id": id, "method": method });
    if let Some(params) = params {
        request["params"] = params.clone();
    }
    request
}

/// The result in the answer to `method`.
///
/// # Errors
/// `runtime`, as the specification has it for MCP and A2A.
pub(crate) fn result(method: &str, mut answer: Value) -> Result<Value, WorkflowError> {
    if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
        let code = error.get("code").cloned().unwrap_or_default();
        let message = error.get("message").and_then(Value::as_str);
        let mut detail = format!("{method} failed: {} ({code})", message.unwrap_or_default());
        if let Some(data) = error.get("data") {
            detail = format!("{detail}: {data}");
        }
        return Err(ErrorKind::Runtime.error(detail));
    }
    Ok(answer["result"].take())
}

fn invalid(detail: String) -> WorkflowError {
    ErrorKind::Configuration.error(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_of_an_event_are_its_data_lines() {
        let event = "event: message\r\nid: 4\r\ndata: {\"a\":\r\ndata:1}\r\n: comment";
        assert_eq!(data_of(event), "{\"a\":\n1}");
        assert_eq!(data_of("id: 1\nretry: 5"), "");
    }

    #[test]
    fn an_error_tells_message_code_and_data() {
        let answer = json!({ "error": { "code": -32602, "message": "no tool", "data": [1] } });
        let error = result("tools/call", answer).unwrap_err();
        assert_eq!(
            error.detail.unwrap(),
            "tools/call failed: no tool (-32602): [1]"
        );
        assert_eq!(
            result("x", json!({ "result": 1, "error": null })),
            Ok(json!(1))
        );
    }
}
