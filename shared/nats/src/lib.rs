//! NATS JetStream under the ports: the only crate that knows this client.
//!
//! [`connect`] reaches a server and makes sure it can do what Weir needs; [`provision`] creates or
//! verifies the streams; [`NatsBus`] and [`NatsJournal`] are the adapters of the ports.
//! [`Adapters`] are both as the configuration has them.
//! [`LocalServer`] runs a server of one's own, for development and tests.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod anchor;
mod api;
mod binary;
mod bus;
mod configured;
mod connect;
mod consumer;
mod deliveries;
mod follower;
mod journal;
mod latest;
mod link;
mod message;
mod options;
mod provision;
mod publish;
mod pull;
mod read;
mod server;
mod streams;
mod tls;
mod version;

pub use binary::{ServerNotFound, find_server};
pub use bus::{NatsBus, Usage};
pub use configured::{Adapters, OpenError, attach};
pub use connect::{ConnectError, Nats, connect};
pub use journal::NatsJournal;
pub use link::Died;
pub use options::{BusOptions, Login, NatsOptions, StreamLimits, StreamOptions};
pub use provision::{ProvisionError, provision};
pub use server::{LocalServer, ServerError, ServerOptions};
