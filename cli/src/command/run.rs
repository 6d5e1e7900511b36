//! `weir run`: deploy, start, follow to the end.

use anyhow::Context;
use serde_json::{Value, json};
use weir_bus::From;
use weir_protocol::{InstanceId, Stream};

use crate::{
    args::{Args, Run},
    output::{Exit, Output},
    tree::{self, Tree},
};

pub(crate) async fn run(args: &Args, run: &Run, output: &Output) -> anyhow::Result<Exit> {
    let files = [run.file.clone()];
    let source = match super::valid_sources(&files, args, output)? {
        Ok(sources) => sources.into_iter().map(|source| source.text).collect(),
        Err(exit) => return Ok(exit),
    };
    let input = run
        .input
        .as_deref()
        .map_or(Ok(Value::Null), super::json_argument)?;
    let client = args.client()?;
    let deployed = super::deploy_one(&client, source).await?;
    let workflow = json!({"namespace": deployed["namespace"], "name": deployed["name"],
        "version": deployed["version"]});
    let bus = if run.detach {
        None
    } else {
        Some(super::connect(args).await?)
    };
    let head = match &bus {
        Some(bus) => bus.head(Stream::Trace).await?,
        None => 0,
    };
    let body = json!({"workflow": workflow, "input": input});
    let started = client.post("/api/v1/instances", &body).await?;
    let id = started["instance"].as_str().unwrap_or_default();
    let Some(bus) = bus else {
        output.print(&started, || id.to_owned());
        return Ok(Exit::Done);
    };
    let instance: InstanceId = id
        .parse()
        .context("the ingress answered without an instance id")?;
    // The result alone goes to standard output, for whatever reads it.
    let step = |event: &Value| output.progress(event, || tree::line(event));
    let from = From::Sequence(head + 1);
    let tree = Tree::bounded(deployed["bound"]["steps"].as_u64());
    let status = super::follow(&*bus, instance, from, output.is_live(), tree, step).await?;
    let view = client.get(&format!("/api/v1/instances/{id}"), &[]).await?;
    if let Some(value) = view.get("output") {
        output.print(&view, || value.to_string());
    } else {
        output.print(&view, || format!("{id} {status}"));
    }
    Ok(if status == "completed" {
        Exit::Done
    } else {
        Exit::Failed
    })
}
