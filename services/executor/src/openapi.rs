//! `call: openapi`: an operation that a document describes, done as an HTTP call.
//!
//! The document is fetched when it is needed, and remembered for a while. [`operation`] holds the
//! rules and is pure.

mod operation;
mod parameter;
mod server;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::{HttpOutput, HttpRequest, Request};

use crate::{Action, Function, Hidden, Http, Settings, StartError};

const DOCUMENTS_MAX: usize = 64;
const DOCUMENT_AGE_MAX: Duration = Duration::from_mins(5);

/// Calls operations of OpenAPI documents: 2.0, 3.0, 3.1.
pub struct OpenApi {
    http: Http,
    documents: Mutex<BTreeMap<String, (Instant, Arc<Value>)>>,
}

/// The arguments of `call: openapi`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct With {
    document: Document,
    operation_id: String,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    #[serde(default = "content")]
    output: HttpOutput,
    #[serde(default)]
    redirect: bool,
}

#[derive(Deserialize)]
struct Document {
    endpoint: Endpoint,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Endpoint {
    Uri(String),
    Object { uri: String },
}

impl OpenApi {
    /// With the certificate authorities that the system trusts.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(settings: &Settings) -> Result<Self, StartError> {
        Ok(Self {
            http: Http::new(settings)?,
            documents: Mutex::default(),
        })
    }

    async fn document(&self, uri: &str, action: &Action<'_>) -> Result<Arc<Value>, WorkflowError> {
        let kept = self.documents.lock().await.get(uri).cloned();
        if let Some((_, document)) = kept.filter(|(since, _)| since.elapsed() < DOCUMENT_AGE_MAX) {
            return Ok(document);
        }
        let request = Request::Http(HttpRequest {
            method: "GET".to_owned(),
            uri: uri.to_owned(),
            headers: BTreeMap::new(),
            query: BTreeMap::new(),
            body: None,
            output: HttpOutput::Raw,
            redirect: true,
            credentials: None,
        });
        let hidden = Hidden::default();
        let fetch = Action {
            request: &request,
            hidden: &hidden,
            ..*action
        };
        let fetched = self.http.call(&fetch).await?;
        let bytes = fetched
            .as_str()
            .and_then(|text| BASE64_STANDARD.decode(text).ok());
        let document: Value = serde_json::from_slice(&bytes.unwrap_or_default())
            .map_err(|error| invalid(format!("document: {uri} is no JSON: {error}")))?;
        let document = Arc::new(document);
        let mut documents = self.documents.lock().await;
        if documents.len() >= DOCUMENTS_MAX {
            documents.retain(|_, (since, _)| since.elapsed() < DOCUMENT_AGE_MAX);
        }
        if documents.len() < DOCUMENTS_MAX {
            documents.insert(uri.to_owned(), (Instant::now(), document.clone()));
        }
        Ok(document)
    }
}

#[async_trait]
impl Function for OpenApi {
    fn name(&self) -> &'static str {
        "openapi"
    }

    fn concurrency_max(&self) -> usize {
        self.http.concurrency_max()
    }

    async fn call(&self, action: &Action<'_>) -> Result<Value, WorkflowError> {
        let Request::Openapi(arguments) = action.request else {
            return Err(ErrorKind::Runtime.error("not an OpenAPI call"));
        };
        let with = With::deserialize(arguments.with.as_value())
            .map_err(|error| invalid(format!("with: {error}")))?;
        let (Endpoint::Uri(uri) | Endpoint::Object { uri }) = &with.document.endpoint;
        let document = self.document(uri, action).await?;
        let parameters = with.parameters.unwrap_or_default();
        let operation = operation::compose(&document, uri, &with.operation_id, parameters)?;
        let request = Request::Http(HttpRequest {
            output: with.output,
            redirect: with.redirect,
            ..operation
        });
        self.http
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
