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
mod outputs;
mod serve;
mod step;
mod timer;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use weir_bus::{Bus, BusError, Consumer};
use weir_catalog::Catalog;
use weir_journal::Journal;
use weir_protocol::PARTITIONS;

pub use instance::Instance;
pub use outputs::{Outputs, outputs};
pub use step::{Input, InputError, Step, step};

use dispatch::Dispatcher;
use serve::Server;

/// Milliseconds since the Unix epoch.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What a scheduler may use.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Instances kept in memory; others are read from their journal when needed.
    pub instances_max: usize,
    /// Messages in progress at the same time.
    pub in_flight_max: usize,
}

/// Runs until `stop`, then finishes what is in progress.
///
/// `ready` is called once all partitions are joined.
///
/// # Errors
/// If a partition can be neither joined nor read.
pub async fn run(
    settings: Settings,
    bus: Arc<dyn Bus>,
    journal: Arc<dyn Journal>,
    clock: Clock,
    stop: CancellationToken,
    ready: impl FnOnce() + Send,
) -> Result<(), BusError> {
    let server = Server {
        catalog: Catalog::new(bus.clone()),
        bus: bus.clone(),
        journal,
        clock,
        stop: CancellationToken::new(),
    };
    let dispatcher = Dispatcher::new(server, settings.in_flight_max, settings.instances_max);
    let mut partitions = Vec::new();
    for partition in 0..PARTITIONS {
        partitions.push(bus.consume(&Consumer::Inbox { partition }).await?);
    }
    ready();
    let mut pumps = tokio::task::JoinSet::new();
    for deliveries in partitions {
        let (dispatcher, stop) = (dispatcher.clone(), stop.clone());
        pumps.spawn(async move { dispatcher.pump(deliveries, stop).await });
    }
    let mut result = Ok(());
    while let Some(pump) = pumps.join_next().await {
        let outcome = pump.unwrap_or_else(|panic| Err(BusError::Refused(panic.to_string())));
        if outcome.is_err() && result.is_ok() {
            result = outcome;
            stop.cancel();
        }
    }
    dispatcher.drain().await;
    result
}
