//! The service: the parts of an ingress, run together until it is told to stop.

use std::sync::Arc;

use tokio::{net::TcpListener, task::JoinSet};
use weir_bus::BusError;
use weir_catalog::Catalog;

use crate::{
    Ports, Settings,
    http::{self, Api},
    overview::Overview,
    router::{Router, WindowLimits},
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
        metrics,
        shutdown,
    } = ports;
    let catalog = Arc::new(Catalog::new(bus.clone()));
    let versions = Arc::new(Versions::new(bus.clone()));
    let limits = WindowLimits::default();
    let (router, scans) = Router::new(bus.clone(), catalog.clone(), limits, &metrics);

    // Ended with this function: what they know is in the streams.
    let mut followers: JoinSet<Result<(), BusError>> = JoinSet::new();
    health.set_ready("definitions", false, "reading what is deployed");
    health.set_ready("router", false, "reading events and subscriptions");
    let (followed, told) = (versions.clone(), health.clone());
    followers.spawn(async move {
        followed
            .follow(|| told.set_ready("definitions", true, ""))
            .await
    });
    let (followed, told) = (router.clone(), health.clone());
    followers.spawn(async move { followed.follow(|| told.set_ready("router", true, "")).await });
    let scanning = scans.serve(bus.clone(), router.patient().clone());
    followers.spawn(async move {
        scanning.await;
        Ok(())
    });

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
        versions,
    });
    let serving = async { Ok(http::serve(listener, api, health, shutdown.clone()).await?) };
    let routing = async { Ok(router.dispatch(shutdown.clone()).await?) };
    tokio::select! {
        ended = async { tokio::try_join!(serving, routing) } => ended.map(drop),
        Some(ended) = followers.join_next() => match ended {
            Ok(outcome) => Ok(outcome?),
            Err(panic) => Err(BusError::Refused(panic.to_string()).into()),
        }
    }
}
