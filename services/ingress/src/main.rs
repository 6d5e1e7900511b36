//! The ingress as a process, on JetStream, with the journal there or on EventStoreDB.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context as _;
use tokio::net::TcpListener;
use weir_ingress::{Ports, Settings};
use weir_journal::Journal;
use weir_nats::Adapters;
use weir_runtime::{Process, Service, config::JournalBackend};

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
    let journal: Arc<dyn Journal> = match config.journal.backend {
        JournalBackend::Jetstream => adapters.journal.clone(),
        JournalBackend::Eventstore => Arc::new(weir_eventstore::open(&config.journal).await?),
    };
    let ports = Ports {
        bus: adapters.bus.clone(),
        journal,
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
