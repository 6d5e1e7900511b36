//! One configuration for all services, in layers: defaults, file, environment, flags.
//!
//! Later layers win key by key. Every key is `section.name`; in the environment it is written
//! `WEIR_SECTION__NAME`, on the command line `--set section.name=value`. A key that no layer may
//! set is an error, in whichever layer it stands: a misspelt limit must not silently be a default.

mod cli;
mod error;
mod journal;
mod keys;
mod layers;
mod limits;
mod nats;
mod print;
mod secret;
mod services;
mod streams;
mod telemetry;
mod validate;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use cli::{Assignment, Cli};
pub use error::{ConfigError, Problem};
pub use journal::{Journal, JournalBackend};
pub use limits::Limits;
pub use nats::Nats;
pub use secret::Secret;
pub use services::{Executor, Health, Ingress, Scheduler, Shutdown};
pub use streams::{PARTITIONS, Streams};
pub use telemetry::{LogFormat, Telemetry};

/// The effective configuration of a process. Every service reads the same one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How to reach NATS.
    pub nats: Nats,
    /// Where the journal is kept.
    pub journal: Journal,
    /// What the streams keep, and for how long.
    pub streams: Streams,
    /// Defaults and maxima that definitions are compiled under.
    pub limits: Limits,
    /// The HTTP door.
    pub ingress: Ingress,
    /// The service that decides.
    pub scheduler: Scheduler,
    /// The service that acts.
    pub executor: Executor,
    /// Where each service answers `/healthz` and `/readyz`.
    pub health: Health,
    /// Logs, traces and metrics.
    pub telemetry: Telemetry,
    /// How a process ends.
    pub shutdown: Shutdown,
}

impl Config {
    /// Reads the configuration of this process: the file `cli` or `WEIR_CONFIG` names (or
    /// `weir.toml`, else `weir.yaml`, of the working directory), `WEIR_…` and the flags.
    ///
    /// # Errors
    /// A file that cannot be read or parsed, unknown keys, and values of the wrong type or out of
    /// range; each names the key, where it came from and what to do.
    pub fn load(cli: &Cli) -> Result<Self, ConfigError> {
        Self::load_from(cli, &layers::process_environment()?, Path::new(""))
    }

    /// As [`Config::load`], with the environment and the working directory given.
    pub fn load_from(
        cli: &Cli,
        environment: &BTreeMap<String, String>,
        directory: &Path,
    ) -> Result<Self, ConfigError> {
        layers::merge(cli, environment, directory)
    }

    /// The configuration as TOML with every key: secrets redacted, unset keys as comments.
    pub fn to_toml(&self) -> String {
        print::to_toml(self)
    }
}
