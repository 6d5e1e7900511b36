//! Journals on stores that compare where an instance's records end before they append one.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use weir_protocol::{InstanceId, Revision, v1::Record};

use crate::{Chain, Entry, Journal, JournalError, Position};

/// How often an append goes round records that are not part of the chain. Each time another stray
/// must have come between reading and appending.
const STRAYS_MAX: u32 = 3;

/// Such a store. It may let a stale writer through around a change of leader: what is to be done
/// then is the same for all, and makes each of them a [`Journal`].
#[async_trait]
pub trait Fenced: Send + Sync {
    /// A record in the form in which the store takes it.
    type Prepared: Send + Sync;

    /// The record that is to come after `expected`, as the store takes it.
    ///
    /// # Errors
    /// The store never takes it.
    fn prepare(
        &self,
        instance: InstanceId,
        expected: Position,
        record: &Record,
    ) -> Result<Self::Prepared, JournalError>;

    /// Appends if the last of the instance's records is at the sequence `last` (0: there is none),
    /// and returns the sequence of the new one; none if another record is the last.
    async fn append_after(
        &self,
        instance: InstanceId,
        last: u64,
        record: &Self::Prepared,
    ) -> Result<Option<u64>, JournalError>;

    /// All that the store has of an instance, in order, with sequences from 1.
    async fn stored(&self, instance: InstanceId) -> Result<Vec<(u64, Bytes)>, JournalError>;

    /// Counts the records that were read and are not part of their journal.
    fn stray_count(&self) -> &AtomicU64;
}

#[async_trait]
impl<T: Fenced> Journal for T {
    async fn append(
        &self,
        instance: InstanceId,
        expected: Position,
        record: &Record,
    ) -> Result<Position, JournalError> {
        let prepared = self.prepare(instance, expected, record)?;
        let mut last = expected.sequence;
        for _ in 0..=STRAYS_MAX {
            if let Some(sequence) = self.append_after(instance, last, &prepared).await? {
                let revision = expected.revision.next();
                return Ok(Position { revision, sequence });
            }
            // Another was first, unless what was first is no part of the journal: then nobody
            // could ever append again.
            let (chain, reached) = chain(self, instance).await?;
            let end = chain.end();
            if end != expected || reached == last {
                return Err(JournalError::Conflict(format!(
                    "the journal of {instance} ends at {end}, expected was {expected}"
                )));
            }
            last = reached;
        }
        Err(JournalError::Conflict(format!(
            "stale writers keep appending to the journal of {instance}"
        )))
    }

    async fn read(
        &self,
        instance: InstanceId,
        after: Revision,
    ) -> Result<Vec<Entry>, JournalError> {
        let (chain, _) = chain(self, instance).await?;
        Ok(chain.after(after))
    }
}

/// The chain, and the sequence of the last record that is stored.
async fn chain(store: &impl Fenced, instance: InstanceId) -> Result<(Chain, u64), JournalError> {
    let records = store.stored(instance).await?;
    let mut chain = Chain::new(instance);
    for (sequence, bytes) in &records {
        chain.push(*sequence, bytes)?;
    }
    let strays = chain.dropped();
    if strays > 0 && store.stray_count().fetch_add(strays, Ordering::Relaxed) == 0 {
        tracing::warn!(
            %instance,
            strays,
            "records that do not extend their journal were left out: the store let a stale writer \
             through; further ones are only counted"
        );
    }
    Ok((chain, records.last().map_or(0, |(last, _)| *last)))
}
