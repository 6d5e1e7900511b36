//! The contracts of both ports.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use weir_bus::{Bus, Outgoing};
use weir_journal::Journal;
use weir_nats::NatsJournal;
use weir_protocol::{InstanceId, Subject, v1::Format, v1::Record};

use crate::support::{self, ACK_WAIT, Server};

/// Each promise gets a server of its own; the last one is kept until the next is there.
struct RealBus(Mutex<Option<Server>>);

#[async_trait]
impl weir_bus::contract::Harness for RealBus {
    async fn bus(&self) -> Arc<dyn Bus> {
        let (server, _, bus) = support::bus().await;
        *self.0.lock().unwrap() = Some(server);
        bus
    }

    async fn pass(&self, ms: u64) {
        // sleep: the broker's clock is the real one
        tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
    }

    fn ack_wait_ms(&self) -> u64 {
        u64::try_from(ACK_WAIT.as_millis()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bus_keeps_its_contract() {
    weir_bus::contract::all(&RealBus(Mutex::new(None))).await;
}

struct RealJournal {
    _server: Server,
    bus: Arc<dyn Bus>,
    journal: NatsJournal,
}

#[async_trait]
impl weir_journal::contract::Harness for RealJournal {
    fn journal(&self) -> Arc<dyn Journal> {
        Arc::new(self.journal.clone())
    }

    fn record_bytes_max(&self) -> usize {
        self.bus.payload_bytes_max()
    }

    async fn append_unfenced(&self, instance: InstanceId, record: &Record) {
        let message = Outgoing::new(Subject::journal(instance), record.encode());
        self.bus.publish(message).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_keeps_its_contract() {
    let (server, nats, bus) = support::bus().await;
    let harness = RealJournal {
        _server: server,
        bus,
        journal: NatsJournal::new(&nats),
    };
    weir_journal::contract::all(&harness).await;
    assert!(harness.journal.strays() > 0, "strays are counted");
}
