//! The whole system under test: a real nats-server and the four services, each as a process of its
//! own, reached through the doors that everybody has: HTTP, and subjects on NATS.
//!
//! [`Cluster`] runs the processes and kills them (SIGKILL) on request; [`Api`] speaks HTTP with
//! the ingresses; [`Wire`] speaks the protocol of NATS, with nothing of Weir in between; [`Trace`]
//! reads along what the instances do; [`History`] is one instance's journal, and what must hold of
//! it; [`Web`] plays the servers that workflows call; [`Browser`] looks at the console.
//!
//! Every wait is for a condition and has a limit. What a failed test leaves behind (logs, streams)
//! is kept, and the end of the logs is printed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::print_stderr,
    reason = "tests fail by panicking, and say on the terminal what they found"
)]

mod api;
mod browser;
mod cluster;
mod dice;
mod history;
mod ports;
mod process;
mod store;
mod trace;
mod wait;
mod web;
mod wire;

pub use api::{Answer, Api};
pub use browser::Browser;
pub use cluster::{Cluster, Journals};
pub use dice::Dice;
pub use history::History;
pub use process::{Programs, Replica};
pub use trace::{Trace, Traced};
pub use wait::{PATIENCE, until, within};
pub use web::Web;
pub use weir_runtime::Service;
pub use wire::{Received, Wire};
