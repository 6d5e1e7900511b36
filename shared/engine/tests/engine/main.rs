//! The engine, driven through whole workflows without any I/O.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking, and read best when values are written in place and only\
              what they look for is named"
)]

mod actions;
mod attempt;
mod basics;
mod events;
mod extensions;
mod flow;
mod fork;
mod functions;
mod iterate;
mod kit;
mod listen;
mod messages;
mod pause;
mod random;
mod snapshots;
mod timeouts;
mod workflows;
mod world;
