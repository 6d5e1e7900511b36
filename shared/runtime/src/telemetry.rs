//! Logs, traces and metrics of a process.
//!
//! Logs go to standard error: text on a terminal, else JSON. Traces and metrics go to an OTLP
//! receiver when `telemetry.otlp_endpoint` is set. A trace follows a workflow through all services:
//! whoever sends a message adds [`current_traceparent`] to it, whoever handles one calls
//! [`set_parent_from`] on its span.

mod context;
mod export;
mod logs;
mod metrics;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub use context::{current_traceparent, parse_traceparent, set_parent_from, traceparent_of};
pub use metrics::{Counter, Durations, Metrics};

pub(crate) use logs::is_filter;

use crate::Config;
use export::Export;

/// Why a process cannot tell what it does.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `telemetry.log` is no filter, or another subscriber is installed.
    #[error("cannot start the log: {0}")]
    Logs(String),
    /// No exporter for this endpoint.
    #[error("cannot export to telemetry.otlp_endpoint: {0}")]
    Export(String),
}

/// Starts logs, and traces and metrics if an endpoint is set, for the whole process. Once.
///
/// `name` is the `service.name`, for example `weir-timer`. Needs no async runtime: the export has
/// one of its own, so that it neither depends on the process's nor disturbs it.
///
/// # Errors
/// A filter or endpoint that cannot be used, or a second call.
pub fn init(name: &'static str, config: &Config) -> Result<Guard, TelemetryError> {
    let logs = logs::layer(&config.telemetry)?;
    let export = Export::start(name, &config.telemetry)?;
    tracing_subscriber::registry()
        .with(export.as_ref().map(Export::layer))
        .with(logs)
        .try_init()
        .map_err(|error| TelemetryError::Logs(error.to_string()))?;
    if let Some(export) = &export {
        export.install();
    }
    Ok(Guard { export })
}

/// Keeps the export alive. When it is dropped, what was recorded is sent, within two seconds even
/// if nobody receives it.
#[derive(Debug)]
#[must_use = "dropping it ends the export"]
pub struct Guard {
    export: Option<Export>,
}

impl Guard {
    /// The instruments of this process.
    pub fn metrics(&self) -> Metrics {
        Metrics::new(self.export.as_ref().map(Export::meter))
    }
}
