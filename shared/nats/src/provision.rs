//! Creating the streams, or making sure that those there are are the right ones.

use async_nats::jetstream::ErrorCode;
use serde_json::{Map, Value};
use weir_protocol::Stream;

use crate::{
    Nats, StreamOptions, anchor,
    api::{self, ApiError},
    streams::{self, ESSENTIAL, OPERATIONAL, VERSION, VERSION_KEY},
};

/// Why the streams cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// JetStream does not answer.
    #[error("cannot set up the stream {stream}: {reason}")]
    Unavailable {
        /// Which stream.
        stream: Stream,
        /// What happened.
        reason: String,
    },
    /// JetStream refuses to create a stream.
    #[error("NATS refuses to create the stream {stream}: {reason}")]
    Refused {
        /// Which stream.
        stream: Stream,
        /// What it said.
        reason: String,
    },
    /// There is a stream of that name that does something else.
    #[error(
        "the stream {stream} has `{field}` = {found}, Weir needs {wanted}: \
         Weir alters no stream; change it, or delete it and start again"
    )]
    Mismatch {
        /// Which stream.
        stream: Stream,
        /// Which field of its configuration.
        field: &'static str,
        /// What it is, as JSON.
        found: String,
        /// What it must be, as JSON.
        wanted: String,
    },
    /// The stream was not made by Weir.
    #[error(
        "the stream {stream} was not made by Weir (it has no `{VERSION_KEY}` in its metadata): \
         use another NATS account, or delete it"
    )]
    Foreign {
        /// Which stream.
        stream: Stream,
    },
    /// The stream belongs to a later Weir.
    #[error(
        "the stream {stream} is of a newer Weir (`{VERSION_KEY}` {found}, this one knows \
         {VERSION}): upgrade this service"
    )]
    Newer {
        /// Which stream.
        stream: Stream,
        /// Its version.
        found: String,
    },
}

/// Creates each stream that is missing, and verifies those there are. Alters none. Puts the anchor
/// into the events stream.
///
/// Services that start at the same time may all call it.
///
/// # Errors
/// One sentence that names the stream, the field and the remedy.
pub async fn provision(nats: &Nats, options: &StreamOptions) -> Result<(), ProvisionError> {
    for stream in Stream::ALL {
        let wanted = streams::config(stream, options);
        let found = match find(nats, stream).await? {
            Some(found) => found,
            None => create(nats, stream, &wanted).await?,
        };
        verify(stream, &found, &wanted)?;
    }
    anchor::ensure(nats).await
}

type Config = Map<String, Value>;

async fn find(nats: &Nats, stream: Stream) -> Result<Option<Config>, ProvisionError> {
    match api::stream_info(nats, stream.name()).await {
        Ok(info) => Ok(Some(info.config)),
        Err(error) if error.is(ErrorCode::STREAM_NOT_FOUND) => Ok(None),
        Err(error) => Err(failed(stream, error)),
    }
}

async fn create(nats: &Nats, stream: Stream, wanted: &Config) -> Result<Config, ProvisionError> {
    let subject = format!("STREAM.CREATE.{stream}");
    match api::request::<api::StreamInfo>(nats, subject, wanted).await {
        Ok(info) => {
            tracing::info!(%stream, "stream created");
            Ok(info.config)
        }
        // Another service was first, with another configuration: verify what it made.
        Err(error) if error.is(ErrorCode::STREAM_NAME_EXIST) => {
            let found = find(nats, stream).await?;
            found.ok_or_else(|| failed(stream, error))
        }
        Err(error) => Err(failed(stream, error)),
    }
}

fn failed(stream: Stream, error: ApiError) -> ProvisionError {
    match error {
        ApiError::Unavailable(reason) => ProvisionError::Unavailable { stream, reason },
        ApiError::Refused { reason, .. } => ProvisionError::Refused { stream, reason },
    }
}

fn verify(stream: Stream, found: &Config, wanted: &Config) -> Result<(), ProvisionError> {
    let version = found.get("metadata").and_then(|m| m.get(VERSION_KEY));
    let version = version.and_then(Value::as_str);
    let version = version.ok_or(ProvisionError::Foreign { stream })?;
    if version
        .parse()
        .map_or(true, |version: u64| version > VERSION)
    {
        let found = version.to_owned();
        return Err(ProvisionError::Newer { stream, found });
    }
    for field in ESSENTIAL {
        if let Some((found, wanted)) = difference(field, found, wanted) {
            return Err(ProvisionError::Mismatch {
                stream,
                field,
                found,
                wanted,
            });
        }
    }
    for field in OPERATIONAL {
        if let Some((found, wanted)) = difference(field, found, wanted) {
            tracing::warn!(
                %stream,
                field,
                %found,
                %wanted,
                "the stream differs from the configuration; it stays as it is"
            );
        }
    }
    Ok(())
}

/// What is found and what is wanted, if they differ.
fn difference(field: &str, found: &Config, wanted: &Config) -> Option<(String, String)> {
    let (found, wanted) = (normal(found.get(field)), normal(wanted.get(field)));
    (found != wanted).then(|| (found.to_string(), wanted.to_string()))
}

/// The server leaves out what is false or empty, and writes "without limit" as 0 or −1.
fn normal(value: Option<&Value>) -> Value {
    match value {
        None | Some(Value::Bool(false)) => Value::Null,
        Some(Value::Array(items)) if items.is_empty() => Value::Null,
        Some(Value::Number(number)) if number.as_i64().is_some_and(|number| number <= 0) => {
            Value::Null
        }
        Some(value) => value.clone(),
    }
}
