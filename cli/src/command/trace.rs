//! `weir trace`: follows the trace stream.

use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use serde_json::Value;
use weir_bus::{Bus, From, Stored};
use weir_protocol::{InstanceId, Stream};

use crate::{
    api::Client,
    args::{Args, Trace},
    output::{Exit, Output},
    screen::Screen,
    tree::{self, Tree},
};

/// How often a live tree is drawn again: its deadlines count down.
const REDRAW: Duration = Duration::from_millis(200);
/// The trace is read from so long before the instance started: clocks differ.
const CLOCKS_DIFFER_MS: u64 = 5_000;

pub(crate) async fn trace(args: &Args, trace: &Trace, output: &Output) -> anyhow::Result<Exit> {
    let bus = super::connect(args).await?;
    let Some(instance) = &trace.instance else {
        return all(&*bus, output).await;
    };
    let id: InstanceId = instance
        .parse()
        .with_context(|| format!("`{instance}` is no id"))?;
    let client = args.client()?;
    let view = client.get(&format!("/api/v1/instances/{id}"), &[]).await?;
    let started: Timestamp = view["startedAt"].as_str().unwrap_or_default().parse()?;
    let started_ms = u64::try_from(started.as_millisecond()).unwrap_or_default();
    let from = From::Time(started_ms.saturating_sub(CLOCKS_DIFFER_MS));
    let step = |event: &Value| output.print(event, || tree::line(event));
    let tree = Tree::bounded(steps_max(&client, &view["workflow"]).await);
    follow(&*bus, id, from, output.is_live(), tree, step).await?;
    Ok(Exit::Done)
}

/// The most steps that the bound of a workflow allows; none if nobody knows: it is not needed.
async fn steps_max(client: &Client, workflow: &Value) -> Option<u64> {
    let part = |name: &str| workflow[name].as_str().unwrap_or_default();
    let (namespace, name, version) = (part("namespace"), part("name"), part("version"));
    let path = format!("/api/v1/definitions/{namespace}/{name}/{version}");
    let definition = client.get(&path, &[]).await.ok()?;
    definition["bound"]["steps"].as_u64()
}

/// Follows one instance to its end, and says how it ended. Draws it if `live`, else gives each
/// event to `step`.
pub(super) async fn follow(
    bus: &dyn Bus,
    id: InstanceId,
    from: From,
    live: bool,
    mut tree: Tree,
    step: impl Fn(&Value),
) -> anyhow::Result<&'static str> {
    let mut follower = bus.follow(Stream::Trace, from).await?;
    let token = format!(".{id}.");
    let mut screen = Screen::default();
    let mut redraw = tokio::time::interval(REDRAW);
    loop {
        tokio::select! {
            message = follower.next() => {
                let message = message?;
                if !message.subject.contains(&token) {
                    continue;
                }
                let Some(event) = read(&message) else { continue };
                tree.apply(&event);
                if !live {
                    step(&event);
                }
            }
            _ = redraw.tick(), if live => screen.draw(&tree.render(Timestamp::now())),
        }
        if let Some(status) = tree.ended() {
            if live {
                screen.draw(&tree.render(Timestamp::now()));
            }
            return Ok(status);
        }
    }
}

/// Everything from now on, until the process is stopped.
async fn all(bus: &dyn Bus, output: &Output) -> anyhow::Result<Exit> {
    let mut follower = bus.follow(Stream::Trace, From::Now).await?;
    loop {
        let message = follower.next().await?;
        if let Some(event) = read(&message) {
            output.print(&event, || tree::line(&event));
        }
    }
}

fn read(message: &Stored) -> Option<Value> {
    serde_json::from_slice(&message.payload).ok()
}
