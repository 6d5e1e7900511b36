//! `call: openapi`: an operation that a document describes, done as an HTTP call.
//!
//! The document is fetched when it is needed, and remembered for a while. [`operation`] holds the
//! rules and is pure.

mod operation;
mod parameter;
mod server;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value};
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::{Credentials, HttpOutput, HttpRequest, Request};

use crate::{
    Action, Function, Settings, StartError,
    resource::{Resource, Resources},
};

/// Calls operations of OpenAPI documents: 2.0, 3.0, 3.1.
pub struct OpenApi {
    resources: Resources,
}

/// The arguments of `call: openapi`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct With {
    document: Resource,
    authentication: Option<Credentials>,
    operation_id: String,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    #[serde(default = "content")]
    output: HttpOutput,
    #[serde(default)]
    redirect: bool,
}

impl OpenApi {
    /// With the certificate authorities that the system trusts.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(settings: &Settings) -> Result<Self, StartError> {
        Ok(Self {
            resources: Resources::new(settings)?,
        })
    }
}

#[async_trait]
impl Function for OpenApi {
    fn name(&self) -> &'static str {
        "openapi"
    }

    fn concurrency_max(&self) -> usize {
        self.resources.http.concurrency_max()
    }

    async fn call(&self, action: &Action<'_>) -> Result<Value, WorkflowError> {
        let Request::Openapi(arguments) = action.request else {
            return Err(ErrorKind::Runtime.error("not an OpenAPI call"));
        };
        let with = With::deserialize(arguments.with.as_value())
            .map_err(|error| invalid(format!("with: {error}")))?;
        let uri = with.document.endpoint.uri();
        let document = self.resources.load(&with.document, action).await?;
        let document: Value = serde_json::from_slice(&document)
            .map_err(|error| invalid(format!("document: {uri} is no JSON: {error}")))?;
        let parameters = with.parameters.unwrap_or_default();
        let operation = operation::compose(&document, uri, &with.operation_id, parameters)?;
        let request = Request::Http(HttpRequest {
            output: with.output,
            redirect: with.redirect,
            credentials: with.authentication,
            ..operation
        });
        self.resources
            .http
            .call(&Action {
                request: &request,
                ..*action
            })
            .await
    }
}

fn content() -> HttpOutput {
    HttpOutput::Content
}

fn invalid(detail: impl Into<String>) -> WorkflowError {
    ErrorKind::Configuration.error(detail)
}
