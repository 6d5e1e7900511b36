//! The service: the parts of an ingress, run together until it is told to stop.

use std::sync::Arc;

use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};
use weir_bus::BusError;
use weir_catalog::Catalog;

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
    let work = async { tokio::try_join!(serving, router.dispatch(shutdown.clone())).map(drop) };
    tokio::select! {
        ended = work => ended,
        Some(ended) = followers.join_next() => {
            ended.unwrap_or_else(|panic| Err(BusError::Refused(panic.to_string())))
        }
    }
}
