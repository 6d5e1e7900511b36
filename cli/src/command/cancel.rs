//! `weir cancel`: stops an instance.

use serde_json::{Value, json};

use crate::{
    api::Client,
    output::{Exit, Output},
};

pub(crate) async fn cancel(
    client: &Client,
    instance: &str,
    reason: Option<&str>,
    output: &Output,
) -> anyhow::Result<Exit> {
    let body = reason.map_or_else(|| json!({}), |reason| json!({"reason": reason}));
    let path = format!("/api/v1/instances/{instance}/cancel");
    let answer: Value = client.post(&path, &body).await?;
    output.print(&answer, || format!("{instance} will be cancelled"));
    Ok(Exit::Done)
}
