//! The bus: how services exchange messages, whatever carries them.
//!
//! [`Bus`] is the port. A publish is acknowledged once the message is stored; a durable
//! [`Consumer`] delivers each stored message to one of its replicas until it is acknowledged; a
//! follower sees a whole stream in order. `memory` is the adapter for tests and simulation,
//! `contract` what every adapter must pass.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod clock;
pub mod contract;
mod dead;
mod error;
pub mod memory;
mod message;
mod overlay;
mod patient;
mod port;

pub use clock::BrokerClock;
pub use dead::dead_letter;
pub use error::BusError;
pub use message::{Delivery, Outgoing, Published, Stored, Ttl};
pub use overlay::Overlay;
pub use patient::{Patient, Pauses};
pub use port::{Acknowledge, Bus, Consumer, Deliveries, Follower, From};
