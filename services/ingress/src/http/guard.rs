//! What every request must pass: not too many at once, not too large a head, not too long.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;
use tracing::{Instrument as _, info_span};
use weir_protocol::header;
use weir_runtime::telemetry;

use super::{origin, problem::Problem};
use crate::Settings;

/// Largest head of a request: path, names and values of headers, in bytes.
const HEAD_BYTES_MAX: usize = 32 * 1024;

#[derive(Clone)]
pub(super) struct Guards {
    permits: Arc<Semaphore>,
    timeout: Duration,
}

impl Guards {
    pub fn new(settings: &Settings) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(settings.requests_max)),
            timeout: settings.request_timeout,
        }
    }
}

pub(super) async fn check(State(guards): State<Guards>, request: Request, next: Next) -> Response {
    if head_bytes(&request) > HEAD_BYTES_MAX {
        return Problem::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "head-too-large",
            format!("path and headers have more than {HEAD_BYTES_MAX} bytes"),
            "send the event in structured mode: its attributes then are in the body",
        )
        .into_response();
    }
    if let Err(problem) = origin::check(&request) {
        return problem.into_response();
    }
    let Ok(_permit) = guards.permits.try_acquire() else {
        return Problem::unavailable("too many requests are in work").into_response();
    };
    let span = info_span!("request", method = %request.method(), path = request.uri().path());
    let traceparent = request.headers().get(header::TRACEPARENT);
    if let Some(traceparent) = traceparent.and_then(|value| value.to_str().ok()) {
        telemetry::set_parent_from(&span, traceparent);
    }
    let answer = next.run(request).instrument(span);
    match tokio::time::timeout(guards.timeout, answer).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            StatusCode::GATEWAY_TIMEOUT,
            "timeout",
            format!("not done within {} ms", guards.timeout.as_millis()),
            "it may still take effect; sending it again does it no second time if it names an id",
        )
        .into_response(),
    }
}

fn head_bytes(request: &Request) -> usize {
    let uri = request.uri();
    let path = uri.path().len() + uri.query().map_or(0, str::len);
    let headers = request.headers().iter();
    path + headers
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum::<usize>()
}
