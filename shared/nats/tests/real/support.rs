//! A server for one test, in a folder of its own.

use std::{sync::Arc, time::Duration};

use tempfile::TempDir;
use weir_bus::{Bus, Outgoing};
use weir_nats::{
    BusOptions, LocalServer, Nats, NatsBus, NatsOptions, ServerOptions, StreamOptions, connect,
    find_server, provision,
};
use weir_protocol::{Subject, Token};

/// How long deliveries may stay without acknowledgement here.
pub const ACK_WAIT: Duration = Duration::from_secs(1);
/// Longer than anything takes here.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct Server {
    pub process: LocalServer,
    _folder: TempDir,
}

impl Server {
    pub async fn start() -> Self {
        let program = find_server().unwrap_or_else(|error| panic!("{error}"));
        let folder = tempfile::tempdir().unwrap();
        let mut options = ServerOptions::new(program, folder.path());
        options.own_group = false;
        Self {
            process: LocalServer::start(options).await.unwrap(),
            _folder: folder,
        }
    }

    pub async fn connect(&self) -> Nats {
        connect(&NatsOptions::new(self.process.url()))
            .await
            .unwrap()
    }

    pub async fn kill_and_restart(&mut self) {
        self.process.kill().await.unwrap();
        self.process.restart().await.unwrap();
    }
}

/// A server with streams, and a bus on it.
pub async fn bus() -> (Server, Nats, Arc<dyn Bus>) {
    let server = Server::start().await;
    let nats = server.connect().await;
    provision(&nats, &StreamOptions::default()).await.unwrap();
    let bus = bus_of(&nats, None);
    (server, nats, bus)
}

pub fn bus_of(nats: &Nats, replica: Option<u8>) -> Arc<dyn Bus> {
    let options = BusOptions {
        ack_wait: ACK_WAIT,
        action_ack_wait: ACK_WAIT,
        replica,
    };
    Arc::new(NatsBus::new(nats, options))
}

pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(PATIENCE, future).await;
    result.unwrap_or_else(|_| panic!("{what}: nothing after {PATIENCE:?}"))
}

/// Looks until there is something to see.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    within(what, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            // sleep: between two looks at a server that tells nobody
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

pub fn http() -> Token {
    Token::new("http").unwrap()
}

pub fn action(text: &str) -> Outgoing {
    Outgoing::new(Subject::actions(&http()), text.to_owned())
}
