//! The ingress as a process, on JetStream.

use std::process::ExitCode;

use anyhow::Context as _;
use tokio::net::TcpListener;
use weir_ingress::{Ports, Settings};
use weir_nats::Adapters;
use weir_runtime::{Process, Service};

fn main() -> ExitCode {
    weir_runtime::main(Service::Ingress, run)
}

async fn run(process: Process) -> anyhow::Result<()> {
    let Process {
        config,
        shutdown,
        health,
        metrics,
    } = process;
    let settings = Settings::new(&config);
    let listen = settings.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen} (ingress.listen): choose another address")
    })?;
    tracing::info!(address = %listener.local_addr()?, "HTTP");
    let adapters = Adapters::open(&config, "weir-ingress").await?;
    let ports = Ports {
        bus: adapters.bus.clone(),
        journal: adapters.journal.clone(),
        clock: adapters.clock.clone(),
        health,
        metrics,
        shutdown,
    };
    let work = weir_ingress::run(settings, listener, ports);
    adapters
        .during(work)
        .await
        .map_err(anyhow::Error::from_boxed)
}
