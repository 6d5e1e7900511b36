//! `weir` as its users run it: NATS, the four services, and commands beside them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod journal;
mod serve;
mod site;
mod why;
