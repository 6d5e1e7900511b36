//! A double of EventStoreDB, for tests alone: it speaks the part of the gRPC protocol that a
//! journal needs, so that the unmodified client can talk to it where no server can be installed.
//!
//! It knows `Streams.Append` and `BatchAppend` (expected revisions; an event that is sent again is
//! recognised by its id), `Streams.Read` (one stream, or `$all` from its start, forwards), `ServerFeatures.GetSupportedMethods` and
//! `Gossip.Read`. Events are kept in one file and survive the process. It does not know
//! subscriptions, projections, deletion, replication or TLS, and it does not sync its file: it
//! shows that a client keeps to the protocol, not how a server performs or what it can lose.
//!
//! The messages are those of the protocol buffers that the client's crate brings along
//! (`protos/*.proto`, MIT), reduced to the fields that are used here.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod batch;
mod double;
mod service;
mod store;
mod streams;
mod wire;

pub use double::{Double, Options};
