//! The services under faults, in one thread and under virtual time, the same for the same seed.
//!
//! A run deploys random bounded workflows on a bus and a journal in memory, starts instances of
//! them, some by events, and publishes events that they wait for: early, at the same moment, late
//! and twice. Two schedulers, two timers and two routers, the real ones, serve them together with
//! simplified executors; everything they do passes `node::Node` and the wrappers around the ports, where
//! the `weather` of the seed strikes: messages and acknowledgements are lost, delayed, repeated
//! after the broker's window and overtaken; services die or stand still before and after every
//! call to a port; clocks are wrong. After a while the weather clears, and the `oracle` asks
//! whether every start that was acknowledged ended in time, once, and as its journal tells it.
//!
//! `cargo xtask sim --seed N --runs N` runs what follows a seed; a failure prints the command that
//! repeats it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "what is wrong with a simulation itself panics"
)]

mod bug;
mod executor;
mod fleet;
mod ledger;
mod load;
mod node;
mod oracle;
mod run;
mod time;
mod weather;
mod wrapped;

// The generator of random workflows is the engine's.
#[path = "../../shared/engine/tests/bounds/chance.rs"]
mod chance;
#[path = "../../shared/engine/tests/bounds/generate.rs"]
mod generate;

pub use bug::Bug;
pub use run::{Failure, Report, run};
