//! The executor: does what workflows ask of the world.
//!
//! It takes the messages on `weir.actions.<function>`, does each within its deadline and publishes
//! one outcome to the instance's inbox; only then is the message acknowledged. So an action is
//! done at least once: if the executor dies in between, another does it again, with the same
//! idempotency key, and the scheduler drops the second outcome. Any number of executors, and of
//! workers in any language, share the actions of a function.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )
)]

mod a2a;
mod container;
mod deferred;
mod error;
mod function;
mod grpc;
mod hidden;
mod http;
mod job;
mod mcp;
mod metrics;
mod openapi;
mod process;
mod resource;
mod rpc;
mod script;
mod secrets;
mod served;
mod service;
mod settings;
mod shell;
mod token;
mod worker;

pub use a2a::A2a;
pub use container::Container;
pub use error::{ExecutorError, StartError};
pub use function::{Action, Function, Functions};
pub use grpc::Grpc;
pub use hidden::Hidden;
pub use http::{Http, http_client, socket_client};
pub use mcp::Mcp;
pub use openapi::OpenApi;
pub use script::Script;
pub use secrets::Secrets;
pub use served::Served;
pub use service::{Ports, run, run_functions};
pub use settings::Settings;
pub use shell::Shell;
