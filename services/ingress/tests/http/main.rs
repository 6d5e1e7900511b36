//! The HTTP interface over real sockets, with bus and journal in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod console;
mod dead;
mod definitions;
mod events;
mod fixture;
mod hostile;
mod instances;
