//! What can go wrong on the bus, by what the caller does about it.

/// An error of the bus.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BusError {
    /// Try again later: no connection, no answer in time, no leader.
    #[error("the bus is unavailable: {0}")]
    Unavailable(String),
    /// The subject has moved on: the expected last sequence is not its last.
    #[error("another writer was first: {0}")]
    Conflict(String),
    /// The message will never fit.
    #[error("the message is too large: {size} bytes, at most {size_max} are allowed")]
    TooLarge {
        /// Bytes it has.
        size: usize,
        /// Bytes allowed.
        size_max: usize,
    },
    /// The stream is full: its limit must be raised or its consumers must catch up.
    #[error("the stream is full: {0}")]
    Full(String),
    /// The bus will never accept this: a defect or a wrong configuration.
    #[error("the bus refused: {0}")]
    Refused(String),
}
