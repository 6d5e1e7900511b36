//! `weir send`: a CloudEvent over HTTP.

use anyhow::{Context, bail};
use serde_json::json;
use uuid::Uuid;

use crate::{
    api::Client,
    args::Send,
    output::{Exit, Output},
};

pub(crate) async fn send(client: &Client, send: &Send, output: &Output) -> anyhow::Result<Exit> {
    let id = send
        .id
        .clone()
        .unwrap_or_else(|| Uuid::now_v7().to_string());
    let mut event = json!({
        "specversion": "1.0",
        "id": id,
        "source": send.source,
        "type": send.event_type,
        "time": jiff::Timestamp::now().to_string(),
    });
    if let Some(subject) = &send.subject {
        event["subject"] = json!(subject);
    }
    for attribute in &send.attributes {
        let (name, value) = attribute
            .split_once('=')
            .context("--attribute takes NAME=VALUE")?;
        if event.get(name).is_some() || name == "data" {
            bail!("--attribute {name}: it has an option of its own");
        }
        event[name] = json!(value);
    }
    if let Some(data) = &send.data {
        event["datacontenttype"] = json!("application/json");
        event["data"] = super::json_argument(data)?;
    }
    let media_type = "application/cloudevents+json";
    client
        .post_text("/events", media_type, event.to_string())
        .await?;
    output.print(&event, || format!("sent {} {id}", send.event_type));
    Ok(Exit::Done)
}
