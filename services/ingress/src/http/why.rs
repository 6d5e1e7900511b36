//! `/api/v1/instances/{instance}/why`: what an instance waits for, and what comes next.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};
use weir_engine::Timestamp;
use weir_insight::{Story, Wait, Why, why};
use weir_protocol::{Revision, v1};

use super::{
    Api, Params,
    instances::{parse, unknown},
    problem::Problem,
    view,
};

/// The width of `text`, in characters.
const WIDTH: usize = 92;

pub(super) async fn get(
    State(api): State<Arc<Api>>,
    Params(instance): Params<String>,
) -> Result<Json<Value>, Problem> {
    let id = parse(&instance)?;
    let entries = api.journal.read(id, Revision(0)).await?;
    let records = entries.iter().map(|entry| &entry.record);
    let story = Story::of(id, records).map_err(|error| {
        Problem::internal(format!("the journal of {id} cannot be read: {error}"))
    })?;
    let state = story.state();
    let workflow = if entries.is_empty() {
        api.started.workflow(id).ok_or_else(|| unknown(id))?
    } else {
        state.workflow
    };
    let program = api.catalog.program(&workflow).await?;
    let why = why(&program, &story, Timestamp((api.clock)()));
    let Why { summary, waits } = &why;
    Ok(Json(json!({
        "instance": id.to_string(),
        "workflow": v1::WorkflowRef::from(&workflow),
        "status": view::status(state.status),
        "summary": summary,
        "waits": waits.iter().map(wait).collect::<Vec<_>>(),
        "text": why.text(WIDTH),
    })))
}

fn wait(wait: &Wait) -> Value {
    json!({
        "reference": &*wait.reference,
        "activation": wait.activation.0,
        "for": wait.kind.name(),
        "since": wait.since.to_rfc3339(),
        "until": wait.until.to_rfc3339(),
        "text": wait.text,
        "command": wait.command,
    })
}
