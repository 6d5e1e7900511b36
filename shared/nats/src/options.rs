//! What can be set.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use weir_protocol::Stream;

/// How to reach NATS.
#[derive(Clone, Debug)]
pub struct NatsOptions {
    /// Servers, separated by commas: `nats://host:port` or `tls://host:port`.
    pub url: String,
    /// Name of the connection in the server's lists.
    pub name: String,
    /// Who connects.
    pub login: Login,
    /// PEM file of certificate authorities to trust besides the system's.
    pub tls_ca_file: Option<PathBuf>,
    /// Longest wait for the first connection. Later ones are waited for without end.
    pub connect_timeout: Duration,
}

impl NatsOptions {
    /// Without login, under the name `weir`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            name: "weir".to_owned(),
            login: Login::Anonymous,
            tls_ca_file: None,
            connect_timeout: Duration::from_secs(5),
        }
    }
}

/// Who connects.
#[derive(Clone, Default)]
pub enum Login {
    /// Nobody in particular.
    #[default]
    Anonymous,
    /// A file with JWT and nkey seed (`.creds`).
    CredentialsFile(PathBuf),
    /// User and password.
    User {
        /// Name.
        user: String,
        /// Password.
        password: String,
    },
    /// A token.
    Token(String),
}

/// Without the secrets.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("Anonymous"),
            Self::CredentialsFile(path) => f.debug_tuple("CredentialsFile").field(path).finish(),
            Self::User { user, .. } => f.debug_struct("User").field("user", user).finish(),
            Self::Token(_) => f.write_str("Token"),
        }
    }
}

/// What the streams keep. Applied when a stream is created; an existing one is verified, never
/// altered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamOptions {
    /// Copies of every stream: 1, or 3 or 5 in a cluster.
    pub replicas: u8,
    /// How long the broker remembers message ids. It only spares work; memory grows with it.
    pub duplicate_window: Duration,
    /// Limits of the streams that have some.
    pub limits: BTreeMap<Stream, StreamLimits>,
}

/// How much a stream keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamLimits {
    /// Older messages go, but for those that say they live for ever.
    pub age_max: Option<Duration>,
    /// Beyond this the stream refuses messages; traces let go of the oldest.
    pub bytes_max: Option<u64>,
}

impl Default for StreamOptions {
    fn default() -> Self {
        const DAY: Duration = Duration::from_hours(24);
        let aged = |days| StreamLimits {
            age_max: Some(days * DAY),
            bytes_max: None,
        };
        Self {
            replicas: 1,
            duplicate_window: Duration::from_mins(2),
            limits: BTreeMap::from([
                (Stream::Events, aged(7)),
                (Stream::Trace, aged(7)),
                (Stream::Dead, aged(30)),
            ]),
        }
    }
}

/// How a service uses the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusOptions {
    /// How long a message to an instance or an event may stay without acknowledgement: so long its
    /// redelivery takes after a crash. Counts when a consumer is created.
    pub ack_wait: Duration,
    /// How long an action may stay without acknowledgement or sign of life. Counts when a consumer
    /// is created.
    pub action_ack_wait: Duration,
    /// Number of this replica among those of its service, from 0: then each inbox partition has
    /// one replica that it prefers, and they are spread evenly. Without it the spread is random.
    pub replica: Option<u8>,
}

impl Default for BusOptions {
    fn default() -> Self {
        Self {
            ack_wait: Duration::from_secs(10),
            action_ack_wait: Duration::from_secs(30),
            replica: None,
        }
    }
}
