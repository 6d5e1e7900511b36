//! EventStoreDB (KurrentDB since version 25) under the journal's port: the only crate that knows
//! this client.
//!
//! [`EventStoreJournal`] is the adapter; [`open`] makes one as the configuration has it. An
//! instance is the stream `weir-<instance>`, a record one event of it: its data are the stored
//! bytes of the record, its type and metadata tell projections and people what is in it. Only the
//! journal is there; whatever services tell each other still goes over NATS.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod address;
mod journal;
mod link;
mod open;
mod session;
mod stored;

pub use journal::{EventStoreJournal, RECORD_BYTES_MAX};
pub use open::{OpenError, open};
