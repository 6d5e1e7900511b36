//! `weir deploy`: checked here, stored by the ingress.

use std::path::PathBuf;

use serde_json::Value;

use crate::{
    api::Client,
    args::Args,
    output::{Exit, Output},
};

pub(crate) async fn deploy(
    args: &Args,
    files: &[PathBuf],
    output: &Output,
) -> anyhow::Result<Exit> {
    let sources = match super::valid_sources(files, args, output)? {
        Ok(sources) => sources,
        Err(exit) => return Ok(exit),
    };
    let client = args.client()?;
    for source in sources {
        let deployed = deploy_one(&client, source).await?;
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

/// Deploys one definition and returns what the ingress says of it.
pub(super) async fn deploy_one(client: &Client, source: String) -> anyhow::Result<Value> {
    Ok(client
        .post_text("/api/v1/definitions", "application/yaml", source)
        .await?)
}
