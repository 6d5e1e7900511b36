//! The log: what, and in which shape.

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::TelemetryError;
use super::export::is_replaced;
use crate::config::{LogFormat, Telemetry};

/// Libraries that are quiet unless `telemetry.log` names them: at `debug` they drown everything.
const QUIET: &str = "h2=warn,hyper=warn,hyper_util=warn,tonic=warn,tower=warn,opentelemetry=warn";

/// The layer that writes to standard error.
pub(super) fn layer<S>(
    settings: &Telemetry,
) -> Result<Box<dyn Layer<S> + Send + Sync>, TelemetryError>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let filter = filter(&settings.log).map_err(TelemetryError::Logs)?;
    let filter = filter.and(filter_fn(|metadata| !is_replaced(metadata)));
    let terminal = std::io::stderr().is_terminal();
    let json = match settings.log_format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let layer = fmt::layer().with_writer(std::io::stderr);
    if json {
        let layer = layer.json().flatten_event(true).with_span_list(false);
        return Ok(layer.with_filter(filter).boxed());
    }
    // https://no-color.org
    let colours = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    Ok(layer.with_ansi(colours).with_filter(filter).boxed())
}

/// Whether `text` can be `telemetry.log`.
pub(crate) fn is_filter(text: &str) -> bool {
    filter(text).is_ok()
}

fn filter(text: &str) -> Result<EnvFilter, String> {
    // A later directive for the same target wins.
    EnvFilter::try_new(format!("{QUIET},{text}"))
        .map_err(|error| format!("telemetry.log is not a filter: {error}"))
}
