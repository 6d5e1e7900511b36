//! `call: grpc`: a method that a `.proto` file describes, which is loaded when it is needed.
//!
//! [`describe`] compiles the file, [`message`] puts data into messages and back; no code is
//! generated.

mod describe;
mod message;
mod status;

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use prost_reflect::{DynamicMessage, MethodDescriptor};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use tonic::{
    Request as Asked,
    client::Grpc as Client,
    codegen::http::uri::PathAndQuery,
    metadata::{MetadataMap, MetadataValue},
    transport::{Channel, ClientTlsConfig, Endpoint},
};
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::{Credentials, Request};

use self::{describe::Descriptions, message::Dynamic, status::failure};
use crate::{
    Action, Function, Settings, StartError,
    http::system_roots,
    resource::{Resource, Resources},
};

/// Servers that connections are kept to.
const CHANNELS_MAX: usize = 64;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Calls methods of gRPC services.
pub struct Grpc {
    resources: Resources,
    descriptions: Descriptions,
    tls: ClientTlsConfig,
    channels: Mutex<BTreeMap<String, Channel>>,
    concurrency_max: usize,
    response_bytes_max: usize,
}

/// The arguments of `call: grpc`.
#[derive(Deserialize)]
struct With {
    proto: Resource,
    service: Service,
    method: String,
    #[serde(default)]
    arguments: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Service {
    name: String,
    host: String,
    port: Option<u16>,
    authentication: Option<Credentials>,
}

impl Grpc {
    /// With the certificate authorities that the system trusts.
    ///
    /// # Errors
    /// The HTTP client that loads descriptions cannot be built.
    pub fn new(settings: &Settings) -> Result<Self, StartError> {
        let roots = system_roots().roots;
        Self::with_tls(settings, ClientTlsConfig::new().trust_anchors(roots))
    }

    /// With a TLS configuration of one's own.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_tls(settings: &Settings, tls: ClientTlsConfig) -> Result<Self, StartError> {
        // tonic takes the process's provider, and a process may link two: another client brings
        // its own. If one is chosen already, it serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self {
            resources: Resources::new(settings)?,
            descriptions: Descriptions::default(),
            tls,
            channels: Mutex::default(),
            concurrency_max: settings.http_concurrency_max,
            response_bytes_max: settings.response_bytes_max,
        })
    }

    async fn channel(&self, service: &Service) -> Result<Channel, WorkflowError> {
        let address = service.address();
        let mut channels = self.channels.lock().await;
        if let Some(channel) = channels.get(&address) {
            return Ok(channel.clone());
        }
        let wrong = |why: tonic::transport::Error| {
            invalid(format!("service.host: {address}: {}", status::chain(&why)))
        };
        let mut endpoint = Endpoint::from_shared(address.clone())
            .map_err(wrong)?
            .connect_timeout(CONNECT_TIMEOUT);
        if address.starts_with("https:") {
            endpoint = endpoint.tls_config(self.tls.clone()).map_err(wrong)?;
        }
        if channels.len() >= CHANNELS_MAX {
            channels.clear();
        }
        let channel = endpoint.connect_lazy();
        channels.insert(address, channel.clone());
        Ok(channel)
    }

    async fn ask(
        &self,
        channel: Channel,
        method: &MethodDescriptor,
        asked: Asked<DynamicMessage>,
    ) -> Result<Value, tonic::Status> {
        let mut client = Client::new(channel).max_decoding_message_size(self.response_bytes_max);
        client.ready().await.map_err(|error| {
            let reason = format!("the service cannot be reached: {}", status::chain(&error));
            tonic::Status::unavailable(reason)
        })?;
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let path = PathAndQuery::try_from(path)
            .map_err(|error| tonic::Status::internal(error.to_string()))?;
        let codec = Dynamic(method.output());
        if !method.is_server_streaming() {
            let answer = client.unary(asked, path, codec).await?;
            return message::value(answer.get_ref());
        }
        let mut answers = client
            .server_streaming(asked, path, codec)
            .await?
            .into_inner();
        let (mut values, mut bytes) = (Vec::new(), 0);
        while let Some(answer) = answers.message().await? {
            let value = message::value(&answer)?;
            bytes += prost_reflect::prost::Message::encoded_len(&answer);
            values.push(value);
            if bytes > self.response_bytes_max {
                return Err(status::too_large(self.response_bytes_max));
            }
        }
        Ok(values.into())
    }
}

#[async_trait]
impl Function for Grpc {
    fn name(&self) -> &'static str {
        "grpc"
    }

    fn concurrency_max(&self) -> usize {
        self.concurrency_max
    }

    async fn call(&self, action: &Action<'_>) -> Result<Value, WorkflowError> {
        let Request::Grpc(arguments) = action.request else {
            return Err(ErrorKind::Runtime.error("not a gRPC call"));
        };
        let with = With::deserialize(arguments.with.as_value())
            .map_err(|error| invalid(format!("with: {error}")))?;
        let pool = self
            .descriptions
            .of(&with.proto, &self.resources, action)
            .await?;
        let method = describe::method(&pool, &with.service.name, &with.method)?;
        let arguments = with.arguments.unwrap_or_default();
        let message = message::from(method.input(), arguments.into()).map_err(|error| {
            let name = method.input().full_name().to_owned();
            invalid(format!("arguments: they are no {name}: {error}"))
        })?;
        let mut asked = Asked::new(message);
        with.service.describe(action, asked.metadata_mut())?;
        let channel = self.channel(&with.service).await?;
        let answered = self.ask(channel, &method, asked).await;
        answered.map_err(|status| {
            let what = format!("{} {}", with.service.address(), method.full_name());
            failure(&what, &status, self.response_bytes_max)
        })
    }
}

impl Service {
    /// TLS is spoken with a host that is written as `https://…`, and on the port 443.
    fn address(&self) -> String {
        let (scheme, host) = match self.host.split_once("://") {
            Some((scheme, host)) => (scheme, host),
            None if self.port.is_none_or(|port| port == 443) => ("https", self.host.as_str()),
            None => ("http", self.host.as_str()),
        };
        let host = host.trim_end_matches('/');
        match self.port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        }
    }

    fn describe(
        &self,
        action: &Action<'_>,
        metadata: &mut MetadataMap,
    ) -> Result<(), WorkflowError> {
        if let Ok(id) = action.id.parse() {
            metadata.insert("idempotency-key", id);
        }
        if let Some(Ok(traceparent)) = action.traceparent.map(str::parse) {
            metadata.insert("traceparent", traceparent);
        }
        let authorization = match &self.authentication {
            None => return Ok(()),
            Some(Credentials::Basic { username, password }) => {
                let pair = BASE64_STANDARD.encode(format!("{username}:{password}"));
                format!("Basic {pair}")
            }
            Some(Credentials::Bearer { token }) => format!("Bearer {token}"),
            Some(Credentials::Digest { .. } | Credentials::Token { .. }) => {
                return Err(invalid(
                    "service.authentication: gRPC takes `basic`, `bearer`, `oauth2` and `oidc`",
                ));
            }
        };
        let mut value = MetadataValue::try_from(authorization)
            .map_err(|_| invalid("service.authentication: it has characters that no header can"))?;
        value.set_sensitive(true);
        metadata.insert("authorization", value);
        Ok(())
    }
}

fn invalid(detail: impl Into<String>) -> WorkflowError {
    ErrorKind::Configuration.error(detail)
}
