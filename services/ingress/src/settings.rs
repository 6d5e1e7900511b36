//! What an ingress is run with.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use weir_bus::Bus;
use weir_graph::Limits;
use weir_journal::Journal;
use weir_runtime::{Config, HealthHandle, Metrics, Shutdown};

/// The settings of an ingress.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address for events and the management API.
    pub listen: SocketAddr,
    /// Largest request body, in bytes.
    pub body_bytes_max: usize,
    /// Largest message, in bytes; the bus may allow less.
    pub payload_bytes_max: usize,
    /// Requests in work at the same time; one more is answered with 503.
    pub requests_max: usize,
    /// A request that takes longer is answered with 504.
    pub request_timeout: Duration,
    /// What definitions are compiled under.
    pub limits: Limits,
    /// What those of some namespaces are compiled under instead.
    pub namespaces: BTreeMap<String, Limits>,
}

impl Settings {
    /// The ingress's part of the configuration.
    pub fn new(config: &Config) -> Self {
        let limits = &config.limits;
        Self {
            listen: config.ingress.listen,
            body_bytes_max: config.ingress.body_bytes_max,
            payload_bytes_max: usize::try_from(limits.payload_bytes_max).unwrap_or(usize::MAX),
            requests_max: 4096,
            request_timeout: Duration::from_secs(30),
            limits: compiled_under(limits),
            namespaces: limits
                .named()
                .map(|name| (name.to_owned(), compiled_under(&limits.of(name))))
                .collect(),
        }
    }
}

fn compiled_under(limits: &weir_runtime::config::Limits) -> Limits {
    Limits {
        workflow_timeout_ms: limits.workflow_timeout_ms,
        action_timeout_ms: limits.action_timeout_ms,
        listen_timeout_ms: limits.listen_timeout_ms,
        wait_ms_max: limits.wait_ms_max,
        for_items_max: limits.for_items_max,
        retry_attempts_max: limits.retry_attempts_max,
        steps_max: limits.steps_max,
        actions_max: limits.actions_max,
        emits_max: limits.emits_max,
        events_max: limits.events_max,
        duration_ms_max: limits.duration_ms_max,
        branches_max: limits.branches_max,
        callees: BTreeMap::new(),
    }
}

/// Milliseconds since the Unix epoch.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What an ingress may use.
#[derive(Clone)]
pub struct Ports {
    /// Where events and messages to instances go to, and where events come from.
    pub bus: Arc<dyn Bus>,
    /// Where instances are looked up.
    pub journal: Arc<dyn Journal>,
    /// The time.
    pub clock: Clock,
    /// Told once all that is stored has been read.
    pub health: HealthHandle,
    /// Receives durations and counts.
    pub metrics: Metrics,
    /// Triggered when the ingress must end.
    pub shutdown: Shutdown,
}
