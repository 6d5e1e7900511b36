//! `weir bench`: how fast this machine runs workflows, events and timers.
//!
//! The system under test is a `weir dev` of its own, so that its memory and processor time can be
//! told from the benchmark's, which also serves the HTTP calls and watches the trace. Everything
//! goes through the public doors: HTTP in, the trace out.

mod endpoint;
mod events;
mod process;
mod statistics;
mod system;
mod timers;
mod usage;
mod watch;
mod workflows;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use serde_json::{Value, json};
use weir_protocol::InstanceId;

use crate::{
    args::{Args, Bench, Part},
    output::{Exit, Output},
};
use system::System;

/// How many instances may be waited for before one is a failure.
const PATIENCE: Duration = Duration::from_mins(1);
/// Namespace of the benchmark's definitions.
const NAMESPACE: &str = "bench";

pub(crate) async fn bench(args: &Args, bench: &Bench, output: &Output) -> anyhow::Result<Exit> {
    let system = Arc::new(System::start(args, bench).await?);
    let about = system.about().await?;
    output.print(&about, || system::describe(&about));
    for part in [Part::Workflows, Part::Events, Part::Timers] {
        if !bench.parts.is_empty() && !bench.parts.contains(&part) {
            continue;
        }
        match part {
            Part::Workflows => workflows::measure(&system, bench, output).await?,
            Part::Events => events::measure(&system, bench, output).await?,
            Part::Timers => timers::measure(&system, bench, output).await?,
        }
    }
    system.stop().await?;
    Ok(Exit::Done)
}

impl System {
    /// Deploys a definition `tasks` (a list, as JSON) under `name`.
    async fn deploy(&self, name: &str, tasks: Value) -> anyhow::Result<()> {
        let definition = json!({
            "document": {
                "dsl": "1.0.3", "namespace": NAMESPACE, "name": name, "version": self.version,
            },
            "do": tasks,
        });
        let (path, media_type) = ("/api/v1/definitions", "application/json");
        self.client
            .post_text(path, media_type, definition.to_string())
            .await?;
        Ok(())
    }

    /// Starts an instance.
    async fn start_instance(&self, name: &str, input: Value) -> anyhow::Result<InstanceId> {
        let body = json!({
            "workflow": {"namespace": NAMESPACE, "name": name, "version": self.version},
            "input": input,
        });
        let started = self.client.post("/api/v1/instances", &body).await?;
        let id = started["instance"].as_str().unwrap_or_default();
        id.parse()
            .context("the ingress answered without an instance id")
    }
}
