//! What became of an instance, why it waits, and what comes next, in words.
//!
//! A [`Story`] is an instance's journal as the engine's events, with the state after each decision.
//! [`why`] says what the instance waits for: which event, with a command that publishes it, or
//! which action, and what happens if nothing comes. That is not guessed: the engine decides it, on
//! a copy of the state, with the time put forward. The crate is pure: whoever has a journal and its
//! program, in a terminal or behind a web page, gets the same words.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod foresight;
mod lasted;
mod line;
mod story;
mod why;
mod words;

pub use lasted::lasted;
pub use line::line;
pub use story::{Chapter, Story, StoryError};
pub use why::{Wait, WaitKind, Why, why};
