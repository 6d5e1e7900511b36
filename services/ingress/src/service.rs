//! The service: the parts of an ingress, run together until it is told to stop.

use std::sync::Arc;

use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};
use weir_bus::{Bus, BusError};
use weir_catalog::Catalog;
use weir_runtime::{HealthHandle, Metrics, Shutdown};

use crate::{
    Ports, Settings,
    console::WATCHED_MAX,
    http::{self, Api},
    overview::Overview,
    router::{Router, WindowLimits},
    started::Started,
    trigger::Triggers,
    versions::Versions,
};

/// Serves HTTP on `listener` and routes events until `ports.shutdown` is triggered; then finishes
/// what is in work.
///
/// # Errors
/// Those of the bus that waiting does not mend.
pub async fn run(settings: Settings, listener: TcpListener, ports: Ports) -> Result<(), BusError> {
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
    let routing = route(Routing {
        bus: bus.clone(),
        catalog: catalog.clone(),
        health: health.clone(),
        metrics,
        shutdown: shutdown.clone(),
    });

    // Ended with this function: what it knows is in the stream.
    health.set_ready("definitions", false, "reading what is deployed");
    let (followed, told) = (versions.clone(), health.clone());
    let following = async move {
        followed
            .follow(|| told.set_ready("definitions", true, ""))
            .await
    };

    let api = Arc::new(Api {
        settings,
        journal,
        clock,
        triggers: Triggers {
            bus: bus.clone(),
            catalog: catalog.clone(),
        },
        overview: Overview::new(bus.clone()),
        started: Started::default(),
        watchers: Arc::new(Semaphore::new(WATCHED_MAX)),
        health: health.clone(),
        shutdown: shutdown.clone(),
        bus,
        catalog,
        versions,
    });
    let serving = async {
        http::serve(listener, api, health, shutdown.clone()).await;
        Ok(())
    };
    let work = async { tokio::try_join!(serving, routing).map(drop) };
    tokio::select! {
        ended = work => ended,
        ended = following => ended,
    }
}

/// What the router may use.
#[derive(Clone)]
pub struct Routing {
    /// Where events come from, and messages go to.
    pub bus: Arc<dyn Bus>,
    /// Where the filters of listens and triggers stand.
    pub catalog: Arc<Catalog>,
    /// Told once the router knows the subscriptions.
    pub health: HealthHandle,
    /// Receives counts.
    pub metrics: Metrics,
    /// Triggered when the router must end.
    pub shutdown: Shutdown,
}

/// Only the router, without HTTP: part of [`run`], and simulated by itself.
///
/// # Errors
/// Those of the bus that waiting does not mend.
pub async fn route(routing: Routing) -> Result<(), BusError> {
    let Routing {
        bus,
        catalog,
        health,
        metrics,
        shutdown,
    } = routing;
    let limits = WindowLimits::default();
    let (router, scans) = Router::new(bus.clone(), catalog, limits, &metrics);
    health.set_ready("router", false, "reading events and subscriptions");
    // Ended with this function: what they know is in the stream.
    let mut aside: JoinSet<Result<(), BusError>> = JoinSet::new();
    let followed = router.clone();
    aside.spawn(async move {
        followed
            .follow(|| health.set_ready("router", true, ""))
            .await
    });
    let scanning = scans.serve(bus, router.patient().clone());
    aside.spawn(async move {
        scanning.await;
        Ok(())
    });
    tokio::select! {
        ended = router.dispatch(shutdown) => ended,
        Some(ended) = aside.join_next() => {
            ended.unwrap_or_else(|panic| Err(BusError::Refused(panic.to_string())))
        }
    }
}
