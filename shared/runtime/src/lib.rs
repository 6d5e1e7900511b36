//! What every Weir process needs and nothing about workflows.
//!
//! A process reads one layered [`Config`] (defaults, file, environment, flags), and stops when its
//! [`Shutdown`] token says so. Nothing here knows NATS, streams or definitions beyond the names of
//! their settings, so that all services can share one configuration file.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

pub mod config;
pub mod shutdown;

pub use config::{Cli, Config, ConfigError};
pub use shutdown::{Overrun, Shutdown, run_until_shutdown};
