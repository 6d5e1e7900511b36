//! The API of a Docker engine, as far as it is needed.
//!
//! Paths name no version: then an engine of any age takes its own.

use std::path::Path;

use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode, Upgraded,
    header::{CONNECTION, UPGRADE},
};
use serde::Deserialize;
use serde_json::{Value, json};
use weir_engine::{ErrorKind, WorkflowError};

use super::asked::ACTION;
use crate::{StartError, http::reason, http_client, socket_client};

/// A connection to an engine.
pub(super) struct Engine {
    client: Client,
    base: String,
    /// As configured.
    address: String,
}

/// What an engine does not do.
#[derive(Debug, thiserror::Error)]
pub(super) enum EngineError {
    #[error(
        "no container engine answers at {address} ({why}): start one, or set executor.docker to its \
         address"
    )]
    Unreachable { address: String, why: String },
    #[error("the container engine answered {status}: {message}")]
    Refused { status: StatusCode, message: String },
    #[error("the connection to the container engine broke off: {0}")]
    Broken(String),
    #[error("the image `{image}` cannot be pulled: {why}")]
    Pull { image: String, why: String },
}

/// A container as engines list them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    pub id: String,
    pub state: String,
    #[serde(default)]
    pub labels: serde_json::Map<String, Value>,
}

impl Engine {
    /// The engine at `unix:///path`, `tcp://host:port`, `http://…` or `https://…`.
    pub fn new(address: &str) -> Result<Self, StartError> {
        let unknown = || StartError::DockerAddress(address.to_owned());
        let (client, base) = match address.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => {
                let client = socket_client(Path::new(path))?;
                (client, "http://docker".to_owned())
            }
            Some(("tcp", host)) => (http_client()?, format!("http://{host}")),
            Some(("http" | "https", _)) => (http_client()?, address.to_owned()),
            Some(_) | None => return Err(unknown()),
        };
        Ok(Self {
            client,
            base,
            address: address.to_owned(),
        })
    }

    pub async fn ping(&self) -> Result<(), EngineError> {
        self.send(self.request(Method::GET, "/_ping")).await?;
        Ok(())
    }

    pub async fn create(&self, name: &str, wanted: &Value) -> Result<String, EngineError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Created {
            id: String,
        }
        let request = self.request(Method::POST, "/containers/create");
        let request = request.query(&[("name", name)]).json(wanted);
        let created: Created = self.read(request).await?;
        Ok(created.id)
    }

    /// Its output from the beginning, and its input.
    pub async fn attach(&self, id: &str, stdin: bool) -> Result<Upgraded, EngineError> {
        let request = self.request(Method::POST, &format!("/containers/{id}/attach"));
        let stdin = if stdin { "1" } else { "0" };
        let wanted = [
            ("stream", "1"),
            ("stdout", "1"),
            ("stderr", "1"),
            ("stdin", stdin),
        ];
        let request = request
            .query(&wanted)
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "tcp");
        let response = self.send(request).await?;
        let upgraded = response.upgrade().await;
        upgraded.map_err(|error| EngineError::Broken(reason(&error)))
    }

    pub async fn start(&self, id: &str) -> Result<(), EngineError> {
        let request = self.request(Method::POST, &format!("/containers/{id}/start"));
        self.send(request).await?;
        Ok(())
    }

    /// Its exit code, once it has ended.
    pub async fn wait(&self, id: &str) -> Result<i64, EngineError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Ended {
            status_code: i64,
        }
        let request = self.request(Method::POST, &format!("/containers/{id}/wait"));
        let ended: Ended = self.read(request).await?;
        Ok(ended.status_code)
    }

    /// Kills it if it runs; well if it is not there.
    pub async fn remove(&self, id: &str) -> Result<(), EngineError> {
        let request = self.request(Method::DELETE, &format!("/containers/{id}"));
        match self
            .send(request.query(&[("force", "1"), ("v", "1")]))
            .await
        {
            Ok(_) => Ok(()),
            // It is gone, or going.
            Err(EngineError::Refused { status, .. })
                if [StatusCode::NOT_FOUND, StatusCode::CONFLICT].contains(&status) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Removes the containers of an action.
    pub async fn remove_of(&self, action: &str) -> Result<(), EngineError> {
        for container in self.list(&format!("{ACTION}={action}")).await? {
            self.remove(&container.id).await?;
        }
        Ok(())
    }

    /// All containers with a label, or with a label and its value.
    pub async fn list(&self, label: &str) -> Result<Vec<Listed>, EngineError> {
        let filters = json!({ "label": [label] }).to_string();
        let request = self.request(Method::GET, "/containers/json");
        self.read(request.query(&[("all", "1"), ("filters", &filters)]))
            .await
    }

    /// When it ended: RFC 3339.
    pub async fn finished_at(&self, id: &str) -> Result<String, EngineError> {
        let request = self.request(Method::GET, &format!("/containers/{id}/json"));
        let told: Value = self.read(request).await?;
        let finished = told.pointer("/State/FinishedAt").and_then(Value::as_str);
        Ok(finished.unwrap_or_default().to_owned())
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// The answer, if it is one of success.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response, EngineError> {
        let response = request.send().await.map_err(|error| {
            let why = reason(&error);
            if error.is_connect() {
                let address = self.address.clone();
                return EngineError::Unreachable { address, why };
            }
            EngineError::Broken(why)
        })?;
        let status = response.status();
        if status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(response);
        }
        let text = response.text().await.unwrap_or_default();
        let told: Option<Value> = serde_json::from_str(&text).ok();
        let message = told.as_ref().and_then(|told| told.get("message")?.as_str());
        Err(EngineError::Refused {
            status,
            message: message.unwrap_or(&text).to_owned(),
        })
    }

    pub async fn read<T: serde::de::DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, EngineError> {
        let response = self.send(request).await?;
        let read = response.json().await;
        read.map_err(|error| EngineError::Broken(reason(&error)))
    }
}

impl From<EngineError> for WorkflowError {
    fn from(error: EngineError) -> Self {
        let kind = match &error {
            EngineError::Unreachable { .. } | EngineError::Broken(_) | EngineError::Pull { .. } => {
                ErrorKind::Communication
            }
            EngineError::Refused { status, .. } if *status == StatusCode::BAD_REQUEST => {
                ErrorKind::Configuration
            }
            EngineError::Refused { .. } => ErrorKind::Runtime,
        };
        kind.error(error.to_string())
    }
}
