//! The scheduler as a process, on JetStream, with the journal there or on EventStoreDB.

use std::{process::ExitCode, sync::Arc};

use weir_journal::Journal;
use weir_nats::Adapters;
use weir_runtime::{Failure, Process, Service, config::JournalBackend};
use weir_scheduler::{Ports, Settings};

fn main() -> ExitCode {
    weir_runtime::main(Service::Scheduler, run)
}

async fn run(process: Process) -> Result<(), Failure> {
    let Process {
        config,
        shutdown,
        health,
        metrics,
    } = process;
    let adapters = Adapters::open(&config, "weir-scheduler").await?;
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
    adapters
        .during(weir_scheduler::run(Settings::new(&config), ports))
        .await
}
