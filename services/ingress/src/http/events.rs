//! `POST /events`: the CloudEvents HTTP protocol binding.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header as http_header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use weir_bus::Outgoing;
use weir_protocol::{
    Subject,
    cloudevent::{self, CloudEvent},
    header,
};

use super::{Api, problem::Problem, request};

/// An event travels on inside other messages: it must leave them room, in bytes.
const ENVELOPE_BYTES_MAX: usize = 8 * 1024;

pub(super) async fn publish(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = request::body(body, api.settings.body_bytes_max).await?;
    let events = decode(&headers, &body)?;
    accept(&api, &events, &headers).await?;
    let accepted = json!({ "accepted": events.len() });
    Ok((StatusCode::ACCEPTED, Json(accepted)).into_response())
}

/// Stores events.
pub(crate) async fn accept(
    api: &Api,
    events: &[CloudEvent],
    headers: &HeaderMap,
) -> Result<(), Problem> {
    let size_max = api
        .bus
        .payload_bytes_max()
        .min(api.settings.payload_bytes_max);
    let size_max = size_max.saturating_sub(ENVELOPE_BYTES_MAX);
    let traceparent = super::traceparent(headers);
    let mut messages = Vec::with_capacity(events.len());
    for event in events {
        let message = message(event, traceparent.as_deref());
        let size = message.payload.len();
        if size > size_max {
            let problem = Problem::too_large(size, size_max);
            return Err(problem.with("event", json!({"id": event.id(), "source": event.source()})));
        }
        messages.push(message);
    }
    api.bus.publish_all(messages).await?;
    Ok(())
}

/// The events of a request, in whichever mode it has them.
fn decode(headers: &HeaderMap, body: &[u8]) -> Result<Vec<CloudEvent>, Problem> {
    let mut texts = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        match std::str::from_utf8(value.as_bytes()) {
            Ok(text) => texts.push((name.as_str(), text)),
            Err(_) if name.as_str().starts_with("ce-") || name == http_header::CONTENT_TYPE => {
                let detail = format!("header `{name}` is not UTF-8");
                let remedy = "percent-encode what is not printable ASCII";
                return Err(Problem::bad_request(detail, remedy));
            }
            // Not ours to read.
            Err(_) => {}
        }
    }
    let content_type = texts.iter().find(|(name, _)| *name == "content-type");
    let media_type = content_type.map(|(_, text)| text.split(';').next().unwrap_or_default());
    if media_type.is_some_and(|media| media.trim().eq_ignore_ascii_case(cloudevent::BATCH)) {
        return Ok(CloudEvent::from_batch(body)?);
    }
    Ok(vec![CloudEvent::from_message(texts.into_iter(), body)?])
}

/// The event as it is stored.
fn message(event: &CloudEvent, traceparent: Option<&str>) -> Outgoing {
    let message = Outgoing::new(Subject::event(event.event_type()), event.to_structured())
        .with_id(cloudevent::message_id(event.source(), event.id()))
        .with_header(header::CONTENT_TYPE, cloudevent::STRUCTURED);
    match traceparent.or_else(|| event.attribute("traceparent")) {
        Some(traceparent) => message.with_header(header::TRACEPARENT, traceparent),
        None => message,
    }
}
