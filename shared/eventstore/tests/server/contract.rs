//! The contract of the journal.

use std::sync::Arc;

use async_trait::async_trait;
use eventstore::{AppendToStreamOptions, Client, EventData};
use weir_eventstore::{EventStoreJournal, RECORD_BYTES_MAX, open};
use weir_journal::{Journal, contract};
use weir_protocol::{InstanceId, v1::Record};

use crate::support::{Server, config};

struct OnServer {
    journal: EventStoreJournal,
    client: Client,
    /// A server remembers earlier runs.
    run: u64,
}

impl OnServer {
    async fn connect(connection_string: &str) -> Self {
        Self {
            journal: open(&config(connection_string)).await.unwrap(),
            client: Client::new(connection_string.parse().unwrap()).unwrap(),
            run: uuid::Uuid::new_v4().as_u64_pair().0,
        }
    }
}

#[async_trait]
impl contract::Harness for OnServer {
    fn journal(&self) -> Arc<dyn Journal> {
        Arc::new(self.journal.clone())
    }

    fn record_bytes_max(&self) -> usize {
        RECORD_BYTES_MAX
    }

    fn instance(&self, n: u64) -> InstanceId {
        InstanceId(uuid::Uuid::from_u64_pair(self.run, n))
    }

    async fn append_unfenced(&self, instance: InstanceId, record: &Record) {
        let event = EventData::json("stray", record).unwrap();
        let options = AppendToStreamOptions::default();
        let stream = format!("weir-{instance}");
        let appended = self.client.append_to_stream(stream, &options, event).await;
        appended.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_keeps_its_contract_on_the_double() {
    let server = Server::start().await;
    let harness = OnServer::connect(&server.double.connection_string()).await;
    contract::all(&harness).await;
    assert!(harness.journal.strays() > 0, "strays are counted");
}

/// Nothing where there is none: no server can be installed where these tests usually run.
#[tokio::test(flavor = "multi_thread")]
async fn the_journal_keeps_its_contract_on_a_real_server() {
    if let Ok(connection_string) = std::env::var("WEIR_TEST_EVENTSTORE") {
        contract::all(&OnServer::connect(&connection_string).await).await;
    }
}
