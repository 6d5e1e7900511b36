//! The executor against real servers and real processes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod a2a;
mod container;
mod faulty;
mod grpc;
mod http;
mod mcp;
mod resource;
mod script;
mod secrets;
mod service;
mod shell;
mod support;
mod tls;
mod token;
