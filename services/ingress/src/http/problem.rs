//! Errors as the API tells them: RFC 9457 problem details, each with what to do about it.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use weir_bus::BusError;
use weir_catalog::CatalogError;
use weir_journal::JournalError;
use weir_protocol::cloudevent::CloudEventError;

/// Media type of problem details.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";
/// What is unavailable is asked for again after so many seconds.
const RETRY_AFTER_S: u32 = 1;

/// An error, for whoever sent the request.
#[derive(Debug)]
pub(crate) struct Problem(Box<Details>);

#[derive(Debug)]
struct Details {
    status: StatusCode,
    kind: &'static str,
    detail: String,
    remedy: String,
    more: Map<String, Value>,
    retry_after_s: Option<u32>,
}

impl Problem {
    /// `kind` ends the type URI `urn:weir:problem:<kind>`; `detail` says what happened, `remedy`
    /// what to do.
    pub fn new(
        status: StatusCode,
        kind: &'static str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self(Box::new(Details {
            status,
            kind,
            detail: detail.into(),
            remedy: remedy.into(),
            more: Map::new(),
            retry_after_s: None,
        }))
    }

    /// With a member of its own.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.more.insert(name.to_owned(), value);
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What happened.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// What to do about it.
    pub fn remedy(&self) -> &str {
        &self.0.remedy
    }

    /// The request itself is wrong.
    pub fn bad_request(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", detail, remedy)
    }

    /// There is no such thing.
    pub fn not_found(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail, remedy)
    }

    /// It will not fit.
    pub fn too_large(size: usize, size_max: usize) -> Self {
        let detail = format!("{size} bytes were sent, at most {size_max} fit into a message");
        let remedy = "send a reference to the data (a URL) instead of the data";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail, remedy)
    }

    /// Not now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        let remedy = "nothing was lost that was acknowledged; send the request again";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let mut problem = Self::new(status, "unavailable", detail, remedy);
        problem.0.retry_after_s = Some(RETRY_AFTER_S);
        problem
    }

    /// Not the sender's fault, and not mended by trying again.
    pub fn internal(detail: impl Into<String>) -> Self {
        let remedy = "look into the log of the service";
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(status, "internal", detail, remedy)
    }
}

impl From<BusError> for Problem {
    fn from(error: BusError) -> Self {
        match error {
            BusError::Unavailable(_) => Self::unavailable(error.to_string()),
            BusError::Full(_) => {
                let remedy = "raise the limit of the stream, or let its consumers catch up";
                let status = StatusCode::INSUFFICIENT_STORAGE;
                Self::new(status, "full", error.to_string(), remedy)
            }
            BusError::TooLarge { size, size_max } => Self::too_large(size, size_max),
            BusError::Conflict(_) | BusError::Refused(_) => Self::internal(error.to_string()),
        }
    }
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Unavailable(_) => Self::unavailable(error.to_string()),
            JournalError::Conflict(_)
            | JournalError::TooLarge { .. }
            | JournalError::Unreadable { .. } => Self::internal(error.to_string()),
        }
    }
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Unknown(workflow) => unknown_workflow(&workflow.to_string()),
            CatalogError::Unavailable(error) => error.into(),
            CatalogError::Invalid { .. } => Self::internal(error.to_string()),
        }
    }
}

impl From<CloudEventError> for Problem {
    fn from(error: CloudEventError) -> Self {
        let detail = error.to_string();
        let (status, kind) = (StatusCode::BAD_REQUEST, "bad-event");
        match error {
            CloudEventError::Attribute { attribute, .. } => {
                let remedy = "correct the attribute as CloudEvents 1.0 has it";
                Self::new(status, kind, detail, remedy).with("attribute", json!(attribute))
            }
            CloudEventError::Body(_) => {
                let remedy = "send what the content type says";
                Self::new(status, kind, detail, remedy)
            }
            CloudEventError::NotACloudEvent => {
                let remedy = "for several events at once, send a JSON array as \
                              application/cloudevents-batch+json";
                let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
                Self::new(status, "unsupported-media-type", detail, remedy)
            }
        }
    }
}

/// No such workflow.
pub(super) fn unknown_workflow(workflow: &str) -> Problem {
    Problem::not_found(
        format!("workflow {workflow} is not deployed"),
        "deploy it (`weir deploy FILE`), or correct namespace, name and version: \
         GET /api/v1/definitions lists them",
    )
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let problem = *self.0;
        if problem.status.is_server_error() {
            tracing::warn!(
                status = problem.status.as_u16(),
                detail = problem.detail,
                "request failed"
            );
        }
        let mut body = json!({
            "type": format!("urn:weir:problem:{}", problem.kind),
            "title": problem.status.canonical_reason().unwrap_or_default(),
            "status": problem.status.as_u16(),
            "detail": problem.detail,
            "remedy": problem.remedy,
        });
        for (name, value) in problem.more {
            body[name] = value;
        }
        let content_type = [(header::CONTENT_TYPE, MEDIA_TYPE)];
        let mut response = (problem.status, content_type, body.to_string()).into_response();
        if let Some(seconds) = problem.retry_after_s {
            let value = HeaderValue::from(seconds);
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}
