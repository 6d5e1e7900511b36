//! `/api/v1/dead-letters`: what could not be processed, and what becomes of it.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use weir_bus::{Outgoing, Stored};
use weir_engine::Timestamp;
use weir_protocol::{Stream, Subject, header};

use super::{
    Api,
    problem::Problem,
    request::{self, Params, Search},
};

/// What a letter has besides the headers of the message that it holds.
const OWN: [&str; 3] = [
    header::DEAD_REASON,
    header::DEAD_SUBJECT,
    header::DEAD_ATTEMPTS,
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    stream: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    Search(query): Search<ListQuery>,
) -> Result<Json<Value>, Problem> {
    let limit = request::limit(query.limit)?;
    let streams = match query.stream.as_deref() {
        Some(name) => vec![stream(name)?],
        None => Stream::ALL.to_vec(),
    };
    let mut letters = letters(&api, &streams).await?;
    let count = letters.len();
    letters.truncate(limit);
    let listed: Vec<Value> = letters.iter().map(summary).collect();
    Ok(Json(json!({ "deadLetters": listed, "count": count })))
}

pub(super) async fn get(
    State(api): State<Arc<Api>>,
    Params(sequence): Params<u64>,
) -> Result<Json<Value>, Problem> {
    let letter = find(&api, sequence).await?;
    let mut shown = summary(&letter);
    let headers = own_headers(&letter).map(|(name, value)| (name.clone(), json!(value)));
    shown["headers"] = Value::Object(headers.collect());
    match serde_json::from_slice::<Value>(&letter.payload) {
        Ok(mut payload) => {
            // As everywhere: credentials are not for eyes.
            if let Some(credentials) = payload.pointer_mut("/request/credentials") {
                *credentials = json!("hidden");
            }
            shown["payload"] = payload;
        }
        Err(_) => shown["text"] = json!(String::from_utf8_lossy(&letter.payload)),
    }
    Ok(Json(shown))
}

/// Publishes what a letter holds to where it came from, once more, and removes the letter.
pub(super) async fn replay(
    State(api): State<Arc<Api>>,
    Params(sequence): Params<u64>,
) -> Result<Response, Problem> {
    let letter = find(&api, sequence).await?;
    let came_from = letter.header(header::DEAD_SUBJECT).unwrap_or_default();
    let Some(subject) = Subject::again(came_from) else {
        let detail = format!("`{came_from}` is no subject that messages can be published to");
        let remedy = "publish it yourself where it belongs, then drop the letter";
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "no-way-back",
            detail,
            remedy,
        ));
    };
    // Should the answer be lost, asking again does not publish again.
    let mut message =
        Outgoing::new(subject, letter.payload.clone()).with_id(format!("replay/{sequence}"));
    message.headers = own_headers(&letter)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let subject = message.subject.to_string();
    api.bus.publish(message).await?;
    api.bus.remove(Stream::Dead, sequence).await?;
    let body = json!({ "sequence": sequence, "subject": subject });
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}

/// Removes a letter for ever.
pub(super) async fn remove(
    State(api): State<Arc<Api>>,
    Params(sequence): Params<u64>,
) -> Result<Json<Value>, Problem> {
    if !api.bus.remove(Stream::Dead, sequence).await? {
        return Err(unknown(sequence));
    }
    Ok(Json(json!({ "sequence": sequence })))
}

/// The letters of these streams, the latest first.
async fn letters(api: &Api, streams: &[Stream]) -> Result<Vec<Stored>, Problem> {
    let mut letters = Vec::new();
    for stream in streams {
        letters.extend(api.bus.all(Stream::Dead, &Subject::dead(*stream)).await?);
    }
    letters.sort_unstable_by_key(|letter| std::cmp::Reverse(letter.sequence));
    Ok(letters)
}

async fn find(api: &Api, sequence: u64) -> Result<Stored, Problem> {
    let letters = letters(api, &Stream::ALL).await?;
    let found = letters
        .into_iter()
        .find(|letter| letter.sequence == sequence);
    found.ok_or_else(|| unknown(sequence))
}

fn summary(letter: &Stored) -> Value {
    let attempts = letter.header(header::DEAD_ATTEMPTS);
    json!({
        "sequence": letter.sequence,
        "stream": letter.subject.rsplit('.').next(),
        "subject": letter.header(header::DEAD_SUBJECT),
        "reason": letter.header(header::DEAD_REASON),
        "attempts": attempts.and_then(|attempts| attempts.parse::<u64>().ok()),
        "at": Timestamp(letter.stored_at_ms).to_rfc3339(),
        "bytes": letter.payload.len(),
    })
}

/// The headers of the message that a letter holds.
fn own_headers(letter: &Stored) -> impl Iterator<Item = (&String, &String)> {
    let of_the_letter = |name: &str| {
        name.to_ascii_lowercase().starts_with("nats-")
            || OWN.iter().any(|own| own.eq_ignore_ascii_case(name))
    };
    letter
        .headers
        .iter()
        .filter(move |(name, _)| !of_the_letter(name))
}

fn stream(name: &str) -> Result<Stream, Problem> {
    let found = Stream::ALL.into_iter().find(|stream| stream.name() == name);
    found.ok_or_else(|| {
        let names = Stream::ALL.map(Stream::name).join(", ");
        let detail = format!("there is no stream `{}`", name.escape_debug());
        Problem::bad_request(detail, format!("give one of {names}"))
    })
}

fn unknown(sequence: u64) -> Problem {
    Problem::not_found(
        format!("there is no dead letter {sequence}"),
        "list them: it may have been replayed or dropped, or was too old",
    )
}
