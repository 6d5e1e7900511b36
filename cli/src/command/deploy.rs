//! `weir deploy`: checked here, stored by the ingress.

use std::{fs, path::PathBuf};

use anyhow::Context;
use serde_json::Value;

use crate::{
    api::Client,
    output::{Exit, Output},
};

pub(crate) async fn deploy(
    client: &Client,
    files: &[PathBuf],
    output: &Output,
) -> anyhow::Result<Exit> {
    if super::check_only_errors(files, output) != Exit::Done {
        return Ok(Exit::Invalid);
    }
    for path in files {
        let deployed = deploy_one(client, path).await?;
        output.print(&deployed, || {
            let text = |name: &str| deployed[name].as_str().unwrap_or_default().to_owned();
            format!(
                "deployed {}/{}:{}",
                text("namespace"),
                text("name"),
                text("version")
            )
        });
    }
    Ok(Exit::Done)
}

/// Deploys one file and returns what the ingress says of it.
pub(super) async fn deploy_one(client: &Client, path: &PathBuf) -> anyhow::Result<Value> {
    let source =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(client
        .post_text("/api/v1/definitions", "application/yaml", source)
        .await?)
}
