//! What executors can do: one [`Function`] per kind of action.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use weir_engine::WorkflowError;
use weir_protocol::v1::{Request, WorkflowRef};
use weir_runtime::Clock;

use crate::{
    A2a, Container, Grpc, Hidden, Mcp, Settings, StartError, http::Http, openapi::OpenApi,
    script::Script, shell::Shell,
};

/// A kind of action. A new one is a file of its own, and a line in [`Functions::new`].
#[async_trait]
pub trait Function: Send + Sync {
    /// The last token of the subject it serves.
    fn name(&self) -> &'static str;

    /// How many of its actions may run at the same time in this process.
    fn concurrency_max(&self) -> usize;

    /// Does it, and returns the task's raw output.
    ///
    /// Dropping the future ends the action: at its deadline, and when the process stops.
    ///
    /// # Errors
    /// As the workflow shall see them.
    async fn call(&self, action: &Action<'_>) -> Result<Value, WorkflowError>;

    /// Does what is due beside calls, for as long as the process serves.
    async fn tend(&self) {}

    /// Waits until what dropped calls have left behind has ended: a short time.
    async fn close(&self) {}
}

/// One action to do.
#[derive(Clone, Copy, Debug)]
pub struct Action<'a> {
    /// The same for every delivery of this action: its idempotency key.
    pub id: &'a str,
    /// W3C trace context of the instance.
    pub traceparent: Option<&'a str>,
    /// What the instance runs.
    pub workflow: &'a WorkflowRef,
    /// JSON pointer to the task.
    pub reference: &'a str,
    /// When nobody waits for it any more: milliseconds since the Unix epoch.
    pub deadline_ms: u64,
    /// What to do, of the kind that the function serves.
    pub request: &'a Request,
    /// What must not be seen in the output: for functions that encode it.
    pub hidden: &'a Hidden,
}

/// The functions that this process serves.
pub struct Functions(Vec<Arc<dyn Function>>);

impl Functions {
    /// The functions that `settings` name; `clock` is for deadlines.
    ///
    /// # Errors
    /// A function that does not exist, or that cannot work here.
    pub fn new(settings: &Settings, clock: &Clock) -> Result<Self, StartError> {
        let one = |name: &String| -> Result<Arc<dyn Function>, StartError> {
            match name.as_str() {
                "container" => Ok(Arc::new(Container::new(settings, clock.clone())?)),
                "grpc" => Ok(Arc::new(Grpc::new(settings)?)),
                "mcp" => Ok(Arc::new(Mcp::new(settings)?)),
                "a2a" => Ok(Arc::new(A2a::new(settings)?)),
                "http" => Ok(Arc::new(Http::new(settings)?)),
                "openapi" => Ok(Arc::new(OpenApi::new(settings)?)),
                "script" => Ok(Arc::new(Script::new(settings)?)),
                "shell" => Ok(Arc::new(Shell::new(settings))),
                _ => Err(StartError::UnknownFunction(name.clone())),
            }
        };
        settings
            .functions
            .iter()
            .map(one)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Functions of one's own choice.
    pub fn of(functions: Vec<Arc<dyn Function>>) -> Self {
        Self(functions)
    }

    pub(crate) fn into_vec(self) -> Vec<Arc<dyn Function>> {
        self.0
    }
}
