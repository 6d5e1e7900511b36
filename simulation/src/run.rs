//! One run: a seed, from the first start to the oracle's verdict.

use std::{collections::BTreeMap, fmt, sync::Arc};

use tokio::sync::Notify;
use weir_bus::memory::MemoryBus;
use weir_journal::{Journal, memory::MemoryJournal};
use weir_protocol::{Revision, v1};

use crate::{
    Bug,
    chance::Chance,
    fleet::Site,
    ledger::Ledger,
    load::Load,
    oracle,
    time::{Time, pause_ms},
    weather::Weather,
};

/// How long after the last end one looks for what should not come any more: longer than the
/// longest repetition and the consumers' wait.
const AFTERMATH_MS: u64 = 240_000;
/// By then everything has ended, whatever the workflows are.
const PATIENCE_MS: u64 = 600_000;
/// How often one looks whether all have ended.
const GLANCE_MS: u64 = 1_000;

/// What a run was like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Instances that were started, all of which have ended.
    pub instances: usize,
    /// Their records.
    pub records: usize,
    /// What went wrong how often.
    pub counts: BTreeMap<&'static str, u64>,
    /// Stands for all that is in the journal and on the trace.
    pub digest: u64,
}

/// What the oracle did not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The run.
    pub seed: u64,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, what } = self;
        write!(
            f,
            "{what}; repeat with: cargo xtask sim --seed {seed} --runs 1"
        )
    }
}

impl std::error::Error for Failure {}

/// Runs what follows from `seed`, with a deliberate defect or without.
///
/// # Errors
/// The oracle's.
pub fn run(seed: u64, bug: Option<Bug>) -> Result<Report, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let verdict = runtime.block_on(simulate(seed, bug));
    verdict.map_err(|what| Failure { seed, what })
}

async fn simulate(seed: u64, bug: Option<Bug>) -> Result<Report, String> {
    let time = Time::begin();
    let broker = MemoryBus::new(time.clock());
    let site = Site {
        time,
        weather: Arc::new(Weather::new(time, seed)),
        ledger: Arc::new(Ledger::default()),
        bug,
        broker: broker.clone(),
        journal: MemoryJournal::new(),
        deliveries_changed: Arc::new(Notify::new()),
    };
    let load = Load::deploy(&mut Chance::new(seed), &broker).await;
    site.populate();
    load.send(&broker, time).await;
    while !all_have_ended(&load, &site).await {
        if time.passed_ms() > PATIENCE_MS {
            break;
        }
        pause_ms(GLANCE_MS).await;
    }
    pause_ms(AFTERMATH_MS).await;
    oracle::judge(&load, &site).await
}

async fn all_have_ended(load: &Load, site: &Site) -> bool {
    for start in &load.starts {
        let read = site.journal.read(start.instance, Revision(0)).await;
        let last = read.ok().and_then(|entries| entries.last().cloned());
        if !last.is_some_and(|entry| entry.record.events.iter().any(is_end)) {
            return false;
        }
    }
    true
}

/// Whether an event ends its instance.
pub fn is_end(event: &v1::Event) -> bool {
    matches!(
        event,
        v1::Event::WorkflowCompleted { .. }
            | v1::Event::WorkflowFaulted { .. }
            | v1::Event::WorkflowCancelled { .. }
    )
}
