//! The smallest service: waits until it is told to stop. The process tests start it.
//!
//! `BEHAVIOUR=fail` makes it fail at once, `BEHAVIOUR=hang` makes it ignore the shutdown.

use std::process::ExitCode;

use weir_runtime::{Failure, Process, Service};

fn main() -> ExitCode {
    weir_runtime::main(Service::Timer, run)
}

async fn run(process: Process) -> Result<(), Failure> {
    let behaviour = std::env::var("BEHAVIOUR").unwrap_or_default();
    if behaviour == "fail" {
        return Err("the server has no JetStream: start it with -js".into());
    }
    process.health.set_ready("example", true, "");
    process.shutdown.triggered().await;
    if behaviour == "hang" {
        std::future::pending::<()>().await;
    }
    Ok(())
}
