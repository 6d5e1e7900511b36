//! What definitions refer to: documents, descriptions, scripts.
//!
//! They are fetched over HTTP when an action needs them, and remembered for a while; `file:` names
//! one in the executor's folder of resources.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::Deserialize;
use tokio::{io::AsyncReadExt, sync::Mutex};
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::{Credentials, HttpOutput, HttpRequest, Request};

use crate::{Action, Function, Hidden, Http, Settings, StartError};

const KEPT_MAX: usize = 64;
const AGE_MAX: Duration = Duration::from_mins(5);

/// Loads resources, and keeps those that need no credentials.
pub(crate) struct Resources {
    pub http: Http,
    folder: Option<PathBuf>,
    bytes_max: usize,
    kept: Mutex<BTreeMap<String, (Instant, Bytes)>>,
}

/// `endpoint` of an external resource, and of other calls.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Endpoint {
    Uri(String),
    Object {
        uri: String,
        authentication: Option<Credentials>,
    },
}

/// An external resource.
#[derive(Deserialize)]
pub(crate) struct Resource {
    pub endpoint: Endpoint,
}

impl Endpoint {
    pub fn uri(&self) -> &str {
        let (Self::Uri(uri) | Self::Object { uri, .. }) = self;
        uri
    }

    pub fn credentials(&self) -> Option<&Credentials> {
        match self {
            Self::Uri(_) => None,
            Self::Object { authentication, .. } => authentication.as_ref(),
        }
    }
}

impl Resources {
    /// With the certificate authorities that the system trusts.
    pub fn new(settings: &Settings) -> Result<Self, StartError> {
        Ok(Self {
            http: Http::new(settings)?,
            folder: settings.resources_folder.clone(),
            bytes_max: settings.response_bytes_max,
            kept: Mutex::default(),
        })
    }

    /// The resource as it is, or was less than five minutes ago.
    ///
    /// # Errors
    /// As those of a `call: http`; `configuration` for a file that is not in the folder.
    pub async fn load(
        &self,
        resource: &Resource,
        action: &Action<'_>,
    ) -> Result<Bytes, WorkflowError> {
        let uri = resource.endpoint.uri();
        if let Some(path) = uri.strip_prefix("file:") {
            return self.file(uri, path).await;
        }
        let credentials = resource.endpoint.credentials();
        let kept = self.kept.lock().await.get(uri).cloned();
        if credentials.is_none()
            && let Some((_, bytes)) = kept.filter(|(since, _)| since.elapsed() < AGE_MAX)
        {
            return Ok(bytes);
        }
        let bytes = self.fetch(uri, credentials, action).await?;
        if credentials.is_none() {
            let mut kept = self.kept.lock().await;
            if kept.len() >= KEPT_MAX {
                kept.retain(|_, (since, _)| since.elapsed() < AGE_MAX);
            }
            if kept.len() < KEPT_MAX {
                kept.insert(uri.to_owned(), (Instant::now(), bytes.clone()));
            }
        }
        Ok(bytes)
    }

    async fn fetch(
        &self,
        uri: &str,
        credentials: Option<&Credentials>,
        action: &Action<'_>,
    ) -> Result<Bytes, WorkflowError> {
        let request = Request::Http(HttpRequest {
            method: "GET".to_owned(),
            uri: uri.to_owned(),
            headers: BTreeMap::new(),
            query: BTreeMap::new(),
            body: None,
            output: HttpOutput::Raw,
            redirect: true,
            credentials: credentials.cloned(),
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
        Ok(bytes.unwrap_or_default().into())
    }

    async fn file(&self, uri: &str, path: &str) -> Result<Bytes, WorkflowError> {
        let invalid = |why: &str| ErrorKind::Configuration.error(format!("{uri} {why}"));
        let Some(folder) = &self.folder else {
            return Err(invalid(
                "cannot be read: set executor.resources_folder to the folder that it is in",
            ));
        };
        let path = Path::new(path.trim_start_matches('/'));
        let is_within = |part: Component<'_>| matches!(part, Component::Normal(_));
        if !path.components().all(is_within) {
            return Err(invalid("is outside executor.resources_folder"));
        }
        let read = async {
            let file = tokio::fs::File::open(folder.join(path)).await?;
            let mut bytes = Vec::new();
            let most = u64::try_from(self.bytes_max).unwrap_or(u64::MAX);
            file.take(most.saturating_add(1))
                .read_to_end(&mut bytes)
                .await?;
            std::io::Result::Ok(bytes)
        };
        let bytes = read
            .await
            .map_err(|error| invalid(&format!("cannot be read: {error}")))?;
        if bytes.len() > self.bytes_max {
            return Err(invalid(&format!(
                "has more than {} bytes: raise executor.response_bytes_max",
                self.bytes_max
            )));
        }
        Ok(bytes.into())
    }
}
