//! `weir dev`: everything in one process.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use serde_json::json;
use tokio::task::JoinSet;
use weir_nats::{LocalServer, NatsBus, NatsJournal, ServerOptions, find_server};
use weir_runtime::{Config, HealthHandle, Shutdown, telemetry};

use crate::{
    args::{Args, Dev},
    output::{Exit, Output},
};

pub(crate) async fn dev(args: &Args, dev: &Dev, output: &Output) -> anyhow::Result<Exit> {
    let mut config = args.config()?;
    let telemetry = telemetry::init("weir", &config)?;
    let shutdown = Shutdown::on_signals()?;
    let server = match &args.configuration.nats_url {
        Some(_) => None,
        None => Some(start_nats(dev, &mut config).await?),
    };
    let health = HealthHandle::new(shutdown.clone());
    let metrics = telemetry.metrics();
    let nats = weir_nats::open(&config, "weir-dev").await?;
    let bus = Arc::new(NatsBus::configured(&nats, &config));
    let journal = Arc::new(NatsJournal::configured(&nats, &config));
    let url = format!("http://{}", config.ingress.listen);
    output.print(&json!({"url": url, "nats": config.nats.url}), || {
        format!("Weir is starting: HTTP on {url}, NATS on {}. Ctrl-C stops it.", config.nats.url)
    });
    let mut services = JoinSet::new();
    let _ = (&bus, &journal, &health, &metrics, &mut services, clock());
    shutdown.triggered().await;
    drop(server);
    Ok(Exit::Done)
}

async fn start_nats(dev: &Dev, config: &mut Config) -> anyhow::Result<LocalServer> {
    let program = find_server().context(
        "NATS is needed: install nats-server 2.12 or newer, run `cargo xtask setup`, or give \
         --nats-url",
    )?;
    let mut options = ServerOptions::new(program, dev.data.join("nats"));
    options.port = Some(dev.nats_port);
    options.sync_always = dev.sync_always;
    let server = LocalServer::start(options).await?;
    config.nats.url = server.url();
    Ok(server)
}

fn clock() -> Arc<dyn Fn() -> u64 + Send + Sync> {
    Arc::new(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
    })
}
