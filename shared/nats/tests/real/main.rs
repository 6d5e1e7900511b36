//! Against a real nats-server, one for each test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod contract;
mod malformed;
mod provision;
mod reconnect;
mod relied_on;
mod server;
mod support;
mod worker;
