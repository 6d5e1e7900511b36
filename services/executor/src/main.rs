//! The executor as a process, on JetStream.

use std::process::ExitCode;

use weir_executor::{Ports, Settings};
use weir_nats::Adapters;
use weir_runtime::{Failure, Process, Service};

fn main() -> ExitCode {
    weir_runtime::main(Service::Executor, run)
}

async fn run(process: Process) -> Result<(), Failure> {
    let Process {
        config,
        shutdown,
        health,
        metrics,
    } = process;
    let adapters = Adapters::open(&config, "weir-executor").await?;
    let ports = Ports {
        bus: adapters.bus.clone(),
        clock: adapters.clock.clone(),
        health,
        metrics,
        shutdown,
    };
    adapters
        .during(weir_executor::run(Settings::new(&config), ports))
        .await
}
