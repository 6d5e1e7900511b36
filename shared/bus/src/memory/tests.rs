//! The contract, and what only the broker in memory has.

use std::sync::atomic::{AtomicU64, Ordering};

use weir_protocol::Token;

use super::*;
use crate::{Ttl, contract};

struct InMemory {
    now_ms: Arc<AtomicU64>,
    latest: Mutex<Option<MemoryBus>>,
}

impl InMemory {
    fn new() -> Self {
        Self {
            now_ms: Arc::new(AtomicU64::new(1_700_000_000_000)),
            latest: Mutex::new(None),
        }
    }

    fn clock(&self) -> Clock {
        let now_ms = Arc::clone(&self.now_ms);
        Arc::new(move || now_ms.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl contract::Harness for InMemory {
    async fn bus(&self) -> Arc<dyn Bus> {
        let bus = MemoryBus::new(self.clock());
        *self.latest.lock().unwrap() = Some(bus.clone());
        Arc::new(bus)
    }

    async fn pass(&self, ms: u64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
        if let Some(bus) = &*self.latest.lock().unwrap() {
            bus.tick();
        }
    }

    fn ack_wait_ms(&self) -> u64 {
        MemoryOptions::default().ack_wait_ms
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    contract::all(&InMemory::new()).await;
}

#[tokio::test]
async fn who_waits_is_woken_by_the_clock() {
    let harness = InMemory::new();
    let bus = MemoryBus::new(harness.clock());
    let function = Token::new("http").unwrap();
    let subject = Subject::actions(&function);
    bus.publish(Outgoing::new(subject, "x")).await.unwrap();
    let mut replica = bus.consume(&Consumer::Actions { function }).await.unwrap();
    drop(replica.next().await.unwrap());

    let waiting = tokio::spawn(async move { replica.next().await.unwrap().attempt });
    tokio::task::yield_now().await;
    let due_ms = bus.next_redelivery_ms().unwrap();
    assert_eq!(due_ms, (harness.clock())() + 30_000);
    harness.now_ms.store(due_ms, Ordering::SeqCst);
    bus.tick();
    assert_eq!(waiting.await.unwrap(), 2);
}

#[tokio::test]
async fn age_spares_what_lives_for_ever() {
    let harness = InMemory::new();
    let options = MemoryOptions {
        age_ms_max: BTreeMap::from([(Stream::Events, 1000)]),
        ..MemoryOptions::default()
    };
    let bus = MemoryBus::with_options(harness.clock(), options);
    let message = |text: &str| Outgoing::new(Subject::event("a"), text.to_owned());
    bus.publish(message("old")).await.unwrap();
    let kept = message("kept").with_ttl(Ttl::Never);
    bus.publish(kept).await.unwrap();
    harness.now_ms.fetch_add(1000, Ordering::SeqCst);
    let left = bus.messages(Stream::Events);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].payload, "kept");
}

#[tokio::test]
async fn ids_are_forgotten_after_the_window() {
    let harness = InMemory::new();
    let bus = MemoryBus::new(harness.clock());
    let message = || Outgoing::new(Subject::event("a"), "x").with_id("a");
    bus.publish(message()).await.unwrap();
    harness.now_ms.fetch_add(119_999, Ordering::SeqCst);
    assert!(bus.publish(message()).await.unwrap().duplicate);
    harness.now_ms.fetch_add(1, Ordering::SeqCst);
    assert!(!bus.publish(message()).await.unwrap().duplicate);
}
