//! The timer as a process, on JetStream.

use std::process::ExitCode;

use weir_nats::Adapters;
use weir_runtime::{Failure, Process, Service};
use weir_timer::Ports;

fn main() -> ExitCode {
    weir_runtime::main(Service::Timer, run)
}

async fn run(process: Process) -> Result<(), Failure> {
    let Process {
        config,
        shutdown,
        health,
        metrics,
    } = process;
    let adapters = Adapters::open(&config, "weir-timer").await?;
    let ports = Ports {
        bus: adapters.bus.clone(),
        clock: adapters.clock.clone(),
        health,
        metrics,
        shutdown,
    };
    adapters.during(weir_timer::run(ports)).await
}
