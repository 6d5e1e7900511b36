//! The service: the parts of an ingress, run together until it is told to stop.

use std::sync::Arc;

use tokio::net::TcpListener;
use weir_bus::BusError;
use weir_catalog::Catalog;

use crate::{
    Ports, Settings,
    http::{self, Api},
    overview::Overview,
    started::Started,
    trigger::Triggers,
    versions::Versions,
};

/// What ends an ingress before its time.
#[derive(Debug, thiserror::Error)]
pub enum IngressError {
    /// The HTTP server cannot go on.
    #[error("the HTTP server ended: {0}")]
    Http(#[from] std::io::Error),
    /// Something that waiting does not mend.
    #[error("the bus refuses: {0}")]
    Bus(#[from] BusError),
}

/// Serves HTTP on `listener` and routes events until `ports.shutdown` is triggered; then finishes
/// what is in work.
///
/// # Errors
/// See [`IngressError`].
pub async fn run(
    settings: Settings,
    listener: TcpListener,
    ports: Ports,
) -> Result<(), IngressError> {
    let Ports {
        bus,
        journal,
        clock,
        health,
        metrics: _,
        shutdown,
    } = ports;
    let catalog = Arc::new(Catalog::new(bus.clone()));
    let versions = Arc::new(Versions::new(bus.clone()));
    let api = Arc::new(Api {
        settings,
        journal,
        clock,
        triggers: Triggers {
            bus: bus.clone(),
            catalog: catalog.clone(),
            versions: versions.clone(),
        },
        overview: Overview::new(bus.clone()),
        started: Started::default(),
        bus,
        catalog,
        versions: versions.clone(),
    });
    let ready = async {
        versions.catch_up().await?;
        health.set_ready("definitions", true, "");
        std::future::pending().await
    };
    health.set_ready("definitions", false, "reading what is deployed");
    tokio::select! {
        served = http::serve(listener, api, health.clone(), shutdown) => Ok(served?),
        followed = versions.follow() => Ok(followed?),
        failed = ready => failed,
    }
}
