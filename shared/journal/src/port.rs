//! The port that adapters implement.

use std::fmt;

use async_trait::async_trait;
use weir_protocol::{InstanceId, Revision, v1::Record};

use crate::JournalError;

/// Where a journal ends, as one writer knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Revision of the last record; 0 if there is none.
    pub revision: Revision,
    /// Where the store keeps it; 0 if there is none. Each record names its predecessor's, and
    /// readers accept only the first record that extends the chain: a broker may let a stale
    /// writer slip through around a change of leader.
    pub sequence: u64,
}

impl Position {
    /// Whether `record` extends a journal that ends here.
    pub fn precedes(self, record: &Record) -> bool {
        record.revision == self.revision.next().0 && record.previous == self.sequence
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { revision, sequence } = self;
        write!(f, "revision {} (sequence {sequence})", revision.0)
    }
}

/// A record, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its position.
    pub position: Position,
    /// The record.
    pub record: Record,
}

/// Keeps records.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Appends `record` right after `expected`, and returns its position once it is stored.
    ///
    /// `record.revision` must be `expected.revision + 1` and `record.previous`
    /// `expected.sequence`. Appending the very same record again after a lost acknowledgement
    /// answers `Conflict`: the caller reads and finds it.
    ///
    /// # Errors
    /// After `Conflict` and `Unavailable`, read from the start: what this writer believes to be
    /// the journal may not be it.
    async fn append(
        &self,
        instance: InstanceId,
        expected: Position,
        record: &Record,
    ) -> Result<Position, JournalError>;

    /// The records after revision `after`, in order; those that do not extend the chain are left
    /// out.
    async fn read(&self, instance: InstanceId, after: Revision)
    -> Result<Vec<Entry>, JournalError>;
}
