//! The whole system, from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests fail by panicking, and print their figures"
)]

mod cases;
mod chaos;
mod conformance;
mod console;
mod hostile;
mod order;
mod schedules;
mod secrets;
mod smoke;
mod workers;
mod workflows;

use weir_integration_tests::{Cluster, Programs};

const PROGRAMS: Programs = Programs {
    ingress: env!("CARGO_BIN_EXE_tested-ingress"),
    scheduler: env!("CARGO_BIN_EXE_tested-scheduler"),
    executor: env!("CARGO_BIN_EXE_tested-executor"),
    timer: env!("CARGO_BIN_EXE_tested-timer"),
    eventstore: env!("CARGO_BIN_EXE_tested-eventstore"),
};

/// NATS and so many of each service.
async fn cluster(replicas: u8) -> Cluster {
    Cluster::start(&PROGRAMS, replicas, &[]).await
}
