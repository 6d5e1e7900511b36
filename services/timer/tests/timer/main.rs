//! The timer: its decisions under virtual time, and the service on the bus in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod decisions;
mod model;
mod overdue;
mod schedules;
mod service;
mod support;
