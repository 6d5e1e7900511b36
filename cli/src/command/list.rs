//! `weir list`: instances, the latest first.

use serde_json::Value;

use crate::{
    api::Client,
    output::{Exit, Output},
    tree::Paint,
};

pub(crate) async fn list(
    client: &Client,
    status: Option<&str>,
    workflow: Option<&str>,
    limit: usize,
    output: &Output,
) -> anyhow::Result<Exit> {
    let mut query = vec![("limit", limit.to_string())];
    query.extend(status.map(|status| ("status", status.to_owned())));
    query.extend(workflow.map(|workflow| ("workflow", workflow.to_owned())));
    let listed = client.get("/api/v1/instances", &query).await?;
    output.print(&listed, || {
        let rows = listed["instances"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if rows.is_empty() {
            return "no instances".to_owned();
        }
        rows.iter().map(row).collect::<Vec<_>>().join("\n")
    });
    Ok(Exit::Done)
}

fn row(instance: &Value) -> String {
    let text = |pointer: &str| {
        instance
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or("-")
    };
    let status = text("/status");
    let mut row = format!(
        "{}  {}  {}  {}/{}:{}",
        text("/instance"),
        Paint::status(status).wrap(&format!("{status:<9}")),
        text("/startedAt"),
        text("/workflow/namespace"),
        text("/workflow/name"),
        text("/workflow/version"),
    );
    if let Some(error) = instance.get("error").filter(|error| !error.is_null()) {
        row.push_str("  ");
        row.push_str(&crate::tree::problem(error));
    }
    row
}
