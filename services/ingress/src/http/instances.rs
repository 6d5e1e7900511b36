//! `/api/v1/instances`: starting, looking at and cancelling instances.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use weir_bus::Outgoing;
use weir_expression::Data;
use weir_graph::WorkflowRef;
use weir_journal::Entry;
use weir_protocol::{
    InboxKind, InstanceId, Revision, Subject, TokenError, header as message_header,
    v1::{self, Format},
};

use super::{
    Api, definitions,
    problem::Problem,
    request::{self, Params, Search},
    view::{self, Folded},
};

/// Makes a repeated start the same start.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Ids of instances that were started with a key are derived from it, as those of instances that
/// were started by an event are from the event; this stands for its source.
const KEY_SOURCE: &str = "urn:weir:idempotency-key";
/// Longest idempotency key, in bytes.
const KEY_BYTES_MAX: usize = 256;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartRequest {
    workflow: StartWorkflow,
    #[serde(default)]
    input: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartWorkflow {
    namespace: String,
    name: String,
    version: Option<String>,
}

pub(super) async fn start(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = request::body(body, api.settings.body_bytes_max).await?;
    let StartRequest { workflow, input } = request::json(&headers, &body)?;
    let (namespace, name) = (&workflow.namespace, &workflow.name);
    let workflow = match &workflow.version {
        Some(version) => request::workflow(namespace, name, version)?,
        None => definitions::newest(&api, namespace, name).await?,
    };
    let key = headers.get(IDEMPOTENCY_KEY);
    let key = key.map(|key| key.to_str().map_err(|_| bad_key()));
    let instance = ask_to_start(&api, &workflow, input, key.transpose()?, &headers).await?;
    let location = [(header::LOCATION, format!("/api/v1/instances/{instance}"))];
    let workflow = v1::WorkflowRef::from(&workflow);
    let body = json!({"instance": instance.to_string(), "workflow": workflow});
    Ok((StatusCode::ACCEPTED, location, Json(body)).into_response())
}

/// Starts an instance; the same `key`, the same instance.
pub(crate) async fn ask_to_start(
    api: &Api,
    workflow: &WorkflowRef,
    input: Value,
    key: Option<&str>,
    headers: &HeaderMap,
) -> Result<InstanceId, Problem> {
    // That it exists; whoever starts it must not wait for nothing.
    api.catalog.program(workflow).await?;
    let instance = match key {
        Some(key) if key.len() > KEY_BYTES_MAX => return Err(bad_key()),
        Some(key) => InstanceId::for_event(workflow, KEY_SOURCE, key),
        None => InstanceId(Uuid::now_v7()),
    };
    let start = v1::Start {
        workflow: workflow.into(),
        input: Data::from(input),
        since: None,
        parent: None,
    };
    let subject = Subject::inbox(workflow, instance, InboxKind::Start).map_err(bad_token)?;
    let message = Outgoing::new(subject, start.encode()).with_id(format!("start/{instance}"));
    api.bus.publish(traced(headers, message)).await?;
    api.started.add(instance, workflow);
    Ok(instance)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GetQuery {
    /// As it was right after this decision, with all data.
    at: Option<u64>,
}

pub(super) async fn get(
    State(api): State<Arc<Api>>,
    Params(instance): Params<String>,
    Search(query): Search<GetQuery>,
) -> Result<Json<Value>, Problem> {
    let id = parse(&instance)?;
    let entries = api.journal.read(id, Revision(0)).await?;
    if let Some(at) = query.at {
        let until = entries.iter().position(|entry| entry.record.revision == at);
        let until = until.ok_or_else(|| no_decision(id, at, entries.len()))?;
        return Ok(Json(folded(id, &entries[..=until])?.to_detailed_json()));
    }
    if let (true, Some(workflow)) = (entries.is_empty(), api.started.workflow(id)) {
        return Ok(Json(json!({
            "instance": id.to_string(),
            "workflow": v1::WorkflowRef::from(&workflow),
            "status": "pending",
            "tasks": [],
        })));
    }
    Ok(Json(folded(id, &entries)?.to_json()))
}

pub(super) async fn output(
    State(api): State<Arc<Api>>,
    Params(instance): Params<String>,
) -> Result<Json<Value>, Problem> {
    let id = parse(&instance)?;
    let entries = api.journal.read(id, Revision(0)).await?;
    let state = folded(id, &entries)?.state;
    if let Some(output) = state.output {
        return Ok(Json(output.into_value()));
    }
    let status = view::status(state.status);
    let remedy = if state.status.is_final() {
        "look at its `error`"
    } else {
        "ask again when it has completed; the trace subjects tell when"
    };
    let detail = format!("instance {id} has no output: it is {status}");
    let problem = Problem::new(StatusCode::CONFLICT, "no-output", detail, remedy);
    let problem = problem.with("instanceStatus", json!(status));
    Err(match state.error {
        Some(error) => problem.with("error", json!(v1::WorkflowError::from(&error))),
        None => problem,
    })
}

pub(super) async fn history(
    State(api): State<Arc<Api>>,
    Params(instance): Params<String>,
) -> Result<Json<Value>, Problem> {
    let id = parse(&instance)?;
    let entries = api.journal.read(id, Revision(0)).await?;
    if entries.is_empty() {
        return Err(unknown(id));
    }
    let records: Vec<Value> = entries.iter().map(view::record).collect();
    Ok(Json(
        json!({ "instance": id.to_string(), "records": records }),
    ))
}

pub(super) async fn cancel(
    State(api): State<Arc<Api>>,
    Params(instance): Params<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let id = parse(&instance)?;
    let body = request::body(body, api.settings.body_bytes_max).await?;
    let cancel: CancelRequest = request::json(&headers, &body)?;
    ask_to_cancel(&api, id, cancel.reason, &headers).await?;
    let body = json!({ "instance": id.to_string() });
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}

/// Tells an instance to stop, unless it has ended.
pub(crate) async fn ask_to_cancel(
    api: &Api,
    id: InstanceId,
    reason: Option<String>,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    let entries = api.journal.read(id, Revision(0)).await?;
    let workflow = match api.started.workflow(id) {
        Some(workflow) if entries.is_empty() => workflow,
        Some(_) | None => {
            let state = folded(id, &entries)?.state;
            if state.status.is_final() {
                let detail = format!("instance {id} is {} already", view::status(state.status));
                let remedy = "there is nothing left to cancel";
                return Err(Problem::new(StatusCode::CONFLICT, "ended", detail, remedy));
            }
            state.workflow
        }
    };
    let subject = Subject::inbox(&workflow, id, InboxKind::Cancel).map_err(bad_token)?;
    let message = Outgoing::new(subject, v1::Cancel { reason }.encode());
    let message = message.with_id(format!("cancel/{id}"));
    api.bus.publish(traced(headers, message)).await?;
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelRequest {
    reason: Option<String>,
}

fn traced(headers: &HeaderMap, message: Outgoing) -> Outgoing {
    match super::traceparent(headers) {
        Some(traceparent) => message.with_header(message_header::TRACEPARENT, traceparent),
        None => message,
    }
}

pub(super) fn folded(id: InstanceId, entries: &[Entry]) -> Result<Folded, Problem> {
    if entries.is_empty() {
        return Err(unknown(id));
    }
    Folded::of(id, entries)
        .map_err(|error| Problem::internal(format!("the journal of {id} cannot be read: {error}")))
}

/// An id from outside.
pub(crate) fn parse(instance: &str) -> Result<InstanceId, Problem> {
    instance.parse().map_err(|error| {
        let detail = format!("`{}` is no instance id: {error}", instance.escape_debug());
        Problem::bad_request(detail, "give the UUID that starting the instance returned")
    })
}

/// No such instance.
pub(crate) fn unknown(id: InstanceId) -> Problem {
    Problem::not_found(
        format!("there is no instance {id}"),
        "correct the id; an instance appears once its start has been processed",
    )
}

fn no_decision(id: InstanceId, at: u64, decisions: usize) -> Problem {
    Problem::bad_request(
        format!("instance {id} has no decision {at}"),
        format!("it has made {decisions}: give 1 to {decisions}"),
    )
}

fn bad_key() -> Problem {
    Problem::bad_request(
        format!("`Idempotency-Key` is not printable ASCII of at most {KEY_BYTES_MAX} characters"),
        "send a UUID",
    )
}

#[allow(clippy::needless_pass_by_value, reason = "used with map_err")]
fn bad_token(error: TokenError) -> Problem {
    Problem::bad_request(error.to_string(), "correct the name")
}
