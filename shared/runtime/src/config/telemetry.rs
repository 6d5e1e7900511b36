//! Logs, traces and metrics.

use serde::{Deserialize, Serialize};

/// What a process tells about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// OTLP gRPC receiver of traces and metrics, for example `http://127.0.0.1:4317`; unset means
    /// off.
    pub otlp_endpoint: Option<String>,
    /// What is logged: a level, or directives such as `info,weir_scheduler=debug`.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
    /// `service.instance.id` of this process; without it, one is made from host and process id.
    pub service_instance: Option<String>,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            log: "info,async_nats=warn".to_owned(),
            log_format: LogFormat::Auto,
            service_instance: None,
        }
    }
}

/// The shape of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
