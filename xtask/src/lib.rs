//! The tasks of this repository, behind `cargo xtask <command>`.
//!
//! One module per command: [`setup`] fetches the tools, [`demo`] shows what
//! they are for, [`mod@test`] runs the tests, [`tidy`] checks
//! the rules no other tool knows, [`ci`] runs everything in order. It is built first on every
//! machine, so it depends on very little and on none of the crates it looks after.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]
#![allow(
    clippy::print_stdout,
    reason = "the terminal is the interface of this program"
)]

pub mod ci;
pub mod demo;
pub mod process;
pub mod repository;
pub mod setup;
pub mod sim;
pub mod test;
pub mod tidy;
