//! The public contract of Weir: streams, subjects, headers, JSON.
//!
//! Everything that crosses a process boundary or is stored is defined here and nowhere else.
//! Subjects are built from validated tokens only; stored forms are versioned ([`v1`]) and apart
//! from the engine's types, so that every history ever written replays on every later build.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

pub mod cloudevent;
pub mod header;
pub mod json;
pub mod lifecycle;
mod stream;
mod subject;
pub mod v1;

pub use weir_engine::{Activation, InstanceId, Revision, Timestamp};

pub use stream::{PARTITIONS, Retention, Stream, subject_matches};
pub use subject::{InboxKind, InboxSubject, Subject, Token, TokenError, TraceSubject};
