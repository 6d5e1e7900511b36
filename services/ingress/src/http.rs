//! The HTTP interface: the CloudEvents binding, the management API, its description, and the
//! console.

mod dead;
pub(crate) mod definitions;
pub(crate) mod events;
mod guard;
pub(crate) mod instances;
mod list;
mod origin;
mod problem;
pub(crate) mod request;
mod routes;
mod server;
pub(crate) mod view;
mod why;

use std::sync::Arc;

use axum::http::HeaderMap;
use tokio::{net::TcpListener, sync::Semaphore};
use weir_bus::Bus;
use weir_catalog::Catalog;
use weir_journal::Journal;
use weir_protocol::header;
use weir_runtime::{HealthHandle, Shutdown, telemetry};

use crate::{
    Clock, Settings, overview::Overview, started::Started, trigger::Triggers, versions::Versions,
};

pub(crate) use problem::Problem;
pub(crate) use request::{Params, Search};

/// What the handlers share.
pub(crate) struct Api {
    pub settings: Settings,
    pub bus: Arc<dyn Bus>,
    pub journal: Arc<dyn Journal>,
    pub clock: Clock,
    pub catalog: Arc<Catalog>,
    pub versions: Arc<Versions>,
    pub triggers: Triggers,
    pub overview: Overview,
    pub started: Started,
    /// One permit for each page that is being watched.
    pub watchers: Arc<Semaphore>,
    pub health: HealthHandle,
    /// Ends what would otherwise go on as long as the reader likes.
    pub shutdown: Shutdown,
}

/// The trace context of a request: that of the span it is handled in, else what it came with.
fn traceparent(headers: &HeaderMap) -> Option<String> {
    telemetry::current_traceparent().or_else(|| {
        let received = headers.get(header::TRACEPARENT)?.to_str().ok()?;
        telemetry::parse_traceparent(received).map(|_| received.to_owned())
    })
}

/// Serves the API until `shutdown` is triggered, then finishes the requests in work.
pub(crate) async fn serve(
    listener: TcpListener,
    api: Arc<Api>,
    health: HealthHandle,
    shutdown: Shutdown,
) {
    server::serve(listener, routes::app(api, health), shutdown).await;
}
