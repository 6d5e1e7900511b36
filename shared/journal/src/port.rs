//! The port that adapters implement.

use async_trait::async_trait;
use weir_engine::{InstanceId, Revision};
use weir_protocol::v1::Record;

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
