//! `call: http`: one request, one answer, one outcome.
//!
//! [`request::prepare`] and [`response::outcome_of`] hold the rules and are pure; between them is
//! the client and a body that is never read beyond its limit.

mod body;
mod client;
mod digest;
mod request;
mod response;

pub(crate) use client::system_roots;
pub use client::{http_client, socket_client};
pub(crate) use request::authorization;
pub(crate) use response::reason;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::StatusCode;
use rustls::ClientConfig;
use serde_json::Value;
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::{Credentials, Request};

use self::{client::Clients, request::prepare, response::Answer};
use crate::{Action, Function, Settings, StartError};

/// Does HTTP calls, all over the same connections.
pub struct Http {
    clients: Clients,
    concurrency_max: usize,
    response_bytes_max: usize,
}

impl Http {
    /// With the certificate authorities that the system trusts.
    ///
    /// # Errors
    /// The client cannot be built.
    pub fn new(settings: &Settings) -> Result<Self, StartError> {
        Self::with_tls(settings, client::system_tls()?)
    }

    /// With a TLS configuration of one's own.
    ///
    /// # Errors
    /// The client cannot be built.
    pub fn with_tls(settings: &Settings, tls: ClientConfig) -> Result<Self, StartError> {
        Ok(Self {
            clients: Clients::new(tls)?,
            concurrency_max: settings.http_concurrency_max,
            response_bytes_max: settings.response_bytes_max,
        })
    }
}

#[async_trait]
impl Function for Http {
    fn name(&self) -> &'static str {
        "http"
    }

    fn concurrency_max(&self) -> usize {
        self.concurrency_max
    }

    async fn call(&self, action: &Action<'_>) -> Result<Value, WorkflowError> {
        let Request::Http(asked) = action.request else {
            return Err(ErrorKind::Runtime.error("not an HTTP request"));
        };
        let request = prepare(action.id, action.traceparent, asked)?;
        let (method, uri) = (request.method().clone(), request.url().clone());
        let failed = |error: reqwest::Error| {
            let why = response::reason(&error);
            ErrorKind::Communication.error(format!("{method} {uri} failed: {why}"))
        };

        let client = self.clients.that_follow(asked.redirect);
        let again = match &asked.credentials {
            Some(Credentials::Digest { username, password }) => request
                .try_clone()
                .map(|request| (request, username, password)),
            Some(
                Credentials::Basic { .. } | Credentials::Bearer { .. } | Credentials::Token { .. },
            )
            | None => None,
        };
        let mut response = client.execute(request).await.map_err(failed)?;
        if response.status() == StatusCode::UNAUTHORIZED
            && let Some((mut again, username, password)) = again
            && digest::answer(&mut again, response.headers(), username, password)
        {
            response = client.execute(again).await.map_err(failed)?;
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let mut answer = Answer {
            method: &method,
            uri: &uri,
            status,
            headers,
            body: Bytes::new(),
        };
        if !response::is_success(status, asked.redirect) {
            // Of a failure only the beginning is told; a body that breaks off does not hide it.
            let excerpt = read(&mut response, response::EXCERPT_BYTES_MAX).await;
            answer.body = excerpt.unwrap_or_else(Stopped::so_far);
            return Err(answer.failure());
        }
        answer.body = match read(&mut response, self.response_bytes_max).await {
            // Before it is encoded: what comes out as base64 could not be recognised.
            Ok(body) => action.hidden.bytes(body),
            Err(Stopped::TooLarge(_)) => return Err(answer.too_large(self.response_bytes_max)),
            Err(Stopped::Broken(error, _)) => return Err(failed(error)),
        };
        response::outcome_of(asked, &answer)
    }
}

/// The body, if it is read to its end and has at most `bytes_max` bytes.
pub(crate) async fn read_at_most(
    response: &mut reqwest::Response,
    bytes_max: usize,
) -> Option<Bytes> {
    read(response, bytes_max).await.ok()
}

/// Why a body was not read to its end, and what there was of it.
enum Stopped {
    TooLarge(Bytes),
    Broken(reqwest::Error, Bytes),
}

impl Stopped {
    fn so_far(self) -> Bytes {
        match self {
            Self::TooLarge(bytes) | Self::Broken(_, bytes) => bytes,
        }
    }
}

/// The body, if it has at most `bytes_max` bytes: no more than one chunk beyond them is received.
async fn read(response: &mut reqwest::Response, bytes_max: usize) -> Result<Bytes, Stopped> {
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body.freeze()),
            Err(error) => return Err(Stopped::Broken(error, body.freeze())),
        }
        if body.len() > bytes_max {
            return Err(Stopped::TooLarge(body.freeze()));
        }
    }
}
