//! An exporter that says once that nobody receives, and once that somebody does again.
//!
//! The SDK logs every failed batch: twice a second as long as a receiver is down.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracing::Metadata;

/// Whether a log entry is one of those that [`Watched`] replaces.
pub(in crate::telemetry) fn is_replaced(metadata: &Metadata<'_>) -> bool {
    let name = metadata.name();
    metadata.target().starts_with("opentelemetry")
        && (name.starts_with("Export.Failed") || name.ends_with(".ExportError"))
}

/// `exporter`, with its failures counted.
#[derive(Debug)]
pub(super) struct Watched<E> {
    exporter: E,
    /// What it sends, for people.
    what: &'static str,
    /// Batches lost since the last that was received.
    lost: AtomicU64,
}

impl<E> Watched<E> {
    pub(super) fn new(what: &'static str, exporter: E) -> Self {
        let lost = AtomicU64::new(0);
        Self {
            exporter,
            what,
            lost,
        }
    }

    async fn watch(&self, export: impl Future<Output = OTelSdkResult> + Send) -> OTelSdkResult {
        let what = self.what;
        let result = export.await;
        match &result {
            Ok(()) => {
                let lost = self.lost.swap(0, Ordering::Relaxed);
                if lost > 0 {
                    tracing::info!(what, batches_lost = lost, "telemetry is received again");
                }
            }
            Err(error) => {
                if self.lost.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::warn!(
                        what,
                        %error,
                        "telemetry is not received and will be lost until it is: \
                         check telemetry.otlp_endpoint"
                    );
                }
            }
        }
        result
    }
}

impl<E: SpanExporter> SpanExporter for Watched<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.watch(self.exporter.export(batch)).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Watched<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.watch(self.exporter.export(metrics)).await
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}
