//! What really happened, for the oracle: seen where services meet ports.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use weir_bus::{Outgoing, Stored};
use weir_protocol::{InstanceId, Stream};

/// Clones of nothing: one per run.
#[derive(Default)]
pub struct Ledger(Mutex<Pages>);

/// What the ledger holds.
#[derive(Default)]
pub struct Pages {
    /// Messages of the inbox that were delivered, by what records call their cause.
    pub delivered: BTreeMap<String, Vec<Stored>>,
    /// True time at which the first of them was.
    pub delivered_at: BTreeMap<String, u64>,
    /// What was stored besides timers and messages to instances, by id: the payloads.
    pub published: BTreeMap<String, BTreeSet<Vec<u8>>>,
    /// True time at which each record was appended.
    pub appended: BTreeMap<(InstanceId, u64), u64>,
    /// Why services ended that should not have.
    pub ended: Vec<String>,
    /// Faults and repetitions, for people.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Ledger {
    /// The pages.
    pub fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a delivery at the true time `now_ms`.
    pub fn delivered(&self, message: &Stored, now_ms: u64) {
        if message.stream != Stream::Inbox {
            return;
        }
        let id = message.header(weir_protocol::header::MESSAGE_ID);
        let cause = id.map_or_else(|| format!("sequence/{}", message.sequence), str::to_owned);
        let mut pages = self.pages();
        pages.delivered_at.entry(cause.clone()).or_insert(now_ms);
        let same = pages.delivered.entry(cause).or_default();
        if !same.iter().any(|other| other.sequence == message.sequence) {
            same.push(message.clone());
        }
    }

    /// Notes what was stored.
    pub fn published(&self, message: &Outgoing) {
        let to = Stream::of_subject(message.subject.as_str());
        if let (Some(id), true) = (&message.id, to != Some(Stream::Inbox)) {
            let mut pages = self.pages();
            let payloads = pages.published.entry(id.clone()).or_default();
            payloads.insert(message.payload.to_vec());
        }
    }

    /// Counts.
    pub fn count(&self, what: &'static str) {
        *self.pages().counts.entry(what).or_default() += 1;
    }
}
