//! Reaching a server that can do what Weir needs.

use std::{io, path::PathBuf, time::Duration};

use async_nats::{
    Client, ConnectErrorKind, ConnectOptions, ServerAddr,
    jetstream::{Context, ContextBuilder},
};
use tokio::time::Instant;

use crate::{
    api::{self, ApiError},
    link::Link,
    options::{Login, NatsOptions},
    tls,
    version::Version,
};

/// How long an answer may take. A change of leader in a cluster takes longer: callers try again.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// Publishes that wait for their acknowledgement at the same time; more wait for a place.
const PUBLISHES_IN_FLIGHT_MAX: usize = 4096;
const RECONNECT_DELAY_MAX: Duration = Duration::from_secs(2);
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// A connection to NATS. Clones share it.
#[derive(Clone, Debug)]
pub struct Nats {
    pub(crate) client: Client,
    pub(crate) context: Context,
    pub(crate) link: Link,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody answers.
    #[error("NATS does not answer at {url}: {reason}; start it, or set `nats.url` to where it is")]
    Unreachable {
        /// Where.
        url: String,
        /// What happened last.
        reason: String,
    },
    /// The server does not let us in.
    #[error(
        "NATS at {url} refuses the login ({reason}); check the credentials in the section `nats`"
    )]
    Unauthorized {
        /// Where.
        url: String,
        /// What it said.
        reason: String,
    },
    /// The server's certificate is none that we trust.
    #[error(
        "NATS at {url} shows a certificate that is not trusted ({reason}); name its authority in \
         `nats.tls_ca_file`"
    )]
    Untrusted {
        /// Where.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The options make no sense.
    #[error("cannot connect to NATS: {0}")]
    Invalid(String),
    /// The credentials file cannot be used.
    #[error("cannot use the credentials file {path}: {reason}", path = path.display())]
    Credentials {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The server lacks features.
    #[error(
        "NATS at {url} is version {version}, Weir needs at least {}: upgrade the server",
        Version::OLDEST
    )]
    TooOld {
        /// Where.
        url: String,
        /// What it is.
        version: String,
    },
    /// The server has no store for this account.
    #[error("NATS at {url} has no JetStream for this account ({reason}): enable it")]
    NoJetStream {
        /// Where.
        url: String,
        /// What it said.
        reason: String,
    },
}

impl Nats {
    /// Whether there is a connection just now.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }

    /// Sends what is still to be sent, such as the last acknowledgements: before a process ends.
    /// Gives up after a while; what was not sent is delivered again.
    pub async fn flush(&self) {
        if !self.is_connected() {
            return;
        }
        // Without an answer there is nothing left to do.
        let _ = tokio::time::timeout(ANSWER_TIMEOUT, self.client.flush()).await;
    }
}

/// Connects, and makes sure that the server is new enough and has JetStream.
///
/// Later losses of the connection are mended without end, and logged.
///
/// # Errors
/// One sentence for whoever starts the service.
pub async fn connect(options: &NatsOptions) -> Result<Nats, ConnectError> {
    let deadline = Instant::now() + options.connect_timeout;
    let (link, client) = loop {
        match attempt(options).await {
            Err(ConnectError::Unreachable { .. }) if Instant::now() + RETRY_DELAY < deadline => {
                tokio::time::sleep(RETRY_DELAY).await;
            }
            result => break result?,
        }
    };
    let version = client.server_info().version;
    if Version::parse(&version).is_none_or(|version| version < Version::OLDEST) {
        let url = options.url.clone();
        return Err(ConnectError::TooOld { url, version });
    }
    let context = ContextBuilder::new()
        .timeout(ANSWER_TIMEOUT)
        .max_ack_inflight(PUBLISHES_IN_FLIGHT_MAX)
        .backpressure_on_inflight(true)
        .build(client.clone());
    let nats = Nats {
        client,
        context,
        link,
    };
    while let Err(error) = api::account(&nats).await {
        // Just started, a cluster has no leader yet.
        let unavailable = matches!(error, ApiError::Unavailable(_));
        if !unavailable || Instant::now() + RETRY_DELAY >= deadline {
            let (url, reason) = (options.url.clone(), error.to_string());
            return Err(ConnectError::NoJetStream { url, reason });
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
    Ok(nats)
}

async fn attempt(options: &NatsOptions) -> Result<(Link, Client), ConnectError> {
    let servers = options.url.split(',').map(str::trim);
    let servers = servers.filter(|url| !url.is_empty()).map(str::parse);
    let servers: Vec<ServerAddr> = servers.collect::<Result<_, _>>().map_err(|error| {
        ConnectError::Invalid(format!("`{}` is no list of servers: {error}", options.url))
    })?;
    let (link, observer) = Link::new(&options.name);
    let tls = tls::client_config(options.tls_ca_file.as_deref())
        .map_err(|reason| ConnectError::Invalid(format!("no certificates in {reason}")))?;
    let connect = ConnectOptions::new()
        .name(&options.name)
        .tls_client_config(tls)
        .require_tls(servers.iter().any(ServerAddr::tls_required))
        .max_reconnects(None)
        .reconnect_delay_callback(reconnect_delay)
        .connection_timeout(options.connect_timeout)
        .request_timeout(Some(ANSWER_TIMEOUT))
        .event_callback(move |event| {
            observer.observe(&event);
            std::future::ready(())
        });
    let connect = with_login(connect, &options.login).await?;
    let client = connect.connect(servers).await.map_err(|error| {
        let (url, reason) = (options.url.clone(), error.to_string());
        match error.kind() {
            _ if is_distrust(&error) => ConnectError::Untrusted { url, reason },
            ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                ConnectError::Unauthorized { url, reason }
            }
            ConnectErrorKind::ServerParse => ConnectError::Invalid(reason),
            ConnectErrorKind::Dns
            | ConnectErrorKind::TimedOut
            | ConnectErrorKind::Tls
            | ConnectErrorKind::Io
            | ConnectErrorKind::MaxReconnects => ConnectError::Unreachable { url, reason },
        }
    })?;
    // Its event is still on the way; later it would look like a second connection.
    link.reconnected_since(0).await;
    Ok((link, client))
}

/// Whether the server's certificate is what is wrong.
fn is_distrust(error: &async_nats::ConnectError) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        let inner = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let tls = inner.or_else(|| error.downcast_ref::<rustls::Error>());
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        source = error.source();
    }
    false
}

async fn with_login(
    connect: ConnectOptions,
    login: &Login,
) -> Result<ConnectOptions, ConnectError> {
    match login {
        Login::Anonymous => Ok(connect),
        Login::User { user, password } => {
            Ok(connect.user_and_password(user.clone(), password.clone()))
        }
        Login::Token(token) => Ok(connect.token(token.clone())),
        Login::CredentialsFile(path) => {
            let connect = connect.credentials_file(path).await;
            connect.map_err(|error| ConnectError::Credentials {
                path: path.clone(),
                reason: error.to_string(),
            })
        }
    }
}

/// At once, then ever more slowly, so that a server that starts is found in milliseconds and one
/// that is down is left in peace.
fn reconnect_delay(attempts: usize) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    let delay = Duration::from_millis(20).saturating_mul(2_u32.saturating_pow(doublings));
    delay.min(RECONNECT_DELAY_MAX)
}
