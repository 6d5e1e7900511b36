//! The service on the bus in memory. Time is virtual: it jumps to whatever is waited for next.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout},
};
use weir_bus::{Bus, BusError, Follower, From, Outgoing, Overlay, Published, memory::MemoryBus};
use weir_engine::InstanceId;
use weir_protocol::{
    InboxSubject, Stream, Subject, header,
    v1::{Format, Timeout, Timer, WorkflowRef},
};
use weir_runtime::{Clock, HealthHandle, Metrics, Shutdown};
use weir_timer::{Ports, TimerError, run};

use crate::support::{TRACEPARENT, instance};

pub const START_MS: u64 = 1_700_000_000_000;

/// A bus that may be away.
#[derive(Clone)]
pub struct Shaky {
    pub inner: MemoryBus,
    failures: Arc<AtomicUsize>,
}

impl Shaky {
    fn stumble(&self) -> Result<(), BusError> {
        match self
            .failures
            .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1))
        {
            Ok(_) => Err(BusError::Unavailable("for a test".to_owned())),
            Err(_) => Ok(()),
        }
    }
}

#[async_trait]
impl Overlay for Shaky {
    fn under(&self) -> &dyn Bus {
        &self.inner
    }

    async fn publish(&self, message: Outgoing) -> Result<Published, BusError> {
        self.stumble()?;
        self.inner.publish(message).await
    }

    async fn publish_all(&self, messages: Vec<Outgoing>) -> Result<(), BusError> {
        // Some may have been stored before the connection broke.
        let half = messages[..messages.len() / 2].to_vec();
        self.inner.publish_all(half).await?;
        self.stumble()?;
        self.inner.publish_all(messages).await
    }

    async fn follow(&self, stream: Stream, from: From) -> Result<Box<dyn Follower>, BusError> {
        self.stumble()?;
        self.inner.follow(stream, from).await
    }
}

pub struct World {
    pub bus: Shaky,
    clock: Clock,
    /// So many timeouts were looked at.
    seen: usize,
}

impl World {
    pub fn new() -> Self {
        let start = Instant::now();
        let clock: Clock =
            Arc::new(move || START_MS + u64::try_from(start.elapsed().as_millis()).unwrap());
        let bus = MemoryBus::new(clock.clone());
        Self {
            bus: Shaky {
                inner: bus,
                failures: Arc::default(),
            },
            clock,
            seen: 0,
        }
    }

    pub fn timer(&self) -> Service {
        let shutdown = Shutdown::new();
        let health = HealthHandle::new(shutdown.clone());
        let ports = Ports {
            bus: Arc::new(self.bus.clone()),
            clock: self.clock.clone(),
            health: health.clone(),
            metrics: Metrics::off(),
            shutdown: shutdown.clone(),
        };
        Service {
            shutdown,
            health,
            task: tokio::spawn(run(ports)),
        }
    }

    async fn arm(&self, number: u64, due: u64) {
        let timer = Timer {
            revision: 1,
            due: START_MS + due,
            workflow: WorkflowRef {
                namespace: "shop".to_owned(),
                name: "order".to_owned(),
                version: "1.0.0".to_owned(),
            },
            reference: "/do/0/wait".to_owned(),
            traceparent: Some(TRACEPARENT.to_owned()),
            schedule: None,
        };
        self.put(number, timer.encode()).await;
    }

    async fn put(&self, number: u64, payload: impl Into<Vec<u8>>) {
        let message = Outgoing::new(Subject::timer(instance(number)), payload.into());
        self.bus.inner.publish(message).await.unwrap();
    }

    /// The next timeout: whose, when it was due and when it fired, since the start.
    async fn timeout(&mut self) -> (InstanceId, u64, u64) {
        self.timeouts(1).await[0]
    }

    async fn timeouts(&mut self, count: usize) -> Vec<(InstanceId, u64, u64)> {
        let mut again = tokio::time::interval(Duration::from_millis(1));
        let stored = timeout(Duration::from_hours(1), async {
            loop {
                let stored = self.bus.inner.messages(Stream::Inbox);
                if stored.len() >= self.seen + count {
                    return stored;
                }
                again.tick().await;
            }
        });
        let stored = stored.await.unwrap();
        let next = stored.iter().skip(self.seen).take(count);
        self.seen += count;
        next.map(|message| {
            let inbox = InboxSubject::parse(&message.subject).unwrap();
            let timeout = Timeout::decode(&message.payload).unwrap();
            assert_eq!(message.header(header::TRACEPARENT), Some(TRACEPARENT));
            (
                inbox.instance,
                timeout.due - START_MS,
                timeout.fired_at - START_MS,
            )
        })
        .collect()
    }

    async fn nothing_more(&self) {
        let an_hour = timeout(Duration::from_hours(1), std::future::pending::<()>());
        assert!(an_hour.await.is_err());
        assert_eq!(self.bus.inner.messages(Stream::Inbox).len(), self.seen);
    }
}

pub struct Service {
    shutdown: Shutdown,
    health: HealthHandle,
    task: JoinHandle<Result<(), TimerError>>,
}

impl Service {
    pub async fn until_ready(&self) {
        let mut again = tokio::time::interval(Duration::from_millis(1));
        while !self.health.reasons().is_empty() {
            again.tick().await;
        }
    }

    pub async fn stop(self) {
        self.shutdown.trigger();
        self.task.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn timers_fire_at_their_time() {
    let mut world = World::new();
    let service = world.timer();
    service.until_ready().await;
    world.arm(1, 5000).await;
    world.arm(2, 700).await;
    world.arm(3, 100_000).await;
    world.arm(4, 900).await;
    world.put(4, "").await;
    for (number, due) in [(2, 700), (1, 5000), (3, 100_000)] {
        assert_eq!(world.timeout().await, (instance(number), due, due));
    }
    world.nothing_more().await;
    service.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_came_due_while_nobody_was_there_fires_at_the_start() {
    let mut world = World::new();
    for (number, due) in [(1, 200), (2, 100), (3, 300), (1, 400)] {
        world.arm(number, due).await;
    }
    tokio::time::advance(Duration::from_mins(1)).await;
    let service = world.timer();
    for (number, due) in [(2, 100), (3, 300), (1, 400)] {
        assert_eq!(world.timeout().await, (instance(number), due, 60_000));
    }
    world.nothing_more().await;
    service.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_last_message_is_gone_is_read_to_its_end() {
    let world = World::new();
    world.arm(1, 100).await;
    let gone = Outgoing::new(Subject::timer(instance(1)), "");
    world
        .bus
        .inner
        .publish(gone.with_ttl(weir_bus::Ttl::Seconds(1)))
        .await
        .unwrap();
    tokio::time::advance(Duration::from_secs(2)).await;
    assert!(world.bus.inner.messages(Stream::Timers).is_empty());
    let service = world.timer();
    service.until_ready().await;
    service.stop().await;
}

#[tokio::test(start_paused = true)]
async fn replicas_fire_the_same_timeouts() {
    let mut world = World::new();
    let replicas = [world.timer(), world.timer()];
    for number in 0..10 {
        world.arm(number, 1000 + number).await;
    }
    for number in 0..10 {
        assert_eq!(world.timeout().await.0, instance(number));
    }
    world.nothing_more().await;
    for replica in replicas {
        replica.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_absent_bus_delays_timers_and_keeps_their_order() {
    let mut world = World::new();
    world.bus.failures.store(3, SeqCst);
    let service = world.timer();
    service.until_ready().await;
    for number in 0..1000 {
        world.arm(number, 100 + number / 10).await;
    }
    world.bus.failures.store(5, SeqCst);
    for (number, (fired, due, at)) in (0..).zip(world.timeouts(1000).await) {
        assert_eq!((fired, due), (instance(number), 100 + number / 10));
        assert!(at >= due);
    }
    world.nothing_more().await;
    service.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_no_timer_stops_nobody() {
    let mut world = World::new();
    let service = world.timer();
    world.put(1, "{").await;
    world
        .put(
            2,
            r#"{"revision":1,"due":1,"workflow":{"namespace":"a.b","name":"","version":""},"reference":""}"#,
        )
        .await;
    world.arm(3, 100).await;
    assert_eq!(world.timeout().await.0, instance(3));
    assert_eq!(world.bus.inner.messages(Stream::Timers).len(), 4);
    service.stop().await;
}
