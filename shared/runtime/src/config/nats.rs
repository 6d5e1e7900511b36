//! How to reach NATS.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Secret;

/// The connection to NATS, the same for all services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nats {
    /// Server, or servers of one cluster separated by commas: `nats://host:port` or
    /// `tls://host:port`. Without user information: that goes into the keys below, which are
    /// redacted wherever the configuration is shown.
    pub url: String,
    /// Credentials file (`.creds`: JWT and nkey seed).
    pub credentials_file: Option<PathBuf>,
    /// User, together with `password`.
    pub user: Option<String>,
    /// Password of `user`.
    pub password: Option<Secret>,
    /// Token, instead of user and password.
    pub token: Option<Secret>,
    /// PEM file of certificate authorities to trust besides the system's.
    pub tls_ca_file: Option<PathBuf>,
    /// Copies of every stream: 1 for a single server, 3 or 5 in a cluster.
    pub replicas: u8,
    /// Longest wait for the first connection, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Name of the connection in the server's lists; without it, the service's name.
    pub name: Option<String>,
}

impl Default for Nats {
    fn default() -> Self {
        Self {
            url: "nats://127.0.0.1:4222".to_owned(),
            credentials_file: None,
            user: None,
            password: None,
            token: None,
            tls_ca_file: None,
            replicas: 1,
            connect_timeout_ms: 5_000,
            name: None,
        }
    }
}

impl Nats {
    /// The servers of `url`, one by one.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.url
            .split(',')
            .map(str::trim)
            .filter(|url| !url.is_empty())
    }
}
