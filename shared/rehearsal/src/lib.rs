//! Rehearsals: a workflow runs on the pure engine, with virtual time and a script in the place of
//! the world, so that a timeout of fifteen minutes takes no time.
//!
//! A [`Stage`] holds one instance and what is under way to it: whoever drives it takes the next
//! message, lets the engine decide, and answers the actions it asks for. [`Script::read`] reads the
//! tests that a workflow's author writes beside it; [`rehearse`] runs them and says which
//! expectations failed and what of the workflow was never reached. The crate is pure: it reads no
//! files.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod coverage;
mod expectation;
mod history;
mod rehearse;
mod script;
mod stage;

pub use coverage::{Coverage, Point};
pub use expectation::Failure;
pub use rehearse::{Performance, Report, rehearse};
pub use script::{Answer, Answers, Case, Cue, Expected, Happening, Reply, Script, When};
pub use stage::{Action, EPOCH, Stage};
