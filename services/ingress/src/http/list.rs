//! `GET /api/v1/instances`: which instances there are, and how they are.

use std::sync::Arc;

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Value, json};
use weir_protocol::{InstanceId, Revision};

use super::{Api, Search, instances::folded, problem::Problem, request};
use crate::overview::{Order, Status, Summary};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ListQuery {
    status: Option<Status>,
    workflow: Option<String>,
    /// The error's type, or the last part of it, or its status.
    error: Option<String>,
    #[serde(default, deserialize_with = "time")]
    started_before: Option<Timestamp>,
    waiting_for: Option<WaitingFor>,
    #[serde(default)]
    order: Order,
    limit: Option<usize>,
}

/// RFC 3339.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(from)?;
    let parsed = text.parse().map(Some);
    parsed.map_err(|error| D::Error::custom(format!("`{text}` is no time: {error}")))
}

/// What an instance may wait for: as in `waitingFor` of its tasks.
#[derive(Clone, Copy, Debug, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum WaitingFor {
    Action,
    Events,
    Retry,
    Time,
}

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    Search(query): Search<ListQuery>,
) -> Result<Json<Value>, Problem> {
    let limit = request::limit(query.limit)?;
    let wanted = |summary: &Summary| query.wants(summary);
    let listed = match query.waiting_for {
        None => api.overview.list(limit, query.order, wanted).await?,
        Some(what) => {
            let running = |one: &Summary| one.status == Status::Running && wanted(one);
            let running = api
                .overview
                .list(request::LIST_MAX, query.order, running)
                .await?;
            waiting(&api, running, what, limit).await?
        }
    };
    let instances: Vec<Value> = listed.into_iter().map(entry).collect();
    let note = "from the end of the trace: instances without recent events are left out";
    Ok(Json(json!({ "instances": instances, "note": note })))
}

impl ListQuery {
    fn wants(&self, summary: &Summary) -> bool {
        let workflow = self.workflow.as_deref();
        let error = self.error.as_deref();
        self.status.is_none_or(|status| status == summary.status)
            && workflow.is_none_or(|workflow| summary.is_of(workflow))
            && error.is_none_or(|error| has_error(summary, error))
            && self.started_before.is_none_or(|time| {
                let started = summary.started_at.as_deref();
                let started = started.and_then(|text| text.parse::<Timestamp>().ok());
                // What started too long ago to be known started before.
                started.is_none_or(|started| started < time)
            })
    }
}

/// Whether it ended with an error of this type, such as `timeout`, or of this status.
fn has_error(summary: &Summary, wanted: &str) -> bool {
    summary.error.as_ref().is_some_and(|error| {
        let name = error["type"].as_str().unwrap_or_default();
        name == wanted
            || name.rsplit(['/', ':']).next() == Some(wanted)
            || error["status"]
                .as_u64()
                .is_some_and(|status| wanted.parse() == Ok(status))
    })
}

/// Those that wait for something of this kind, by their journals.
async fn waiting(
    api: &Api,
    running: Vec<(InstanceId, Summary)>,
    what: WaitingFor,
    limit: usize,
) -> Result<Vec<(InstanceId, Summary)>, Problem> {
    let what = json!(what);
    let mut found = Vec::new();
    for (id, summary) in running {
        if found.len() == limit {
            break;
        }
        let entries = api.journal.read(id, Revision(0)).await?;
        if entries.is_empty() {
            continue;
        }
        let view = folded(id, &entries)?.to_json();
        let mut tasks = view["tasks"].as_array().into_iter().flatten();
        if tasks.any(|task| task["waitingFor"]["for"] == what) {
            found.push((id, summary));
        }
    }
    Ok(found)
}

fn entry((id, summary): (InstanceId, Summary)) -> Value {
    json!({
        "instance": id.to_string(),
        "workflow": {
            "namespace": summary.namespace,
            "name": summary.workflow,
            "version": summary.version,
        },
        "status": summary.status,
        "startedAt": summary.started_at,
        "endedAt": summary.ended_at,
        "error": summary.error,
    })
}
