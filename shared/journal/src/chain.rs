//! Which of the stored records are the journal: those that form a chain.

use weir_protocol::{
    InstanceId, Revision,
    v1::{Format, Record},
};

use crate::{Entry, JournalError, Position};

/// Reads what a store has of an instance, in the store's order, and leaves out whatever does not
/// extend the chain of revisions and predecessors.
///
/// A broker may check an expected sequence before it replicates the append, and so let a stale
/// writer slip through around a change of leader. Every reader drops the same records, so all agree
/// on one history.
#[derive(Debug)]
pub struct Chain {
    instance: InstanceId,
    end: Position,
    dropped: u64,
    entries: Vec<Entry>,
}

impl Chain {
    /// The chain of `instance`, before its first record.
    pub fn new(instance: InstanceId) -> Self {
        Self {
            instance,
            end: Position::default(),
            dropped: 0,
            entries: Vec::new(),
        }
    }

    /// The next record that the store has.
    ///
    /// # Errors
    /// [`JournalError::Unreadable`] if these bytes are no record.
    pub fn push(&mut self, sequence: u64, bytes: &[u8]) -> Result<(), JournalError> {
        let record = Record::decode(bytes).map_err(|error| JournalError::Unreadable {
            instance: self.instance.to_string(),
            sequence,
            reason: error.to_string(),
        })?;
        if !self.end.precedes(&record) {
            self.dropped += 1;
            return Ok(());
        }
        self.end = Position {
            revision: self.end.revision.next(),
            sequence,
        };
        let position = self.end;
        self.entries.push(Entry { position, record });
        Ok(())
    }

    /// Where it ends.
    pub fn end(&self) -> Position {
        self.end
    }

    /// How many records were left out.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The records after a revision, in order.
    pub fn after(mut self, revision: Revision) -> Vec<Entry> {
        let known = |entry: &Entry| entry.position.revision <= revision;
        let known = self.entries.partition_point(known);
        self.entries.split_off(known)
    }
}
