//! The journal in memory, for tests and simulation.
//!
//! It keeps the stored bytes, not the records, so that whoever tests with it also tests the stored
//! format.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use weir_protocol::{
    InstanceId, Revision,
    v1::{Format, Record},
};

use crate::{Chain, Entry, Journal, JournalError, Position};

/// Largest record, in bytes, unless told otherwise.
const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// A journal in memory. Clones are connections to the same one.
#[derive(Clone, Debug)]
pub struct MemoryJournal {
    record_bytes_max: usize,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// One sequence over all instances, as a stream has it.
    head: u64,
    instances: BTreeMap<InstanceId, Stored>,
}

#[derive(Debug, Default)]
struct Stored {
    /// Where the chain ends, strays left out.
    end: Position,
    records: BTreeMap<u64, Vec<u8>>,
}

impl Default for MemoryJournal {
    fn default() -> Self {
        Self::with_record_bytes_max(RECORD_BYTES_MAX)
    }
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty journal whose records have at most so many bytes.
    pub fn with_record_bytes_max(record_bytes_max: usize) -> Self {
        Self {
            record_bytes_max,
            state: Arc::default(),
        }
    }

    /// The instances that have records, in the order of their ids.
    pub fn instances(&self) -> Vec<InstanceId> {
        self.lock().instances.keys().copied().collect()
    }

    /// Appends without looking at what is there, as a stale writer does that the broker let slip
    /// through.
    pub fn append_unfenced(&self, instance: InstanceId, record: &Record) -> u64 {
        self.lock().append(instance, record, record.encode())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere left no half-made change that matters to a test.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn append(&mut self, instance: InstanceId, record: &Record, bytes: Vec<u8>) -> u64 {
        self.head += 1;
        let sequence = self.head;
        let stored = self.instances.entry(instance).or_default();
        if stored.end.precedes(record) {
            stored.end = Position {
                revision: stored.end.revision.next(),
                sequence,
            };
        }
        stored.records.insert(sequence, bytes);
        sequence
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(
        &self,
        instance: InstanceId,
        expected: Position,
        record: &Record,
    ) -> Result<Position, JournalError> {
        let bytes = record.encode();
        let (size, size_max) = (bytes.len(), self.record_bytes_max);
        if size > size_max {
            return Err(JournalError::TooLarge { size, size_max });
        }
        let mut state = self.lock();
        let end = state
            .instances
            .get(&instance)
            .map_or(Position::default(), |s| s.end);
        if end != expected {
            return Err(JournalError::Conflict(format!(
                "the journal of {instance} ends at {end}, expected was {expected}"
            )));
        }
        let sequence = state.append(instance, record, bytes);
        let revision = expected.revision.next();
        Ok(Position { revision, sequence })
    }

    async fn read(
        &self,
        instance: InstanceId,
        after: Revision,
    ) -> Result<Vec<Entry>, JournalError> {
        let mut chain = Chain::new(instance);
        if let Some(stored) = self.lock().instances.get(&instance) {
            for (&sequence, bytes) in &stored.records {
                chain.push(sequence, bytes)?;
            }
        }
        Ok(chain.after(after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;

    const RECORD_BYTES_MAX: usize = 10_000;

    struct InMemory(MemoryJournal);

    #[async_trait]
    impl contract::Harness for InMemory {
        fn journal(&self) -> Arc<dyn Journal> {
            Arc::new(self.0.clone())
        }

        fn record_bytes_max(&self) -> usize {
            RECORD_BYTES_MAX
        }

        async fn append_unfenced(&self, instance: InstanceId, record: &Record) {
            self.0.append_unfenced(instance, record);
        }
    }

    #[tokio::test]
    async fn it_keeps_the_contract() {
        let journal = MemoryJournal::with_record_bytes_max(RECORD_BYTES_MAX);
        contract::all(&InMemory(journal)).await;
    }
}
