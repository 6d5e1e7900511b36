//! `weir deploy`: checked here, stored by the ingress, what is run before what runs it.

use std::path::PathBuf;

use anyhow::anyhow;
use serde_json::Value;
use weir_graph::callees_first;

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
    let programs: Vec<_> = sources.iter().map(|source| &*source.program).collect();
    let order = match callees_first(&programs) {
        Ok(order) => order,
        Err(circle) => {
            let circle: Vec<_> = circle.iter().map(ToString::to_string).collect();
            let circle = circle.join(" → ");
            let error = anyhow!(
                "workflows run each other in a circle: {circle}; a workflow has to end: repeat \
                 with `for` (and `while`)"
            );
            output.error(&error, Exit::Invalid);
            return Ok(Exit::Invalid);
        }
    };
    let client = args.client()?;
    for at in order {
        let source = sources[at].text.clone();
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
