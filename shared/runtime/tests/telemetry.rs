//! Traces and metrics as a real OTLP receiver gets them.
//!
//! One test, since a process has one subscriber.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tracing::Instrument;
use weir_runtime::{Config, telemetry};

const REMOTE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[derive(Clone, Default)]
struct Receiver {
    traces: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
    metrics: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
}

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.traces.lock().unwrap().push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Receiver {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.metrics.lock().unwrap().push(request.into_inner());
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

// Single threaded, and the guard is dropped on its thread: the export must not depend on this
// runtime making progress. The receiver therefore has a thread of its own.
#[tokio::test]
async fn a_trace_goes_through_and_metrics_arrive() {
    let receiver = Receiver::default();
    let mut config = Config::default();
    config.telemetry.otlp_endpoint = Some(start(receiver.clone()));
    config.telemetry.log = "off".to_owned();
    config.telemetry.service_instance = Some("one".to_owned());

    let guard = telemetry::init("weir-test", &config).unwrap();
    let metrics = guard.metrics();
    let handled = metrics.counter("weir.message.handled", "{message}", "Messages handled.");
    let durations = metrics.durations("weir.message.duration", "Time to handle a message.");

    let span = tracing::info_span!("handle", kind = "start");
    telemetry::set_parent_from(&span, REMOTE);
    let sent = async {
        tracing::debug_span!("too detailed").in_scope(|| ());
        tracing::info_span!(target: "h2::client", "of a library").in_scope(|| ());
        handled.add(2, &[("outcome", "done")]);
        durations.record(Duration::from_millis(3), &[]);
        telemetry::current_traceparent()
    };
    let sent = sent.instrument(span).await.unwrap();
    drop(guard);

    let traces = receiver.traces.lock().unwrap().clone();
    let resources: Vec<_> = traces
        .iter()
        .flat_map(|sent| &sent.resource_spans)
        .collect();
    let attributes = &resources[0].resource.as_ref().unwrap().attributes;
    for (key, value) in [
        ("service.name", "weir-test"),
        ("service.namespace", "weir"),
        ("service.instance.id", "one"),
    ] {
        let found = attributes
            .iter()
            .find(|attribute| attribute.key == key)
            .unwrap();
        assert!(format!("{:?}", found.value).contains(value), "{found:?}");
    }
    let spans: Vec<_> = resources
        .iter()
        .flat_map(|resource| &resource.scope_spans)
        .flat_map(|scope| &scope.spans)
        .collect();
    assert_eq!(spans.len(), 1, "no details, no libraries: {spans:?}");
    let span = spans[0];
    assert_eq!(span.name, "handle");
    let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    assert_eq!(
        (
            hex(&span.trace_id).as_str(),
            hex(&span.parent_span_id).as_str()
        ),
        (trace, parent)
    );
    assert_eq!(
        sent,
        format!("00-{trace}-{}-01", hex(&span.span_id)),
        "the next one's parent"
    );

    let exports = receiver.metrics.lock().unwrap().clone();
    let metrics: Vec<_> = exports
        .iter()
        .flat_map(|sent| &sent.resource_metrics)
        .flat_map(|resource| &resource.scope_metrics)
        .flat_map(|scope| &scope.metrics)
        .collect();
    let metric = |name: &str| *metrics.iter().find(|metric| metric.name == name).unwrap();
    assert_eq!(metric("weir.message.handled").unit, "{message}");
    let Some(Data::Sum(sum)) = &metric("weir.message.handled").data else {
        panic!("{metrics:?}");
    };
    assert!(format!("{:?}", sum.data_points[0].value).contains("AsInt(2)"));
    assert_eq!(metric("weir.message.duration").unit, "s");

    let second = telemetry::init("weir-test", &Config::default());
    assert!(second.is_err(), "a process has one subscriber");
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// Its endpoint.
fn start(receiver: Receiver) -> String {
    let (started, endpoint) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).unwrap();
            let address = incoming.local_addr().unwrap();
            started.send(format!("http://{address}")).unwrap();
            Server::builder()
                .add_service(TraceServiceServer::new(receiver.clone()))
                .add_service(MetricsServiceServer::new(receiver))
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        });
    });
    endpoint.recv().unwrap()
}
