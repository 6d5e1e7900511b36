//! The journal: every instance's records, in order, for ever.
//!
//! [`Journal`] is the port, `memory` the adapter for tests and simulation, `contract` what every
//! adapter must pass. An adapter on a store that fences its appends implements [`Fenced`]. One record is one decision, appended as a whole or not at all.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod chain;
pub mod contract;
mod copy;
mod error;
mod fenced;
pub mod memory;
mod port;

pub use chain::Chain;
pub use copy::{Copied, CopyError, copy};
pub use error::JournalError;
pub use fenced::Fenced;
pub use port::{Entry, Journal, Position};
