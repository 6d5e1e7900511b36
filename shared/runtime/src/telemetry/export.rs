//! Traces and metrics to an OTLP receiver.

mod watched;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use tokio::runtime::Runtime;
use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

pub(super) use watched::is_replaced;

use watched::Watched;

use super::TelemetryError;
use crate::config::Telemetry;

/// The longest that ending a process waits for its last traces and metrics to be received.
const FLUSH_LIMIT: Duration = Duration::from_secs(2);
/// Spans kept while the receiver is slow; more are dropped, and their number is logged.
const SPANS_QUEUED_MAX: usize = 16_384;
/// Spans per message: with what a span of ours holds, well below gRPC's usual limit of 4 MiB.
const SPANS_SENT_MAX: usize = 1_024;
/// How long a span may wait for company.
const SPANS_DELAY: Duration = Duration::from_secs(1);
/// The exporter's own libraries: their spans would be exported, which makes new ones.
const SILENT: [&str; 7] = [
    "h2",
    "hyper",
    "hyper_util",
    "opentelemetry",
    "tonic",
    "tower",
    "axum",
];
const SCOPE: &str = "weir";

#[derive(Debug)]
pub(super) struct Export {
    tracers: SdkTracerProvider,
    meters: SdkMeterProvider,
    /// The exporters' connections live here and not in the process's runtime, which may be busy,
    /// single threaded or gone when the last spans have to leave. `None` only while dropping.
    runtime: Option<Runtime>,
}

impl Export {
    /// `None` if no endpoint is set.
    pub(super) fn start(
        name: &'static str,
        settings: &Telemetry,
    ) -> Result<Option<Self>, TelemetryError> {
        let Some(endpoint) = &settings.otlp_endpoint else {
            return Ok(None);
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("weir-telemetry")
            .enable_all()
            .build()
            .map_err(failed)?;
        let entered = runtime.enter();
        let resource = resource(name, settings);
        let spans = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()
            .map_err(failed)?;
        let metrics = MetricExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()
            .map_err(failed)?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(SPANS_QUEUED_MAX)
            .with_max_export_batch_size(SPANS_SENT_MAX)
            .with_scheduled_delay(SPANS_DELAY)
            .build();
        let processor = BatchSpanProcessor::builder(Watched::new("traces", spans))
            .with_batch_config(batches)
            .build();
        let tracers = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_resource(resource.clone())
            .build();
        let meters = SdkMeterProvider::builder()
            .with_periodic_exporter(Watched::new("metrics", metrics))
            .with_resource(resource)
            .build();
        drop(entered);
        Ok(Some(Self {
            tracers,
            meters,
            runtime: Some(runtime),
        }))
    }

    /// The layer that turns spans of level `INFO` and above into traces, whatever is logged.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let silent = SILENT.map(|target| (target, LevelFilter::OFF));
        let filter = Targets::new()
            .with_default(LevelFilter::INFO)
            .with_targets(silent);
        tracing_opentelemetry::layer()
            .with_tracer(self.tracers.tracer(SCOPE))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter)
    }

    /// Makes the providers those of libraries that look for global ones.
    pub(super) fn install(&self) {
        opentelemetry::global::set_tracer_provider(self.tracers.clone());
        opentelemetry::global::set_meter_provider(self.meters.clone());
    }

    pub(super) fn meter(&self) -> Meter {
        self.meters.meter(SCOPE)
    }
}

impl Drop for Export {
    /// Both providers at the same time, each on a thread that may be left behind: against a dead
    /// receiver they take up to five seconds each.
    fn drop(&mut self) {
        let deadline = Instant::now() + FLUSH_LIMIT;
        let (ended, all_ended) = mpsc::channel();
        let (tracers, meters) = (self.tracers.clone(), self.meters.clone());
        let spans_ended = ended.clone();
        std::thread::spawn(move || spans_ended.send(tracers.shutdown()));
        std::thread::spawn(move || ended.send(meters.shutdown()));
        for _ in 0..2 {
            let left = deadline.saturating_duration_since(Instant::now());
            if !matches!(all_ended.recv_timeout(left), Ok(Ok(()))) {
                tracing::warn!("the last traces or metrics were not received");
                break;
            }
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Who speaks, by the OpenTelemetry conventions for services.
fn resource(name: &'static str, settings: &Telemetry) -> Resource {
    let instance = settings.service_instance.clone().unwrap_or_else(|| {
        let host = rustix::system::uname();
        let host = host.nodename().to_string_lossy();
        format!("{host}-{}", std::process::id())
    });
    Resource::builder()
        .with_service_name(name)
        .with_attributes([
            KeyValue::new("service.namespace", "weir"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", instance),
        ])
        .build()
}

fn failed(error: impl std::error::Error) -> TelemetryError {
    TelemetryError::Export(error.to_string())
}
