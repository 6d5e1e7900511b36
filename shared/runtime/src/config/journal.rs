//! Where the instances' journals are kept.

use serde::{Deserialize, Serialize};

use super::Secret;

/// The store of the journal, the same for all services. Everything else goes over NATS, whichever
/// it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Journal {
    /// Which store.
    pub backend: JournalBackend,
    /// EventStoreDB: `esdb://user:password@host:2113?tls=true`, with the parameters that its other
    /// clients know. A secret as a whole, for it holds the password; in the user and the password,
    /// characters such as `@` and `/` are written `%40` and `%2F`.
    pub connection_string: Option<Secret>,
    /// EventStoreDB: longest wait for the first connection, in milliseconds.
    pub connect_timeout_ms: u64,
    /// EventStoreDB: longest wait for one answer, in milliseconds. What is not answered is asked
    /// again, a few times.
    pub request_timeout_ms: u64,
}

/// A store of the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JournalBackend {
    /// A stream of NATS.
    #[default]
    Jetstream,
    /// EventStoreDB, or KurrentDB, which is its name since version 25.
    Eventstore,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            backend: JournalBackend::Jetstream,
            connection_string: None,
            connect_timeout_ms: 10_000,
            request_timeout_ms: 5_000,
        }
    }
}

impl Journal {
    /// Whether there is a connection string where one is needed.
    pub(super) fn is_reachable(&self) -> bool {
        self.backend == JournalBackend::Jetstream || self.connection_string.is_some()
    }

    /// Whether the connection string, if any, begins as one does.
    pub(super) fn has_known_scheme(&self) -> bool {
        let begins =
            |text: &str| text.starts_with("esdb://") || text.starts_with("esdb+discover://");
        self.connection_string
            .as_ref()
            .is_none_or(|secret| begins(secret.expose()))
    }
}
