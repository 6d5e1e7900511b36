//! The ingress: the door for people, and the switch for events.
//!
//! Over HTTP it accepts CloudEvents and serves the management API, and pages for people (the
//! console); what it acknowledges is stored.
//! As a router it brings every event, wherever it was published, to the workflows it starts and
//! the instances that wait for it. Any number of replicas share the work: the order of the events
//! stream decides who finds whom, so that no wakeup is lost.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )
)]

mod console;
mod http;
mod overview;
mod router;
mod schedule;
mod service;
mod settings;
mod started;
mod trigger;
mod versions;

pub use service::{Routing, route, run};
pub use settings::{Clock, Ports, Settings};
