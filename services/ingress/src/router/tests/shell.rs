//! Whole routers, several at once, on a bus in memory. Time stands still unless all wait for it.

use std::time::Duration;

use async_trait::async_trait;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::Instant,
};
use weir_bus::{Bus, BusError, Consumer, Follower, From, Overlay, memory::MemoryBus};
use weir_catalog::Catalog;
use weir_runtime::{Metrics, Shutdown};

use super::{
    super::{Router, WindowLimits},
    *,
};

const NOW_MS: u64 = 1_760_000_000_000;
/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_mins(10);

/// A bus with the two versions deployed, and a clock that goes with tokio's.
async fn bus() -> MemoryBus {
    let start = Instant::now();
    let now_ms = move || NOW_MS + u64::try_from(start.elapsed().as_millis()).unwrap();
    let bus = MemoryBus::new(Arc::new(now_ms));
    let catalog = Catalog::new(Arc::new(bus.clone()));
    for version in ["1.0.0", "1.1.0"] {
        catalog
            .deploy(source(version), Limits::default(), NOW_MS)
            .await
            .unwrap();
    }
    let ticking = bus.clone();
    tokio::spawn(async move {
        loop {
            // sleep: it is the clock.
            tokio::time::sleep(Duration::from_millis(50)).await;
            ticking.tick();
        }
    });
    bus
}

/// A running router; dropping it is a crash.
struct Running {
    parts: JoinSet<()>,
    shutdown: Shutdown,
}

impl Running {
    fn start(bus: impl Bus + 'static, limits: WindowLimits) -> Self {
        let bus: Arc<dyn Bus> = Arc::new(bus);
        let catalog = Arc::new(Catalog::new(bus.clone()));
        let (router, scans) = Router::new(bus.clone(), catalog, limits, &Metrics::off());
        let shutdown = Shutdown::new();
        let mut parts = JoinSet::new();
        let following = router.clone();
        parts.spawn(async move { following.follow(|| {}).await.unwrap() });
        parts.spawn(scans.serve(bus, router.patient().clone()));
        let stop = shutdown.clone();
        parts.spawn(async move { router.dispatch(stop).await.unwrap() });
        Self { parts, shutdown }
    }
}

/// Lets nobody follow the events while it is shut.
#[derive(Clone)]
struct Gate {
    bus: MemoryBus,
    open: watch::Receiver<bool>,
}

struct GatedFollower {
    inner: Box<dyn Follower>,
    open: watch::Receiver<bool>,
}

#[async_trait]
impl Follower for GatedFollower {
    async fn next(&mut self) -> Result<Stored, BusError> {
        self.open.wait_for(|open| *open).await.unwrap();
        self.inner.next().await
    }
}

#[async_trait]
impl Overlay for Gate {
    fn under(&self) -> &dyn Bus {
        &self.bus
    }

    async fn follow(&self, stream: Stream, from: From) -> Result<Box<dyn Follower>, BusError> {
        let inner = self.bus.follow(stream, from).await?;
        let open = self.open.clone();
        Ok(Box::new(GatedFollower { inner, open }))
    }
}

async fn publish(bus: &MemoryBus, event_type: &str, id: &str, order: u64) {
    let body = json!({"specversion": "1.0", "id": id, "source": "/shop", "type": event_type,
        "data": {"order": order}});
    let message = Outgoing::new(Subject::event(event_type), body.to_string());
    bus.publish(message).await.unwrap();
}

async fn open(bus: &MemoryBus, subscription: &OpenSubscription) {
    let message = Outgoing::new(subject(subscription), subscription.encode());
    bus.publish(message).await.unwrap();
}

/// What comes to instances.
struct Inbox(mpsc::UnboundedReceiver<(String, String)>);

impl Inbox {
    async fn of(bus: &MemoryBus) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        for partition in 0..PARTITIONS {
            let mut deliveries = bus.consume(&Consumer::Inbox { partition }).await.unwrap();
            let sender = sender.clone();
            tokio::spawn(async move {
                loop {
                    let delivery = deliveries.next().await.unwrap();
                    delivery.ack().await.unwrap();
                    let message = delivery.message;
                    let subject = InboxSubject::parse(&message.subject).unwrap().subject();
                    let _ = sender.send(receipt(&Outgoing::new(subject, message.payload)));
                }
            });
        }
        Self(receiver)
    }

    /// The next so many: to whom, about which event.
    async fn next(&mut self, count: usize) -> Vec<(String, String)> {
        let mut receipts = Vec::new();
        for _ in 0..count {
            let next = tokio::time::timeout(PATIENCE, self.0.recv()).await;
            receipts.push(
                next.unwrap_or_else(|_| panic!("only {receipts:?}"))
                    .unwrap(),
            );
        }
        sorted(receipts)
    }
}

fn got(number: u64, id: &str) -> (String, String) {
    (instance(number).to_string(), id.to_owned())
}

fn sorted(mut expected: Vec<(String, String)>) -> Vec<(String, String)> {
    expected.sort();
    expected
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_second_finds_the_first() {
    let bus = bus().await;
    let mut inbox = Inbox::of(&bus).await;
    let router = Running::start(bus.clone(), WindowLimits::default());
    open(&bus, &listen(1, KEYED, NOW_MS, 7)).await;
    publish(&bus, "paid", "a", 7).await;
    open(&bus, &listen(2, KEYED, NOW_MS, 7)).await;
    open(&bus, &listen(3, KEYED, NOW_MS, 8)).await;
    let expected = sorted(vec![got(1, "a"), got(2, "a")]);
    assert_eq!(inbox.next(2).await, expected);

    router.shutdown.trigger();
    let mut parts = router.parts;
    // Dispatching ends by itself: the others are dropped with the process.
    parts.join_next().await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_lags_behind_holds_up_nothing() {
    let bus = bus().await;
    let mut inbox = Inbox::of(&bus).await;
    let (_keep, shut) = watch::channel(false);
    let gate = Gate {
        bus: bus.clone(),
        open: shut,
    };
    let _lagging = Running::start(gate, WindowLimits::default());
    open(&bus, &trigger("1.0.0", None)).await;
    for number in 0..20 {
        publish(&bus, "paid", &format!("early{number}"), number).await;
        open(&bus, &listen(number, KEYED, NOW_MS, number)).await;
        publish(&bus, "paid", &format!("late{number}"), number).await;
    }
    publish(&bus, "placed", "start", 0).await;
    // Time passes only while all wait: the lagging one has taken everything by then.
    let nothing = tokio::time::timeout(Duration::from_secs(1), inbox.0.recv()).await;
    assert!(nothing.is_err());

    let _quick = Running::start(bus.clone(), WindowLimits::default());
    let mut expected: Vec<_> = (0..20)
        .flat_map(|n| [got(n, &format!("early{n}")), got(n, &format!("late{n}"))])
        .collect();
    let started = InstanceId::for_event(&workflow("1.0.0"), "/shop", "start");
    expected.push(("start 1.0.0".to_owned(), started.to_string()));
    assert_eq!(inbox.next(41).await, sorted(expected));
}

#[tokio::test(start_paused = true)]
async fn what_happens_while_none_runs_is_made_up_for() {
    let bus = bus().await;
    let mut inbox = Inbox::of(&bus).await;
    open(&bus, &listen(1, KEYED, NOW_MS, 7)).await;
    let first = Running::start(bus.clone(), WindowLimits::default());
    publish(&bus, "paid", "a", 7).await;
    assert_eq!(inbox.next(1).await, [got(1, "a")]);
    drop(first);

    publish(&bus, "paid", "b", 7).await;
    open(&bus, &listen(2, KEYED, NOW_MS, 7)).await;
    let _second = Running::start(bus.clone(), WindowLimits::default());
    let expected = vec![got(1, "b"), got(2, "a"), got(2, "b")];
    assert_eq!(inbox.next(3).await, sorted(expected));
}

#[tokio::test(start_paused = true)]
async fn what_left_memory_is_found_in_the_stream() {
    let bus = bus().await;
    let mut inbox = Inbox::of(&bus).await;
    for number in 0..50 {
        publish(&bus, "paid", &format!("e{number}"), number % 10).await;
    }
    let limits = WindowLimits {
        events_max: 4,
        bytes_max: usize::MAX,
    };
    let _router = Running::start(bus.clone(), limits);
    for number in 0..10 {
        open(&bus, &listen(number, KEYED, NOW_MS, number)).await;
    }
    let expected = (0..50).map(|e| got(e % 10, &format!("e{e}"))).collect();
    assert_eq!(inbox.next(50).await, sorted(expected));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_routed_is_put_aside_with_the_reason() {
    let bus = bus().await;
    let mut inbox = Inbox::of(&bus).await;
    let _router = Running::start(bus.clone(), WindowLimits::default());
    let mut unknown = listen(1, KEYED, NOW_MS, 7);
    unknown.workflow.version = "9.9.9".to_owned();
    open(&bus, &unknown).await;
    open(&bus, &listen(2, "/do/9/nowhere", NOW_MS, 7)).await;
    let nonsense = Outgoing::new(Subject::event("paid"), "nonsense");
    bus.publish(nonsense).await.unwrap();
    open(&bus, &listen(3, KEYED, NOW_MS, 7)).await;
    publish(&bus, "paid", "a", 7).await;
    assert_eq!(inbox.next(1).await, [got(3, "a")]);

    let mut follower = bus.follow(Stream::Dead, From::Start).await.unwrap();
    let mut reasons = Vec::new();
    for _ in 0..3 {
        let letter = tokio::time::timeout(PATIENCE, follower.next())
            .await
            .unwrap()
            .unwrap();
        reasons.push(letter.header("weir-reason").unwrap().to_owned());
    }
    reasons.sort();
    for (reason, words) in reasons
        .iter()
        .zip(["not a CloudEvent", "no such listen", "9.9.9"])
    {
        assert!(reason.contains(words), "{reasons:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_holds_back_nothing() {
    let bus = bus().await;
    let mut inbox = Inbox::of(&bus).await;
    let _router = Running::start(bus.clone(), WindowLimits::default());
    open(&bus, &listen(1, EVERY, NOW_MS, 0)).await;
    let head = json!({"specversion": "1.0", "id": "fat", "source": "/shop", "type": "other"});
    let room = bus.payload_bytes_max() - head.to_string().len();
    let mut fat = head;
    fat["data"] = json!("x".repeat(room - r#","data":"""#.len()));
    let fat = Outgoing::new(Subject::event("other"), fat.to_string());
    assert_eq!(fat.payload.len(), bus.payload_bytes_max());
    bus.publish(fat).await.unwrap();
    publish(&bus, "other", "a", 7).await;
    assert_eq!(inbox.next(1).await, [got(1, "a")]);
    let mut follower = bus.follow(Stream::Dead, From::Start).await.unwrap();
    let letter = tokio::time::timeout(PATIENCE, follower.next())
        .await
        .unwrap()
        .unwrap();
    assert!(
        letter.header("weir-reason").unwrap().contains("too large"),
        "{letter:?}"
    );
}
