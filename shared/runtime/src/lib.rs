//! What every Weir process needs and nothing about workflows.
//!
//! A process reads one layered [`Config`] (defaults, file, environment, flags), tells what it does
//! through [`telemetry`], answers probes through [`health`], and stops when its [`Shutdown`] token
//! says so. [`main`] ties these together, so that a service's `main.rs` only chooses adapters.
//! Nothing here knows NATS, streams or definitions beyond the names of their settings, so that all
//! services can share one configuration file.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod clock;
pub mod config;
pub mod health;
mod process;
mod service;
pub mod shutdown;
pub mod telemetry;

pub use clock::{Clock, clock};
pub use config::{Cli, Config, ConfigError};
pub use health::HealthHandle;
pub use process::{EXIT_CONFIG, EXIT_FAILED, Failure, Process, main};
pub use service::Service;
pub use shutdown::{Overrun, Shutdown, run_until_shutdown};
pub use telemetry::Metrics;
