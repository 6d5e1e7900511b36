//! `weir why`: what an instance waits for, and what comes next.

use crate::{
    api::Client,
    output::{Exit, Output},
};

pub(crate) async fn why(client: &Client, instance: &str, output: &Output) -> anyhow::Result<Exit> {
    let path = format!("/api/v1/instances/{instance}/why");
    let why = client.get(&path, &[]).await?;
    output.print(&why, || why["text"].as_str().unwrap_or_default().to_owned());
    Ok(Exit::Done)
}
