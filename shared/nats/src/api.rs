//! Requests to JetStream's API, and what its errors mean.

use std::fmt;

use async_nats::{
    client::RequestErrorKind,
    jetstream::{
        ErrorCode,
        context::{PublishError, PublishErrorKind},
        response::Response,
    },
};
use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use weir_bus::BusError;

use crate::Nats;

/// An answer that is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// Nobody answers, or somebody who cannot just now.
    #[error("{0}")]
    Unavailable(String),
    /// The server says no.
    #[error("{reason}")]
    Refused { code: ErrorCode, reason: String },
}

impl ApiError {
    pub fn is(&self, wanted: ErrorCode) -> bool {
        match self {
            Self::Refused { code, .. } => *code == wanted,
            Self::Unavailable(_) => false,
        }
    }
}

impl From<async_nats::jetstream::Error> for ApiError {
    fn from(error: async_nats::jetstream::Error) -> Self {
        match classify(error.code(), error.error_code()) {
            Class::Unavailable => Self::Unavailable(error.to_string()),
            Class::Conflict | Class::Full | Class::TooLarge | Class::Refused => Self::Refused {
                code: error.error_code(),
                reason: error.to_string(),
            },
        }
    }
}

impl From<ApiError> for BusError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Unavailable(reason) => Self::Unavailable(reason),
            ApiError::Refused { reason, .. } => Self::Refused(reason),
        }
    }
}

/// What a stream is.
#[derive(Debug, Deserialize)]
pub(crate) struct StreamInfo {
    /// As the server has it.
    pub config: serde_json::Map<String, Value>,
    pub state: StreamState,
    /// The server's time, as RFC 3339 text.
    pub ts: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct StreamState {
    pub messages: u64,
    pub bytes: u64,
    pub last_seq: u64,
}

/// What a consumer is.
#[derive(Debug, Deserialize)]
pub(crate) struct ConsumerInfo {
    pub name: String,
    /// Messages it has yet to deliver.
    #[serde(default)]
    pub num_pending: u64,
    /// As the server has it.
    pub config: serde_json::Map<String, Value>,
}

/// Asks JetStream, with JSON.
pub(crate) async fn request<T: DeserializeOwned>(
    nats: &Nats,
    subject: String,
    payload: &impl Serialize,
) -> Result<T, ApiError> {
    let payload = serde_json::to_vec(payload).map_err(|error| ApiError::Refused {
        code: ErrorCode::INVALID_JSON,
        reason: error.to_string(),
    })?;
    ask(nats, &subject, payload.into()).await
}

/// Asks JetStream.
async fn ask<T: DeserializeOwned>(
    nats: &Nats,
    subject: &str,
    payload: Bytes,
) -> Result<T, ApiError> {
    let unavailable = |reason: &dyn fmt::Display| {
        ApiError::Unavailable(format!("no answer to {subject}: {reason}"))
    };
    let mut watch = nats.link.watch();
    let request = nats.client.request(format!("$JS.API.{subject}"), payload);
    let answer = watch.unless_lost(request).await;
    let answer = answer.map_err(|lost| unavailable(&lost))?;
    let answer = answer.map_err(|error| match error.kind() {
        RequestErrorKind::NoResponders => unavailable(&"nobody is there to answer"),
        RequestErrorKind::TimedOut
        | RequestErrorKind::InvalidSubject
        | RequestErrorKind::MaxPayloadExceeded
        | RequestErrorKind::Other => unavailable(&error),
    })?;
    match serde_json::from_slice(&answer.payload).map_err(|error| unavailable(&error))? {
        Response::Ok(answer) => Ok(answer),
        Response::Err { error } => Err(error.into()),
    }
}

/// Whether the account has JetStream.
pub(crate) async fn account(nats: &Nats) -> Result<(), ApiError> {
    let _: Value = ask(nats, "INFO", Bytes::new()).await?;
    Ok(())
}

pub(crate) async fn stream_info(nats: &Nats, name: &str) -> Result<StreamInfo, ApiError> {
    ask(nats, &format!("STREAM.INFO.{name}"), Bytes::new()).await
}

pub(crate) async fn consumer_info(
    nats: &Nats,
    stream: &str,
    name: &str,
) -> Result<ConsumerInfo, ApiError> {
    ask(
        nats,
        &format!("CONSUMER.INFO.{stream}.{name}"),
        Bytes::new(),
    )
    .await
}

enum Class {
    Unavailable,
    Conflict,
    Full,
    TooLarge,
    Refused,
}

/// By number: texts change between versions.
fn classify(status: usize, code: ErrorCode) -> Class {
    match code {
        // The second is a false alarm at times, in replicated streams: to read and try again is
        // right for both.
        ErrorCode::STREAM_WRONG_LAST_SEQUENCE | ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT => {
            Class::Conflict
        }
        ErrorCode::STREAM_STORE_FAILED
        | ErrorCode::STORAGE_RESOURCES_EXCEEDED
        | ErrorCode::MEMORY_RESOURCES_EXCEEDED
        | ErrorCode::ACCOUNT_RESOURCES_EXCEEDED
        | ErrorCode::INSUFFICIENT_RESOURCES => Class::Full,
        ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM | ErrorCode::STREAM_HEADER_EXCEEDS_MAXIMUM => {
            Class::TooLarge
        }
        // Leaders are being elected, or the same id is just being stored.
        ErrorCode::CLUSTER_NOT_AVAILABLE
        | ErrorCode::CLUSTER_NOT_LEADER
        | ErrorCode::CLUSTER_NOT_ACTIVE
        | ErrorCode::CLUSTER_INCOMPLETE
        | ErrorCode::RAFT_GENERAL
        | ErrorCode::PEER_REMAP
        | ErrorCode::STREAM_OFFLINE
        | ErrorCode::CONSUMER_OFFLINE
        | ErrorCode::STREAM_TOO_MANY_REQUESTS
        | ErrorCode::STREAM_DUPLICATE_MESSAGE_CONFLICT
        | ErrorCode::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_NOT_READY => Class::Unavailable,
        _ if status == 503 => Class::Unavailable,
        _ => Class::Refused,
    }
}

/// What became of a message of `size` bytes for `subject`.
pub(crate) fn publish_error(
    error: &PublishError,
    subject: &str,
    sizes: (usize, usize),
) -> BusError {
    let (size, size_max) = sizes;
    match error.kind() {
        PublishErrorKind::WrongLastSequence | PublishErrorKind::WrongLastMessageId => {
            BusError::Conflict(format!("{subject}: {error}"))
        }
        PublishErrorKind::MaxPayloadExceeded => BusError::TooLarge { size, size_max },
        PublishErrorKind::StreamNotFound => {
            BusError::Unavailable(format!("no stream answers on `{subject}`"))
        }
        PublishErrorKind::TimedOut => {
            BusError::Unavailable(format!("no acknowledgement for `{subject}`"))
        }
        PublishErrorKind::BrokenPipe | PublishErrorKind::MaxAckPending => {
            BusError::Unavailable(error.to_string())
        }
        PublishErrorKind::Other => {
            let source = std::error::Error::source(error);
            let said = source.and_then(|s| s.downcast_ref::<async_nats::jetstream::Error>());
            let Some(said) = said else {
                return BusError::Unavailable(error.to_string());
            };
            let reason = format!("{subject}: {said}");
            match classify(said.code(), said.error_code()) {
                Class::Unavailable => BusError::Unavailable(reason),
                Class::Conflict => BusError::Conflict(reason),
                Class::Full => BusError::Full(reason),
                Class::TooLarge => BusError::TooLarge { size, size_max },
                Class::Refused => BusError::Refused(reason),
            }
        }
    }
}
