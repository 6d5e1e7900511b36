//! What ends an executor.

use weir_bus::BusError;

/// An executor that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A name that no function has.
    #[error(
        "executor.functions names `{0}`, which does not exist: choose from a2a, mcp, grpc, container, http, openapi, script, shell"
    )]
    UnknownFunction(String),
    /// An address of no engine.
    #[error(
        "executor.docker is `{0}`: write `unix:///var/run/docker.sock`, `tcp://host:port` or a URL"
    )]
    DockerAddress(String),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built: {0}")]
    HttpClient(String),
}

/// An executor that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    /// See [`StartError`].
    #[error(transparent)]
    Start(#[from] StartError),
    /// The bus refuses what waiting does not mend.
    #[error("actions of `{function}` cannot be received: {source}")]
    Receive {
        /// Which.
        function: &'static str,
        /// Why.
        source: BusError,
    },
    /// A defect.
    #[error("the executor panicked: {0}")]
    Panicked(String),
}
