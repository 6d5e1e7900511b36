//! `weir output`: what an instance that has completed gives.

use crate::{
    api::Client,
    output::{Exit, Output},
};

pub(crate) async fn result(
    client: &Client,
    instance: &str,
    output: &Output,
) -> anyhow::Result<Exit> {
    let path = format!("/api/v1/instances/{instance}/output");
    let result = client.get(&path, &[]).await?;
    output.print(&result, || format!("{result:#}"));
    Ok(Exit::Done)
}
