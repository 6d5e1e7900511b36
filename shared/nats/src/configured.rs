//! NATS as the configuration has it.

use std::{sync::Arc, time::Duration};

use weir_bus::{BrokerClock, BusError};
use weir_protocol::Stream;
use weir_runtime::{
    Clock, Config, Failure,
    config::{Nats as NatsConfig, Secret},
};

use crate::{
    BusOptions, ConnectError, Login, Nats, NatsBus, NatsJournal, NatsOptions, ProvisionError,
    StreamLimits, StreamOptions, connect, provision,
};

/// Bus and journal on one connection, and the time.
#[derive(Clone)]
pub struct Adapters {
    /// The bus.
    pub bus: Arc<NatsBus>,
    /// The journal.
    pub journal: Arc<NatsJournal>,
    /// The time, which all services share: the broker's. It is kept right by
    /// [`Adapters::during`].
    pub clock: Clock,
    time: Arc<BrokerClock>,
    nats: Nats,
}

/// Why there is no bus and no journal.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No server that can be used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// No streams that can be used.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// No time that can be used.
    #[error("the time cannot be had from NATS: {0}")]
    Time(#[from] BusError),
}

impl Adapters {
    /// Connects as `name` and creates or verifies the streams: for services.
    pub async fn open(config: &Config, name: &str) -> Result<Self, OpenError> {
        let nats = connect(&nats_options(&config.nats, name)).await?;
        provision(&nats, &stream_options(config)).await?;
        let bus = bus(&nats, config);
        let time = BrokerClock::set_by(&*bus).await?;
        Ok(Self {
            bus,
            journal: Arc::new(NatsJournal::new(&nats)),
            clock: time.clock(),
            time,
            nats,
        })
    }

    /// Does `work`; then sends what it left to be sent, such as the last acknowledgements.
    ///
    /// # Errors
    /// Those of `work`; and [`Died`](crate::Died), should the client die meanwhile: `work` would
    /// wait for ever.
    pub async fn during<T, E: Into<Failure>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        let result = tokio::select! {
            biased;
            result = work => result.map_err(Into::into),
            died = self.nats.link.died() => Err(died.into()),
            never = self.time.keep(&*self.bus) => match never {},
        };
        self.nats.flush().await;
        result
    }
}

/// Connects as `name` and takes the streams as they are: for tools.
///
/// # Errors
/// No server that can be used.
pub async fn attach(config: &Config, name: &str) -> Result<Arc<NatsBus>, ConnectError> {
    let nats = connect(&nats_options(&config.nats, name)).await?;
    Ok(bus(&nats, config))
}

fn bus(nats: &Nats, config: &Config) -> Arc<NatsBus> {
    let options = BusOptions {
        action_ack_wait: Duration::from_millis(config.executor.ack_wait_ms),
        replica: config.scheduler.replica,
        ..BusOptions::default()
    };
    Arc::new(NatsBus::new(nats, options))
}

fn nats_options(config: &NatsConfig, name: &str) -> NatsOptions {
    let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
    let login = match (
        &config.credentials_file,
        &config.user,
        secret(&config.token),
    ) {
        (Some(path), _, _) => Login::CredentialsFile(path.clone()),
        (None, Some(user), _) => Login::User {
            user: user.clone(),
            password: secret(&config.password).unwrap_or_default(),
        },
        (None, None, Some(token)) => Login::Token(token),
        (None, None, None) => Login::Anonymous,
    };
    NatsOptions {
        url: config.url.clone(),
        name: config.name.clone().unwrap_or_else(|| name.to_owned()),
        login,
        tls_ca_file: config.tls_ca_file.clone(),
        connect_timeout: Duration::from_millis(config.connect_timeout_ms),
    }
}

/// In the configuration, 0 means without limit.
fn stream_options(config: &Config) -> StreamOptions {
    let streams = &config.streams;
    let limits = |age_s: u64, bytes: u64| StreamLimits {
        age_max: (age_s > 0).then(|| Duration::from_secs(age_s)),
        bytes_max: (bytes > 0).then_some(bytes),
    };
    StreamOptions {
        replicas: config.nats.replicas,
        duplicate_window: Duration::from_millis(streams.duplicate_window_ms),
        limits: [
            (
                Stream::Events,
                limits(streams.events_age_max_s, streams.events_bytes_max),
            ),
            (
                Stream::Trace,
                limits(streams.trace_age_max_s, streams.trace_bytes_max),
            ),
            (
                Stream::Journal,
                limits(streams.journal_age_max_s, streams.journal_bytes_max),
            ),
            (Stream::Dead, limits(streams.dead_age_max_s, 0)),
        ]
        .into(),
    }
}
