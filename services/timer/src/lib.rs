//! The timer: tells workflows that a deadline has passed.
//!
//! Every instance has at most one timer: the last message on `weir.timers.<instance>`, or none if
//! that is empty. Each replica follows the whole stream and holds all timers in memory; when one
//! is due it publishes a timeout to the instance's inbox. All replicas do so; the timeouts have
//! the same id, and whatever the broker does not drop changes nothing in the instance. A timer
//! that came due while nobody was there fires at the next start.
//!
//! A schedule is a timer, too: it starts an instance, whose id derives from the workflow and the time
//! at which it was due, and then takes its own place with the next time. All replicas do that as
//! well; the instance starts once, and the first of the next timers is the one that counts.
//!
//! [`Timers`] decides and is pure: time comes in with each step. [`run`] is the way to the bus.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod input;
mod service;
mod timers;

pub use input::{Input, Unreadable};
pub use service::{Ports, TimerError, run};
pub use timers::{Fire, Origin, Scheduled, Timers, Trace};
