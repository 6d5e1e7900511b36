//! The router: brings events to the workflows they start and to the instances that wait for them.
//!
//! Subscriptions stand in the same stream as events, so there is one order, and whoever comes
//! second finds the first: an event looks for the subscriptions before it, a subscription that
//! opens looks back for the events before it. Every replica follows the whole stream into memory
//! (the [`index`]); a durable consumer hands each message to one replica, which deals with it only
//! after its own index has reached it. Nothing needs a lock, and no order of arrival, crash or
//! pause loses a wakeup; delivering one twice is harmless.

mod deliver;
mod dispatch;
mod entry;
mod follow;
mod index;
mod past;
mod reached;
mod scan;
mod site;
mod step;
mod subscriptions;
#[cfg(test)]
mod tests;
mod window;

use std::sync::{Arc, RwLock};

use weir_bus::{Bus, BusError, Outgoing, Patient, Pauses};
use weir_catalog::{Catalog, CatalogError};
use weir_protocol::v1::OpenSubscription;
use weir_runtime::{Metrics, telemetry::Counter};

use index::Index;
use reached::Reached;
pub(crate) use scan::Requests;

use scan::Scans;
use site::{Site, SiteKey};
pub(crate) use window::WindowLimits;

/// What the parts of a router share.
pub(crate) struct Router {
    bus: Arc<dyn Bus>,
    patient: Patient,
    catalog: Arc<Catalog>,
    limits: WindowLimits,
    index: RwLock<Index>,
    reached: Reached,
    scans: Scans,
    metrics: RouterMetrics,
}

struct RouterMetrics {
    events: Counter,
    deliveries: Counter,
    look_backs: Counter,
    dead: Counter,
    errors: Counter,
}

impl Router {
    /// A router that knows nothing yet, and what will be asked of its [`Requests::serve`].
    pub fn new(
        bus: Arc<dyn Bus>,
        catalog: Arc<Catalog>,
        limits: WindowLimits,
        metrics: &Metrics,
    ) -> (Arc<Self>, Requests) {
        let (scans, requests) = Scans::new();
        let router = Self {
            patient: Patient::new(bus.clone()),
            bus,
            catalog,
            limits,
            index: RwLock::new(Index::new(limits, false)),
            reached: Reached::default(),
            scans,
            metrics: RouterMetrics::new(metrics),
        };
        (Arc::new(router), requests)
    }

    /// How it publishes.
    pub fn patient(&self) -> &Patient {
        &self.patient
    }

    /// Publishes what fits; what does not is returned.
    async fn publish(&self, messages: Vec<Outgoing>) -> Result<Vec<Outgoing>, BusError> {
        publish(&*self.bus, &self.patient, messages).await
    }

    /// Where the filters of a subscription stand.
    ///
    /// # Errors
    /// Why it is nowhere.
    async fn site(&self, subscription: &OpenSubscription) -> Result<Arc<Site>, String> {
        let key = SiteKey::of(subscription);
        if let Some(site) = index::read(&self.index).subscriptions.site(&key) {
            return Ok(site.clone());
        }
        let mut pauses = Pauses::default();
        loop {
            match self.catalog.program(&key.workflow).await {
                Ok(program) => {
                    let site = Site::new(key, program).map(Arc::new);
                    return site
                        .ok_or_else(|| "the definition has no such listen or trigger".into());
                }
                Err(CatalogError::Unavailable(BusError::Unavailable(_))) => pauses.pause().await,
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

/// Publishes what fits, however long that takes; what does not fit is returned: it must not keep
/// back what does.
async fn publish(
    bus: &dyn Bus,
    patient: &Patient,
    messages: Vec<Outgoing>,
) -> Result<Vec<Outgoing>, BusError> {
    let size_max = bus.payload_bytes_max();
    let fits = |message: &Outgoing| message.payload.len() <= size_max;
    let (fitting, too_large): (Vec<_>, Vec<_>) = messages.into_iter().partition(fits);
    if !fitting.is_empty() {
        patient.publish_all(fitting).await?;
    }
    Ok(too_large)
}

impl RouterMetrics {
    fn new(metrics: &Metrics) -> Self {
        let counter = |name, unit, description| metrics.counter(name, unit, description);
        Self {
            events: counter("weir.event.routed", "{event}", "Events routed"),
            deliveries: counter(
                "weir.event.delivered",
                "{message}",
                "Messages to instances that events led to",
            ),
            look_backs: counter(
                "weir.subscription.looked_back",
                "{subscription}",
                "Subscriptions that looked back, in memory or in the stream",
            ),
            dead: counter(
                "weir.event.dead",
                "{message}",
                "Messages that could not be routed",
            ),
            errors: counter(
                "weir.event.filter_failed",
                "{evaluation}",
                "Event filters that could not be evaluated",
            ),
        }
    }
}
