//! The services by name.

use std::net::SocketAddr;

use crate::Config;

/// One of the four services, as far as a process needs to know which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Accepts and routes events, and serves the management API.
    Ingress,
    /// Decides.
    Scheduler,
    /// Acts.
    Executor,
    /// Tells when time is up.
    Timer,
}

impl Service {
    /// The name of the binary, and `service.name` in telemetry.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingress => "weir-ingress",
            Self::Scheduler => "weir-scheduler",
            Self::Executor => "weir-executor",
            Self::Timer => "weir-timer",
        }
    }

    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Ingress => "Accepts CloudEvents over HTTP and NATS, and serves the Weir API",
            Self::Scheduler => "Runs Weir workflows: decides what happens next and journals it",
            Self::Executor => "Does the actions of Weir workflows: HTTP requests and commands",
            Self::Timer => "Tells Weir workflows when their deadlines have come",
        }
    }

    /// The address and the key of its health endpoint.
    pub(crate) fn health_listen(self, config: &Config) -> (Option<SocketAddr>, &'static str) {
        let health = &config.health;
        match self {
            Self::Ingress => (health.ingress_listen, "health.ingress_listen"),
            Self::Scheduler => (health.scheduler_listen, "health.scheduler_listen"),
            Self::Executor => (health.executor_listen, "health.executor_listen"),
            Self::Timer => (health.timer_listen, "health.timer_listen"),
        }
    }
}
