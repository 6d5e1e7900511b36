//! The scheduler as a process, on JetStream.

use std::process::ExitCode;

use weir_nats::Adapters;
use weir_runtime::{Failure, Process, Service};
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
    let ports = Ports {
        bus: adapters.bus.clone(),
        journal: adapters.journal.clone(),
        clock: weir_runtime::clock(),
        health,
        metrics,
        shutdown,
    };
    adapters
        .during(weir_scheduler::run(Settings::new(&config), ports))
        .await
}
