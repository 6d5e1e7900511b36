//! `/api/v1/definitions`: deploying and looking at workflows.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use weir_bus::BusError;
use weir_catalog::{CatalogError, DeployError};
use weir_definition::Diagnostic;
use weir_engine::Timestamp;
use weir_graph::{Bound, Measure, Program, WorkflowRef};
use weir_protocol::{
    Stream, Subject,
    v1::{self, Format},
};

use super::{
    Api,
    problem::{Problem, unknown_workflow},
    request::{self, Params},
};

/// Stands for the newest version, in paths.
const LATEST: &str = "latest";

pub(super) async fn deploy(State(api): State<Arc<Api>>, body: Body) -> Result<Response, Problem> {
    let body = request::body(body, api.settings.body_bytes_max).await?;
    let source = request::text(&body)?.to_owned();
    let settings = api.settings.clone();
    let limits = move |namespace: &str| {
        let own = settings.namespaces.get(namespace);
        own.unwrap_or(&settings.limits).clone()
    };
    let deployed = api.catalog.deploy_under(source, limits, (api.clock)());
    let deployed = deployed.await;
    let deployed = deployed.map_err(refused)?;
    // Also if it was there already: a crash may have come before its trigger was set.
    let workflow = &deployed.program.workflow;
    api.triggers
        .set(&workflow.namespace, &workflow.name, (api.clock)())
        .await?;
    let (program, status) = if deployed.created {
        (deployed.program, StatusCode::CREATED)
    } else {
        // As it is stored: it may have been compiled under other limits.
        (api.catalog.program(workflow).await?, StatusCode::OK)
    };
    let location = path(&program.workflow);
    let body = Json(summary(&program));
    Ok((status, [(header::LOCATION, location)], body).into_response())
}

pub(super) async fn list(State(api): State<Arc<Api>>) -> Result<Json<Value>, Problem> {
    let versions = api.versions.all().await?;
    let definitions: Vec<Value> = versions
        .into_iter()
        .map(|version| {
            let workflow = version.workflow;
            json!({
                "namespace": workflow.namespace,
                "name": workflow.name,
                "version": workflow.version,
                "deployedAt": Timestamp(version.deployed_at_ms).to_rfc3339(),
                "latest": version.latest,
            })
        })
        .collect();
    Ok(Json(json!({ "definitions": definitions })))
}

pub(super) async fn get(
    State(api): State<Arc<Api>>,
    Params((namespace, name, version)): Params<(String, String, String)>,
) -> Result<Json<Value>, Problem> {
    let workflow = if version == LATEST {
        newest(&api, &namespace, &name).await?
    } else {
        request::workflow(&namespace, &name, &version)?
    };
    let definition = stored(&api, &workflow).await?;
    let mut body = match api.catalog.program(&workflow).await {
        Ok(program) => summary(&program),
        // Its source can be looked at all the same.
        Err(CatalogError::Invalid { workflow, .. }) => json!(v1::WorkflowRef::from(&workflow)),
        Err(error) => return Err(error.into()),
    };
    body["deployedAt"] = json!(Timestamp(definition.deployed_at).to_rfc3339());
    body["limits"] = json!(definition.limits);
    body["source"] = json!(definition.source);
    Ok(Json(body))
}

/// A workflow as it was deployed.
pub(crate) async fn stored(api: &Api, workflow: &WorkflowRef) -> Result<v1::Definition, Problem> {
    let subject = Subject::definition(workflow)
        .map_err(|error| Problem::bad_request(error.to_string(), "correct the path"))?;
    let stored = api.bus.last(Stream::Definitions, &subject).await?;
    let stored = stored.ok_or_else(|| unknown_workflow(&workflow.to_string()))?;
    v1::Definition::decode(&stored.payload).map_err(|error| Problem::internal(error.to_string()))
}

/// The newest version of a workflow.
pub(super) async fn newest(api: &Api, namespace: &str, name: &str) -> Result<WorkflowRef, Problem> {
    request::names(namespace, name)?;
    let newest = api.versions.newest(namespace, name).await?;
    newest.ok_or_else(|| unknown_workflow(&format!("{namespace}/{name}")))
}

fn path(workflow: &WorkflowRef) -> String {
    let WorkflowRef {
        namespace,
        name,
        version,
    } = workflow;
    format!("/api/v1/definitions/{namespace}/{name}/{version}")
}

fn summary(program: &Program) -> Value {
    let WorkflowRef {
        namespace,
        name,
        version,
    } = &program.workflow;
    json!({
        "namespace": namespace,
        "name": name,
        "version": version,
        "bound": bound(&program.bound),
        "warnings": diagnostics(&program.warnings),
    })
}

fn bound(bound: &Bound) -> Value {
    let numbers = Measure::ALL.into_iter();
    numbers
        .map(|measure| (measure.key().to_owned(), json!(bound.get(measure))))
        .collect::<Map<_, _>>()
        .into()
}

fn refused(error: DeployError) -> Problem {
    let text = error.to_string();
    match error {
        DeployError::Invalid(diagnostics) => invalid(&diagnostics),
        DeployError::Exists(workflow) => Problem::new(
            StatusCode::CONFLICT,
            "version-exists",
            format!("workflow {workflow} is deployed already, with other content"),
            "a version never changes: raise `document.version`",
        ),
        DeployError::NoCallee { .. } => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unknown-callee",
            text,
            "deploy that version of it first",
        ),
        DeployError::TooLarge { size, size_max } => Problem::too_large(size, size_max),
        DeployError::Unavailable(BusError::Unavailable(_)) => Problem::unavailable(text),
        DeployError::Unavailable(error) => error.into(),
    }
}

fn invalid(found: &[Diagnostic]) -> Problem {
    let first = found.first().map(Diagnostic::to_string);
    let detail = match found.len() {
        0 | 1 => first.unwrap_or_default(),
        count => format!("{count} errors, the first: {}", first.unwrap_or_default()),
    };
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid-definition",
        detail,
        "correct the definition where `diagnostics` say; `weir check FILE` shows the places",
    )
    .with("diagnostics", diagnostics(found))
}

fn diagnostics(found: &[Diagnostic]) -> Value {
    let all = found.iter().map(|diagnostic| {
        json!({
            "code": diagnostic.code,
            "severity": diagnostic.severity().name(),
            "message": diagnostic.message,
            "remedy": diagnostic.remedy,
            "pointer": diagnostic.pointer,
            "line": diagnostic.position.line,
            "column": diagnostic.position.column,
        })
    });
    Value::Array(all.collect())
}
