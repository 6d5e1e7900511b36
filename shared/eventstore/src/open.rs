//! EventStoreDB as the configuration has it.

use std::time::Duration;

use eventstore::Error;
use tokio::time::Instant;
use weir_runtime::config::Journal as JournalConfig;

use crate::{
    EventStoreJournal,
    address::Address,
    link::{Link, LinkError},
};

/// The first that tell their version: 21.6.
const OLDEST_MAJOR: usize = 21;
const RETRY_DELAY: Duration = Duration::from_millis(200);

/// Why there is no journal on EventStoreDB.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The connection string makes no sense, or a file that it names is not there.
    #[error("`journal.connection_string` cannot be used: {0}")]
    Invalid(String),
    /// Nobody answers.
    #[error(
        "EventStoreDB does not answer at {server}: {reason}; start it, or set \
         `journal.connection_string` to where it is"
    )]
    Unreachable {
        /// Where.
        server: String,
        /// What happened last.
        reason: String,
    },
    /// The server does not let us in.
    #[error(
        "EventStoreDB at {server} denies access; check the user and the password in \
         `journal.connection_string`"
    )]
    Unauthorized {
        /// Where.
        server: String,
    },
    /// The server lacks what is needed.
    #[error(
        "EventStoreDB at {server} is version {version}, Weir needs at least {OLDEST_MAJOR}.6: \
         upgrade the server"
    )]
    TooOld {
        /// Where.
        server: String,
        /// What it is; 0.0.0 for those that do not tell.
        version: String,
    },
}

/// Connects, and makes sure that the server is one that can be used.
///
/// # Errors
/// One sentence for whoever starts the service.
pub async fn open(config: &JournalConfig) -> Result<EventStoreJournal, OpenError> {
    let Some(text) = &config.connection_string else {
        return Err(OpenError::Invalid("it is not set".to_owned()));
    };
    let address = Address::parse(text.expose()).map_err(OpenError::Invalid)?;
    let server = address.shown().to_owned();
    let request_timeout = Duration::from_millis(config.request_timeout_ms);
    let link = Link::new(address, request_timeout)
        .map_err(|error| OpenError::Invalid(error.to_string()))?;
    let journal = EventStoreJournal::new(link);
    let deadline = Instant::now() + Duration::from_millis(config.connect_timeout_ms);
    let (major, version) = loop {
        match journal.probe().await {
            Ok(version) => break version,
            Err(LinkError::Refused(Error::AccessDenied)) => {
                return Err(OpenError::Unauthorized { server });
            }
            Err(LinkError::Refused(error)) => {
                let reason = error.to_string();
                return Err(OpenError::Unreachable { server, reason });
            }
            Err(LinkError::Unreachable(reason)) if Instant::now() + RETRY_DELAY > deadline => {
                return Err(OpenError::Unreachable { server, reason });
            }
            Err(LinkError::Unreachable(_)) => tokio::time::sleep(RETRY_DELAY).await,
        }
    };
    if major < OLDEST_MAJOR {
        return Err(OpenError::TooOld { server, version });
    }
    tracing::info!(server, version, "the journal is on EventStoreDB");
    Ok(journal)
}
