//! Thousands of timers came due while nobody was there.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::time::Instant;
use weir_bus::{Bus, BusError, Outgoing, Overlay, memory::MemoryBus};
use weir_protocol::{
    InboxSubject, Stream, Subject,
    v1::{Format, Timer, WorkflowRef},
};
use weir_runtime::{Clock, HealthHandle, Metrics, Shutdown};
use weir_timer::{Ports, Timers, run};

use crate::support::instance;

const COUNT: usize = 5_000;
const START_MS: u64 = 1_800_000_000_000;
/// How long it takes to store a batch.
const STORING_MS: u64 = 10;

/// A bus on which storing takes its time, and which knows how much was on its way at most.
struct Slow {
    inner: MemoryBus,
    under_way: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl Overlay for Slow {
    fn under(&self) -> &dyn Bus {
        &self.inner
    }

    async fn publish_all(&self, messages: Vec<Outgoing>) -> Result<(), BusError> {
        let count = messages.len();
        let under_way = self.under_way.fetch_add(count, SeqCst) + count;
        self.most.fetch_max(under_way, SeqCst);
        // sleep: virtual, it is what storing takes.
        tokio::time::sleep(Duration::from_millis(STORING_MS)).await;
        let stored = self.inner.publish_all(messages).await;
        self.under_way.fetch_sub(count, SeqCst);
        stored
    }
}

fn timer(due: u64) -> Vec<u8> {
    let timer = Timer {
        revision: 1,
        due,
        workflow: WorkflowRef {
            namespace: "shop".to_owned(),
            name: "order".to_owned(),
            version: "1.0.0".to_owned(),
        },
        reference: "/do/0/wait".to_owned(),
        traceparent: None,
        schedule: None,
    };
    timer.encode()
}

#[tokio::test(start_paused = true)]
async fn all_fire_once_and_each_replica_sends_a_batch_only_when_the_one_before_is_stored() {
    let start = Instant::now();
    let clock: Clock =
        Arc::new(move || START_MS + u64::try_from(start.elapsed().as_millis()).unwrap());
    let broker = MemoryBus::new(clock.clone());
    for number in 0..COUNT as u64 {
        let message = Outgoing::new(Subject::timer(instance(number)), timer(START_MS + number));
        broker.publish(message).await.unwrap();
    }
    tokio::time::advance(Duration::from_hours(1)).await;

    let shutdown = Shutdown::new();
    let mut replicas = Vec::new();
    let begun = Instant::now();
    for _ in 0..2 {
        let bus = Arc::new(Slow {
            inner: broker.clone(),
            under_way: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let ports = Ports {
            bus: bus.clone(),
            clock: clock.clone(),
            health: HealthHandle::new(shutdown.clone()),
            metrics: Metrics::off(),
            shutdown: shutdown.clone(),
        };
        replicas.push((bus, tokio::spawn(run(ports))));
    }
    while broker.head(Stream::Inbox).await.unwrap() < COUNT as u64 {
        // sleep: virtual, so that time passes between looks.
        tokio::time::sleep(Duration::from_millis(STORING_MS)).await;
    }
    let took = begun.elapsed();
    shutdown.trigger();
    for (bus, task) in replicas {
        task.await.unwrap().unwrap();
        assert_eq!(bus.most.load(SeqCst), Timers::BATCH_MAX);
    }
    // Not faster than one batch after another, and hardly slower.
    let batches = u32::try_from(COUNT.div_ceil(Timers::BATCH_MAX)).unwrap();
    let least = Duration::from_millis(STORING_MS) * batches;
    assert!((least..2 * least).contains(&took), "{took:?}");

    let fired = broker.messages(Stream::Inbox);
    let inboxes = fired
        .iter()
        .map(|message| InboxSubject::parse(&message.subject));
    let whose: BTreeSet<_> = inboxes.map(|inbox| inbox.unwrap().instance).collect();
    assert_eq!((fired.len(), whose.len()), (COUNT, COUNT));
}
