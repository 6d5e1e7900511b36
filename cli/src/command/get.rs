//! `weir get`: one instance.

use std::fmt::Write;

use serde_json::Value;

use crate::{
    api::Client,
    output::{Exit, Output},
    tree::Paint,
};

pub(crate) async fn get(client: &Client, instance: &str, output: &Output) -> anyhow::Result<Exit> {
    let view = client
        .get(&format!("/api/v1/instances/{instance}"), &[])
        .await?;
    output.print(&view, || describe(&view));
    Ok(Exit::Done)
}

fn describe(view: &Value) -> String {
    let text = |pointer: &str| view.pointer(pointer).and_then(Value::as_str).unwrap_or("-");
    let status = text("/status");
    let mut out = format!(
        "{}  {}/{}:{}  {}\n  started {}",
        text("/instance"),
        text("/workflow/namespace"),
        text("/workflow/name"),
        text("/workflow/version"),
        Paint::status(status).wrap(status),
        text("/startedAt"),
    );
    // Writing to a string does not fail.
    match view["endedAt"].as_str() {
        Some(ended) => _ = write!(out, ", ended {ended}"),
        None => _ = write!(out, ", ends by {} at the latest", text("/deadline")),
    }
    let _ = write!(
        out,
        "\n  {} steps, {} actions",
        view["steps"], view["actions"]
    );
    for task in view["tasks"].as_array().into_iter().flatten() {
        let text = |pointer: &str| task.pointer(pointer).and_then(Value::as_str).unwrap_or("-");
        if task["waitingFor"].is_null() {
            continue;
        }
        let _ = write!(
            out,
            "\n  {} waits for {} until {}",
            text("/reference"),
            text("/waitingFor/for"),
            task.pointer("/waitingFor/until")
                .and_then(Value::as_str)
                .unwrap_or(text("/deadline")),
        );
    }
    if let Some(error) = view.get("error") {
        let _ = write!(out, "\n  error: {}", crate::tree::problem(error));
    }
    if let Some(value) = view.get("output") {
        let _ = write!(out, "\n  output: {value}");
    }
    out
}
