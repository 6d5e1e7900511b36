//! What can go wrong with a journal, by what the caller does about it.

/// An error of the journal.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    /// Another writer was first: read again and decide again. Nothing was appended.
    #[error("another writer was first: {0}")]
    Conflict(String),
    /// Try again later. An append may or may not have happened: read before deciding.
    #[error("the journal is unavailable: {0}")]
    Unavailable(String),
    /// The record will never fit.
    #[error("the record is too large: {size} bytes, at most {size_max} are allowed")]
    TooLarge {
        /// Bytes it has.
        size: usize,
        /// Bytes allowed.
        size_max: usize,
    },
    /// What is stored cannot be read: a defect, or a newer version's bytes.
    #[error("the journal of {instance} is unreadable at sequence {sequence}: {reason}")]
    Unreadable {
        /// Which instance.
        instance: String,
        /// Where.
        sequence: u64,
        /// Why.
        reason: String,
    },
}
