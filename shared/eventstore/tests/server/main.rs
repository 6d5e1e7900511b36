//! The adapter against servers: the double, and a real one where `WEIR_TEST_EVENTSTORE` holds its
//! connection string.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod contract;
mod copying;
mod failures;
mod start;
mod support;
mod tls;
