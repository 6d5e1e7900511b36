//! What the tests share.

use tempfile::TempDir;
use weir_eventstore::{EventStoreJournal, OpenError, open};
use weir_eventstore_double::{Double, Options};
use weir_journal::Position;
use weir_protocol::{
    InstanceId,
    v1::{Cause, Record},
};
use weir_runtime::config::{Journal, JournalBackend, Secret};

/// A double, and where it keeps its events.
pub struct Server {
    pub double: Double,
    folder: TempDir,
    options: Options,
}

impl Server {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::new(folder.path().join("events"));
        change(&mut options);
        let double = Double::start(options.clone()).await.unwrap();
        options.listen = double.address();
        Self {
            double,
            folder,
            options,
        }
    }

    /// Ends it; what is to start it again, at the same address and with the same events, is
    /// returned.
    pub async fn stop(self) -> Stopped {
        let Self {
            double,
            folder,
            options,
        } = self;
        double.stop().await;
        Stopped { folder, options }
    }
}

pub struct Stopped {
    folder: TempDir,
    options: Options,
}

impl Stopped {
    pub async fn start(self) -> Server {
        let Self { folder, options } = self;
        Server {
            double: Double::start(options.clone()).await.unwrap(),
            folder,
            options,
        }
    }
}

pub fn config(connection_string: &str) -> Journal {
    Journal {
        backend: JournalBackend::Eventstore,
        connection_string: Some(Secret::new(connection_string)),
        connect_timeout_ms: 2_000,
        ..Journal::default()
    }
}

pub async fn refusal(config: &Journal) -> OpenError {
    match open(config).await {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}

pub async fn journal(server: &Server) -> EventStoreJournal {
    let config = config(&server.double.connection_string());
    open(&config).await.unwrap()
}

pub fn instance() -> InstanceId {
    InstanceId(uuid::Uuid::new_v4())
}

pub fn record(after: Position, what: &str) -> Record {
    Record {
        revision: after.revision.next().0,
        previous: after.sequence,
        at: 1_700_000_000_000,
        cause: Cause {
            kind: "outcome".to_owned(),
            id: what.to_owned(),
        },
        traceparent: None,
        events: Vec::new(),
    }
}
