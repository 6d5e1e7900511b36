//! The engine, driven through whole workflows without any I/O.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod basics;
mod world;
