//! Reading requests: bodies within their limit, parameters and JSON with errors that say where.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, Path, Query},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use futures::StreamExt as _;
use serde::de::DeserializeOwned;
use weir_expression::DEPTH_MAX;
use weir_graph::WorkflowRef;
use weir_protocol::{Token, TokenError, json};

use super::problem::Problem;

/// A body must have arrived after this time.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);
/// What comes after a body was found too long is read for so long, so that the sender gets to
/// reading the answer…
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);
/// … and so far, in bytes.
const DRAIN_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Entries in a list, unless the request says otherwise.
const LIST_DEFAULT: usize = 100;
/// Entries in a list, at most.
pub(super) const LIST_MAX: usize = 1_000;

/// How many entries a list shall have, at most.
pub(super) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(LIST_DEFAULT);
    if !(1..=LIST_MAX).contains(&limit) {
        let detail = format!("`limit` is {limit}");
        let remedy = format!("give 1 to {LIST_MAX}");
        return Err(Problem::bad_request(detail, remedy));
    }
    Ok(limit)
}

/// The whole body of a request, at most `bytes_max` long.
pub(crate) async fn body(body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    tokio::time::timeout(BODY_TIMEOUT, collect(body, bytes_max))
        .await
        .unwrap_or_else(|_| {
            let status = StatusCode::REQUEST_TIMEOUT;
            let detail = format!(
                "the body did not arrive within {} s",
                BODY_TIMEOUT.as_secs()
            );
            let remedy = "send it again, as fast as the network allows";
            Err(Problem::new(status, "slow-request", detail, remedy))
        })
}

async fn collect(body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let mut chunks = body.into_data_stream();
    let mut collected = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| {
            let detail = format!("the body broke off: {error}");
            Problem::bad_request(detail, "send the request again")
        })?;
        if collected.len() + chunk.len() > bytes_max {
            drain(chunks).await;
            return Err(body_too_large(bytes_max));
        }
        collected.extend_from_slice(&chunk);
    }
    Ok(collected.into())
}

async fn drain(mut chunks: axum::body::BodyDataStream) {
    let read = async {
        let mut left = DRAIN_BYTES_MAX;
        while let Some(Ok(chunk)) = chunks.next().await
            && left > chunk.len()
        {
            left -= chunk.len();
        }
    };
    // Whoever is slower than this may miss the answer.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, read).await;
}

fn body_too_large(bytes_max: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        format!("the body has more than {bytes_max} bytes"),
        "send a reference to the data (a URL) instead of the data, or raise \
         `ingress.body_bytes_max`",
    )
}

/// A body as text.
pub(super) fn text(body: &Bytes) -> Result<&str, Problem> {
    std::str::from_utf8(body).map_err(|error| {
        let detail = format!("the body is not UTF-8 at byte {}", error.valid_up_to());
        Problem::bad_request(detail, "send the text encoded in UTF-8")
    })
}

/// A JSON body; an empty one is `{}`.
pub(super) fn json<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Result<T, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE);
    let media_type = content_type.map_or("application/json", |value| {
        let text = value.to_str().unwrap_or_default();
        text.split(';').next().unwrap_or_default().trim()
    });
    if !media_type.eq_ignore_ascii_case("application/json") && !body.is_empty() {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            format!("the body is `{media_type}`"),
            "send JSON with `content-type: application/json`",
        ));
    }
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    json::read(body, DEPTH_MAX).map_err(|error| {
        let detail = format!("the body is not as expected: {error}");
        Problem::bad_request(detail, "see /openapi.json for what is expected")
    })
}

/// Parameters in the path.
pub(crate) struct Params<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(params)| Self(params))
            .map_err(|rejection| Problem::bad_request(rejection.body_text(), "correct the path"))
    }
}

/// Parameters in the query.
pub(crate) struct Search<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Search<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, state).await;
        query
            .map(|Query(params)| Self(params))
            .map_err(|rejection| {
                let remedy = "see /openapi.json for the parameters";
                Problem::bad_request(rejection.body_text(), remedy)
            })
    }
}

/// Names from outside, as a reference to a workflow.
pub(crate) fn workflow(namespace: &str, name: &str, version: &str) -> Result<WorkflowRef, Problem> {
    names(namespace, name)?;
    Token::version(version).map_err(|error| bad_name("version", &error))?;
    Ok(WorkflowRef {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
    })
}

/// Checks the names of a workflow of any version.
pub(super) fn names(namespace: &str, name: &str) -> Result<(), Problem> {
    Token::new(namespace).map_err(|error| bad_name("namespace", &error))?;
    Token::new(name).map_err(|error| bad_name("name", &error))?;
    Ok(())
}

fn bad_name(what: &str, error: &TokenError) -> Problem {
    Problem::bad_request(format!("{what}: {error}"), "correct the name")
}
