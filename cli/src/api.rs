//! A client of the ingress's HTTP API.

use std::time::Duration;

use anyhow::Context;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::output::Exit;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The ingress, over HTTP.
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
}

/// What can be wrong with a request.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// Nobody answers.
    Unreachable { url: String, reason: String },
    /// The ingress says no.
    Refused { status: StatusCode, problem: Value },
}

impl ApiError {
    /// The exit code that says so.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unreachable { .. } => Exit::Unreachable,
            Self::Refused { status, .. } => match *status {
                StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => Exit::Unreachable,
                StatusCode::BAD_REQUEST
                | StatusCode::UNPROCESSABLE_ENTITY
                | StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::UNSUPPORTED_MEDIA_TYPE => Exit::Invalid,
                _ => Exit::Failed,
            },
        }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable { url, reason } => write!(
                f,
                "no answer from {url}: {reason}\n  start Weir with `weir dev`, or say where it is \
                 with --url or WEIR_URL"
            ),
            Self::Refused { status, problem } => {
                let text = |name: &str| problem[name].as_str().unwrap_or_default();
                write!(f, "{status}: {}", text("detail"))?;
                if !text("remedy").is_empty() {
                    write!(f, "\n  {}", text("remedy"))?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ApiError {}

impl Client {
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let http = weir_executor::http_client().context("HTTP client")?;
        Ok(Self {
            http,
            url: url.trim_end_matches('/').to_owned(),
        })
    }

    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, ApiError> {
        self.send(self.request(Method::GET, path).query(query))
            .await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, ApiError> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Result<Value, ApiError> {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub async fn post_text(
        &self,
        path: &str,
        media_type: &str,
        body: String,
    ) -> Result<Value, ApiError> {
        let request = self
            .request(Method::POST, path)
            .header("content-type", media_type);
        self.send(request.body(body)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .timeout(TIMEOUT)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, ApiError> {
        let unreachable = |error: reqwest::Error| {
            let mut reason = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                reason = cause.to_string();
                source = cause.source();
            }
            ApiError::Unreachable {
                url: self.url.clone(),
                reason,
            }
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        let value = serde_json::from_slice(&body)
            .unwrap_or_else(|_| serde_json::json!({"detail": String::from_utf8_lossy(&body)}));
        if status.is_success() {
            Ok(value)
        } else {
            Err(ApiError::Refused {
                status,
                problem: value,
            })
        }
    }
}
