//! Everything around a scheduler, in memory.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::Value;
use tokio::{sync::Mutex, sync::Notify, task::JoinHandle, time::timeout};
use uuid::Uuid;
use weir_bus::{
    Bus, BusError, Consumer, Deliveries, Follower, From, Outgoing, Overlay, Stored,
    memory::MemoryBus,
};
use weir_catalog::{Catalog, DeployError};
use weir_graph::{Limits, Program, WorkflowRef};
use weir_journal::{Entry, Journal, JournalError, Position, memory::MemoryJournal};
use weir_protocol::{
    InboxKind, InstanceId, Revision, Stream, Subject, Token,
    v1::{self, Format},
};
use weir_runtime::{HealthHandle, Metrics, Shutdown};
use weir_scheduler::{Input, Instance, Ports, Settings, Step, step};

/// Nothing in these tests takes long; what does has failed.
const PATIENCE: Duration = Duration::from_secs(20);

const TWO_TASKS: &str = "
document: { dsl: '1.0.3', namespace: test, name: two, version: '1.0.0' }
do:
  - call:
      call: http
      with: { method: get, endpoint: http://localhost/ }
  - keep:
      set: { got: '${ . }' }
";

pub const TWO_CALLS: &str = "
document: { dsl: '1.0.3', namespace: test, name: two, version: '1.0.0' }
do:
  - first:
      call: http
      with: { method: get, endpoint: http://localhost/ }
  - second:
      call: http
      with: { method: get, endpoint: http://localhost/ }
";

pub struct World {
    pub memory: MemoryBus,
    pub bus: Arc<dyn Bus>,
    pub journal: Arc<dyn Journal>,
    now_ms: Arc<AtomicU64>,
    workflow: WorkflowRef,
    actions: Mutex<Box<dyn Deliveries>>,
    dead: Mutex<Box<dyn Follower>>,
}

/// The id of the instance with a number.
pub fn run(number: u128) -> InstanceId {
    InstanceId(Uuid::from_u128(number + 1))
}

/// A successful outcome.
pub fn outcome(action: &v1::ActionRequest, output: &Value) -> Vec<u8> {
    let outcome = v1::Outcome {
        id: action.id.clone(),
        task: action.task,
        output: Some(output.clone().into()),
        error: None,
        executor: None,
    };
    outcome.encode()
}

impl World {
    /// With a workflow of two tasks deployed.
    pub async fn new() -> Self {
        Self::running(TWO_TASKS).await
    }

    /// With a workflow deployed.
    pub async fn running(source: &str) -> Self {
        let now_ms = Arc::new(AtomicU64::new(1_000_000));
        let clock = now_ms.clone();
        let memory = MemoryBus::new(Arc::new(move || clock.load(Ordering::Relaxed)));
        let bus: Arc<dyn Bus> = Arc::new(memory.clone());
        let catalog = Catalog::new(bus.clone());
        let deployed = catalog
            .deploy(source.to_owned(), Limits::default(), 0)
            .await
            .unwrap();
        let http = Consumer::Actions {
            function: Token::new("http").unwrap(),
        };
        Self {
            actions: Mutex::new(bus.consume(&http).await.unwrap()),
            dead: Mutex::new(bus.follow(Stream::Dead, From::Start).await.unwrap()),
            memory,
            bus,
            journal: Arc::new(MemoryJournal::default()),
            now_ms,
            workflow: deployed.program.workflow.clone(),
        }
    }

    /// Deploys another workflow.
    pub async fn deploy(&self, source: &str) -> Result<Arc<Program>, DeployError> {
        let catalog = Catalog::new(self.bus.clone());
        let deployed = catalog
            .deploy(source.to_owned(), Limits::default(), 0)
            .await?;
        Ok(deployed.program)
    }

    /// From now on, schedulers panic on whatever comes for this instance.
    pub fn panic_on(&mut self, instance: InstanceId) {
        self.journal = Arc::new(PanickingJournal {
            inner: self.journal.clone(),
            on: instance,
        });
    }

    pub fn start_scheduler(&self, bus: Arc<dyn Bus>) -> Running {
        let shutdown = Shutdown::new();
        let settings = Settings {
            instances_max: 100,
            in_flight_max: 16,
        };
        let clock = self.now_ms.clone();
        let clock = Arc::new(move || clock.load(Ordering::Relaxed));
        let ports = Ports {
            bus,
            journal: self.journal.clone(),
            clock,
            health: HealthHandle::new(shutdown.clone()),
            metrics: Metrics::off(),
            shutdown: shutdown.clone(),
        };
        let task = tokio::spawn(weir_scheduler::run(settings, ports));
        Running { shutdown, task }
    }

    pub fn start_form(&self, input: &Value) -> v1::Start {
        v1::Start {
            workflow: (&self.workflow).into(),
            input: input.clone().into(),
            since: None,
            parent: None,
        }
    }

    pub fn start(&self, input: &Value) -> Vec<u8> {
        self.start_form(input).encode()
    }

    pub async fn start_instance(&self, number: u128, input: &Value) -> InstanceId {
        let id = run(number);
        self.send(
            id,
            InboxKind::Start,
            &format!("start/{id}"),
            self.start(input),
        )
        .await;
        id
    }

    pub async fn send(&self, id: InstanceId, kind: InboxKind, key: &str, payload: Vec<u8>) {
        let subject = Subject::inbox(&self.workflow, id, kind).unwrap();
        let key = format!("{}/{key}", kind.token());
        self.bus
            .publish(Outgoing::new(subject, payload).with_id(key))
            .await
            .unwrap();
    }

    /// The next action that is requested; taken.
    pub async fn action(&self) -> v1::ActionRequest {
        let delivery = timeout(PATIENCE, self.actions.lock().await.next())
            .await
            .expect("an action")
            .unwrap();
        delivery.ack().await.unwrap();
        v1::ActionRequest::decode(&delivery.message.payload).unwrap()
    }

    /// Serves an outcome as another scheduler would that has died since: up to the record.
    pub async fn served_elsewhere(&self, id: InstanceId, outcome: &[u8]) {
        let entries = self.journal.read(id, Revision(0)).await.unwrap();
        let (instance, _) = Instance::load(id, &entries).unwrap();
        let before = instance.position;
        let catalog = Catalog::new(self.bus.clone());
        let program = catalog.program(&self.workflow).await.unwrap();
        let input = Input {
            instance: id,
            kind: InboxKind::Outcome,
            starts: None,
            message: v1::Outcome::decode(outcome).unwrap().to_message(),
            cause: v1::Cause {
                kind: "outcome".to_owned(),
                id: "elsewhere".to_owned(),
            },
            traceparent: None,
        };
        let now_ms = self.now_ms.load(Ordering::Relaxed);
        let step = step(&program, instance, &input, now_ms);
        let Step::Record { record, .. } = step else {
            panic!("{step:?}");
        };
        self.journal.append(id, before, &record).await.unwrap();
    }

    pub async fn dead_letter(&self) -> Stored {
        timeout(PATIENCE, self.dead.lock().await.next())
            .await
            .expect("a dead letter")
            .unwrap()
    }

    /// The names of an instance's lifecycle events, up to and with `last`.
    pub async fn trace_until(&self, id: InstanceId, last: &str) -> Vec<String> {
        let mut follower = self.bus.follow(Stream::Trace, From::Start).await.unwrap();
        let mut names = Vec::new();
        let read = async {
            while names.last().is_none_or(|name| name != last) {
                let message = follower.next().await.unwrap();
                if let Some((_, name)) = message.subject.split_once(&format!("{id}.")) {
                    names.push(name.to_owned());
                }
            }
        };
        timeout(PATIENCE, read).await.expect("the trace goes on");
        names
    }

    /// Waits until no message waits in the inbox.
    pub async fn drained(&self) {
        let empty = async {
            while !self.memory.messages(Stream::Inbox).is_empty() {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, empty)
            .await
            .expect("all messages are acknowledged");
    }

    /// Whatever was delivered and not acknowledged is delivered again.
    pub fn redeliver(&self) {
        self.now_ms.fetch_add(60_000, Ordering::Relaxed);
        self.memory.tick();
    }

    /// A bus that publishes nothing in batches.
    pub fn broken_bus(&self) -> Arc<BrokenBus> {
        Arc::new(BrokenBus {
            bus: self.bus.clone(),
            failed: Notify::new(),
        })
    }
}

/// A scheduler that runs.
pub struct Running {
    shutdown: Shutdown,
    task: JoinHandle<Result<(), BusError>>,
}

impl Running {
    pub async fn stop(self) {
        self.shutdown.trigger();
        timeout(PATIENCE, self.task)
            .await
            .expect("it stops")
            .unwrap()
            .unwrap();
    }

    /// As if its process had died: nothing it had in hand is finished or given back.
    pub fn kill(self) {
        self.task.abort();
    }
}

struct PanickingJournal {
    inner: Arc<dyn Journal>,
    on: InstanceId,
}

#[async_trait]
impl Journal for PanickingJournal {
    async fn append(
        &self,
        instance: InstanceId,
        expected: Position,
        record: &v1::Record,
    ) -> Result<Position, JournalError> {
        self.inner.append(instance, expected, record).await
    }

    async fn read(
        &self,
        instance: InstanceId,
        after: Revision,
    ) -> Result<Vec<Entry>, JournalError> {
        assert!(instance != self.on, "no journal");
        self.inner.read(instance, after).await
    }
}

pub struct BrokenBus {
    bus: Arc<dyn Bus>,
    failed: Notify,
}

impl BrokenBus {
    /// Waits until a batch was refused.
    pub async fn failed(&self) {
        timeout(PATIENCE, self.failed.notified())
            .await
            .expect("a batch is published");
    }
}

#[async_trait]
impl Overlay for BrokenBus {
    fn under(&self) -> &dyn Bus {
        &*self.bus
    }

    async fn publish_all(&self, _: Vec<Outgoing>) -> Result<(), BusError> {
        self.failed.notify_one();
        Err(BusError::Unavailable("this bus is broken".to_owned()))
    }
}
