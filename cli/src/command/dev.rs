//! `weir dev`: everything in one process.

use std::sync::Arc;

use anyhow::Context;
use serde_json::json;
use tokio::{net::TcpListener, task::JoinSet};
use weir_journal::Journal;
use weir_nats::{Adapters, LocalServer, ServerOptions, find_server};
use weir_runtime::{Config, HealthHandle, Metrics, Shutdown, config::JournalBackend, telemetry};

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
    let adapters = Adapters::open(&config, "weir-dev").await?;
    let journal: Arc<dyn Journal> = match config.journal.backend {
        JournalBackend::Jetstream => adapters.journal.clone(),
        JournalBackend::Eventstore => Arc::new(weir_eventstore::open(&config.journal).await?),
    };
    let listener = TcpListener::bind(config.ingress.listen)
        .await
        .with_context(|| {
            format!(
                "cannot listen on {}: is Weir running already? (ingress.listen)",
                config.ingress.listen
            )
        })?;
    let url = format!("http://{}", listener.local_addr()?);
    let services = start(
        &config,
        &adapters,
        &journal,
        listener,
        &shutdown,
        &telemetry.metrics(),
    );
    output.print(&json!({"url": url, "nats": config.nats.url}), || {
        format!(
            "Weir is up: HTTP on {url}, NATS on {}. Ctrl-C stops it.",
            config.nats.url
        )
    });
    let result = adapters.during(all_ended(services, &shutdown)).await;
    drop(server);
    result.map_err(anyhow::Error::from_boxed)?;
    Ok(Exit::Done)
}

/// Waits for all services; when one ends, so must the others.
async fn all_ended(
    mut services: JoinSet<anyhow::Result<()>>,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let mut result = Ok(());
    while let Some(ended) = services.join_next().await {
        let ended = ended.map_err(anyhow::Error::from).flatten();
        result = result.and(ended);
        shutdown.trigger();
    }
    result
}

/// The four services, on one bus and one journal.
fn start(
    config: &Config,
    adapters: &Adapters,
    journal: &Arc<dyn Journal>,
    listener: TcpListener,
    shutdown: &Shutdown,
    metrics: &Metrics,
) -> JoinSet<anyhow::Result<()>> {
    let health = HealthHandle::new(shutdown.clone());
    let clock = adapters.clock.clone();
    let ingress = weir_ingress::run(
        weir_ingress::Settings::new(config),
        listener,
        weir_ingress::Ports {
            bus: adapters.bus.clone(),
            journal: journal.clone(),
            clock: clock.clone(),
            health: health.clone(),
            metrics: metrics.clone(),
            shutdown: shutdown.clone(),
        },
    );
    let scheduler = weir_scheduler::run(
        weir_scheduler::Settings::new(config),
        weir_scheduler::Ports {
            bus: adapters.bus.clone(),
            journal: journal.clone(),
            clock: clock.clone(),
            health: health.clone(),
            metrics: metrics.clone(),
            shutdown: shutdown.clone(),
        },
    );
    let executor = weir_executor::run(
        weir_executor::Settings::new(config),
        weir_executor::Ports {
            bus: adapters.bus.clone(),
            clock: clock.clone(),
            health: health.clone(),
            metrics: metrics.clone(),
            shutdown: shutdown.clone(),
        },
    );
    let timer = weir_timer::run(weir_timer::Ports {
        bus: adapters.bus.clone(),
        clock,
        health,
        metrics: metrics.clone(),
        shutdown: shutdown.clone(),
    });
    let mut services = JoinSet::new();
    services.spawn(async { ingress.await.context("ingress") });
    services.spawn(async { scheduler.await.context("scheduler") });
    services.spawn(async { executor.await.context("executor") });
    services.spawn(async { timer.await.context("timer") });
    services
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
