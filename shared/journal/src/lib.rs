//! The journal: every instance's records, in order, for ever.
//!
//! [`Journal`] is the port, `memory` the adapter for tests and simulation, `contract` what every
//! adapter must pass. One record is one decision, appended as a whole or not at all.

pub mod contract;
mod error;
pub mod memory;
mod port;

pub use error::JournalError;
pub use port::{Entry, Journal, Position};
