//! The scheduler: takes messages to instances, decides, and is the only one to write journals.
//!
//! For one instance everything is strictly in order: append the record, publish what it implies
//! (commands and trace) and wait for the acknowledgements, acknowledge the message. Whatever dies
//! in between, the message comes again and finds the journal; an instance that is loaded from its
//! journal first publishes its last record's consequences again, under the same ids. So when a
//! record exists, everything before it is out. Many instances are worked on at the same time, and
//! many schedulers may run: the journal's expected revision decides who was first.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod cache;
mod dispatch;
mod instance;
mod metrics;
mod outputs;
mod schedule;
mod serve;
mod step;
mod timer;

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use weir_bus::{Bus, BusError, Consumer};
use weir_catalog::Catalog;
use weir_journal::Journal;
use weir_protocol::PARTITIONS;
use weir_runtime::{Clock, Config, HealthHandle, Metrics, Shutdown, config::Scheduler};

pub use instance::Instance;
pub use outputs::{Outputs, outputs};
pub use step::{Input, InputError, Step, step};

use dispatch::Dispatcher;
use metrics::StepMetrics;
use serve::Server;

/// What health says about.
const COMPONENT: &str = "inbox";

/// How a scheduler is set.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Instances kept in memory; others are read from their journal when needed.
    pub instances_max: usize,
    /// Messages in progress at the same time.
    pub in_flight_max: usize,
}

impl Settings {
    /// The scheduler's part of the configuration.
    pub fn new(config: &Config) -> Self {
        let Scheduler {
            instances_max,
            in_flight_max,
            // For the bus.
            replica: _,
        } = config.scheduler;
        Self {
            instances_max,
            in_flight_max,
        }
    }
}

/// What a scheduler may use.
#[derive(Clone)]
pub struct Ports {
    /// Where messages come from and their consequences go to.
    pub bus: Arc<dyn Bus>,
    /// Where records are kept.
    pub journal: Arc<dyn Journal>,
    /// The time.
    pub clock: Clock,
    /// Told once all partitions are joined.
    pub health: HealthHandle,
    /// Receives durations and counts.
    pub metrics: Metrics,
    /// Triggered when the scheduler must end.
    pub shutdown: Shutdown,
}

/// Runs until it is told to stop, then finishes what is in progress.
///
/// # Errors
/// If a partition can be neither joined nor read.
pub async fn run(settings: Settings, ports: Ports) -> Result<(), BusError> {
    let Ports {
        bus,
        journal,
        clock,
        health,
        metrics,
        shutdown,
    } = ports;
    let server = Server {
        catalog: Catalog::new(bus.clone()),
        bus: bus.clone(),
        journal,
        clock,
        metrics: StepMetrics::new(&metrics),
        stop: CancellationToken::new(),
    };
    let dispatcher = Dispatcher::new(server, settings.in_flight_max, settings.instances_max);
    let mut partitions = Vec::new();
    for partition in 0..PARTITIONS {
        partitions.push(bus.consume(&Consumer::Inbox { partition }).await?);
    }
    health.set_ready(COMPONENT, true, "");
    // If one partition cannot go on, the others stop too: then the process can be started anew.
    let shutdown = shutdown.child();
    let mut pumps = JoinSet::new();
    for deliveries in partitions {
        pumps.spawn(dispatcher.clone().pump(deliveries, shutdown.clone()));
    }
    let mut result = Ok(());
    while let Some(pump) = pumps.join_next().await {
        let outcome = pump.unwrap_or_else(|panic| Err(BusError::Refused(panic.to_string())));
        if outcome.is_err() {
            shutdown.trigger();
        }
        result = result.and(outcome);
    }
    dispatcher.drain().await;
    result
}
