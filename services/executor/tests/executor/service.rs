//! The service on the bus in memory: from the request to the outcome, whatever happens between.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinHandle};
use weir_bus::{Bus, Outgoing, Stored, memory::MemoryBus};
use weir_engine::WorkflowError;
use weir_executor::{
    Action, ExecutorError, Function, Functions, Ports, Settings, Shell, run_functions,
};
use weir_protocol::{
    Stream, Subject, Token, header,
    v1::{Format, Outcome},
};
use weir_runtime::{HealthHandle, Metrics, Shutdown};

use crate::{
    faulty::Faulty,
    support::{TRACEPARENT, parts_of, settings, until},
};

const INSTANCE: &str = "0190b2a8-0000-7000-8000-000000000001";
const MINUTE_MS: u64 = 60_000;

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// A broker whose clock can be put forward, and executors on it.
pub struct World {
    bus: Faulty,
    ahead_ms: Arc<AtomicU64>,
}

impl World {
    pub fn new() -> Self {
        let ahead_ms = Arc::new(AtomicU64::new(0));
        let ahead = ahead_ms.clone();
        let clock = Arc::new(move || now_ms() + ahead.load(SeqCst));
        Self {
            bus: Faulty::new(MemoryBus::new(clock)),
            ahead_ms,
        }
    }

    fn pass(&self, ms: u64) {
        self.ahead_ms.fetch_add(ms, SeqCst);
        self.bus.inner.tick();
    }

    /// Starts an executor.
    pub fn executor(&self, function: Arc<dyn Function>, settings: Settings) -> Executor {
        let shutdown = Shutdown::new();
        let ports = Ports {
            bus: Arc::new(self.bus.clone()),
            clock: weir_runtime::clock(),
            health: HealthHandle::new(shutdown.clone()),
            metrics: Metrics::off(),
            shutdown: shutdown.clone(),
        };
        let health = ports.health.clone();
        let run = run_functions(Functions::of(vec![function]), settings, ports);
        Executor {
            shutdown,
            health,
            task: tokio::spawn(run),
        }
    }

    async fn publish(&self, payload: impl Into<Vec<u8>>) {
        self.publish_to("shell", payload).await;
    }

    async fn publish_to(&self, function: &str, payload: impl Into<Vec<u8>>) {
        let subject = Subject::actions(&Token::new(function).unwrap());
        let message =
            Outgoing::new(subject, payload.into()).with_header(header::TRACEPARENT, TRACEPARENT);
        self.bus.inner.publish(message).await.unwrap();
    }

    async fn request(&self, task: u64, command: &str, deadline: u64) {
        let request = json!({ "function": "shell", "command": command, "return": "stdout" });
        self.request_with(task, request, Value::Null, deadline)
            .await;
    }

    /// Requests an action in which something is deferred, and returns its outcome.
    pub async fn deferred(&self, request: Value, deferred: Value) -> Outcome {
        let task = u64::try_from(self.outcomes().len()).unwrap() + 1;
        let deadline = now_ms() + MINUTE_MS;
        self.request_with(task, request, deferred, deadline).await;
        self.until_all_done().await;
        self.outcome_of(task)
    }

    async fn request_with(&self, task: u64, request: Value, deferred: Value, deadline: u64) {
        let function = request["function"].as_str().unwrap().to_owned();
        let mut request = json!({
            "id": format!("{INSTANCE}/do/0/a/{task}"),
            "instance": INSTANCE,
            "workflow": { "namespace": "shop", "name": "order", "version": "1.0.0" },
            "task": task,
            "reference": "/do/0/a",
            "replyTo": format!("weir.inbox.shop.order.{INSTANCE}.outcome"),
            "deadline": deadline,
            "request": request,
        });
        if !deferred.is_null() {
            request["deferred"] = deferred;
        }
        self.publish_to(&function, request.to_string()).await;
    }

    fn stored(&self, stream: Stream) -> Vec<Stored> {
        self.bus.inner.messages(stream)
    }

    pub async fn until_all_done(&self) {
        until("all actions are done", || {
            self.stored(Stream::Actions).is_empty()
        })
        .await;
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let stored = self.stored(Stream::Inbox);
        stored
            .iter()
            .map(|message| Outcome::decode(&message.payload).unwrap())
            .collect()
    }

    pub fn outcome_of(&self, task: u64) -> Outcome {
        self.outcomes()
            .into_iter()
            .find(|outcome| outcome.task == task)
            .unwrap()
    }
}

pub struct Executor {
    shutdown: Shutdown,
    health: HealthHandle,
    task: JoinHandle<Result<(), ExecutorError>>,
}

impl Executor {
    pub async fn stop(self) {
        self.shutdown.trigger();
        let ended = tokio::time::timeout(Duration::from_secs(20), self.task).await;
        ended.unwrap().unwrap().unwrap();
    }
}

/// A function whose actions end when the test says so.
struct Gate {
    calls: Mutex<Vec<String>>,
    running: AtomicUsize,
    running_max: AtomicUsize,
    open: Semaphore,
}

impl Gate {
    /// Lets `open` actions pass.
    fn new(open: usize) -> Arc<Self> {
        Arc::new(Self {
            calls: Mutex::default(),
            running: AtomicUsize::new(0),
            running_max: AtomicUsize::new(0),
            open: Semaphore::new(open),
        })
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    async fn until_called(&self, times: usize) {
        until("the function is called", || self.calls().len() == times).await;
    }
}

#[async_trait]
impl Function for Gate {
    fn name(&self) -> &'static str {
        "shell"
    }

    fn concurrency_max(&self) -> usize {
        2
    }

    async fn call(&self, action: &Action<'_>) -> Result<Value, WorkflowError> {
        self.calls.lock().unwrap().push(action.id.to_owned());
        let running = self.running.fetch_add(1, SeqCst) + 1;
        self.running_max.fetch_max(running, SeqCst);
        self.open.acquire().await.unwrap().forget();
        self.running.fetch_sub(1, SeqCst);
        Ok(json!("passed"))
    }
}

#[tokio::test]
async fn a_request_becomes_an_outcome() {
    let world = World::new();
    let executor = world.executor(Arc::new(Shell::new(&settings())), settings());
    world.request(1, "echo hello", now_ms() + MINUTE_MS).await;
    world.until_all_done().await;
    assert!(executor.health.reasons().is_empty());

    let stored = &world.stored(Stream::Inbox)[0];
    assert_eq!(stored.header(header::TRACEPARENT), Some(TRACEPARENT));
    let id = format!("{INSTANCE}/do/0/a/1");
    assert_eq!(
        stored.header(header::MESSAGE_ID),
        Some(format!("outcome/{id}").as_str())
    );
    let outcome = world.outcome_of(1);
    assert_eq!(outcome.id, id);
    assert_eq!(outcome.output.unwrap().as_value(), "hello\n");
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.executor.as_deref(), Some("test"));
    executor.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_goes_to_the_dead_letters_and_blocks_nobody() {
    let world = World::new();
    world.publish("{").await;
    world.request(1, "", now_ms() + MINUTE_MS).await;
    let executor = world.executor(Gate::new(1), settings());
    world.until_all_done().await;

    assert_eq!(world.outcomes().len(), 1);
    let dead = &world.stored(Stream::Dead)[0];
    assert_eq!(dead.payload, "{");
    assert_eq!(
        dead.header(header::DEAD_SUBJECT),
        Some("weir.actions.shell")
    );
    let reason = dead.header(header::DEAD_REASON).unwrap();
    assert!(
        reason.starts_with("unreadable action request: EOF"),
        "{reason}"
    );
    executor.stop().await;
}

#[tokio::test]
async fn what_not_even_the_dead_letters_take_stays_in_the_stream() {
    let world = World::new();
    world.bus.faults.no_dead_letters.store(true, SeqCst);
    world.publish("{").await;
    world.request(1, "", now_ms() + MINUTE_MS).await;
    let executor = world.executor(Gate::new(1), settings());
    until("the neighbour is done", || {
        world.stored(Stream::Actions).len() == 1
    })
    .await;
    assert_eq!(world.stored(Stream::Actions)[0].payload, "{");

    world.bus.faults.no_dead_letters.store(false, SeqCst);
    world.pass(10 * MINUTE_MS);
    world.until_all_done().await;
    assert_eq!(world.stored(Stream::Dead).len(), 1);
    executor.stop().await;
}

#[tokio::test]
async fn nobody_waits_for_an_expired_action() {
    let world = World::new();
    world.request(1, "", now_ms() - 1).await;
    let gate = Gate::new(1);
    let executor = world.executor(gate.clone(), settings());
    world.until_all_done().await;
    assert!(gate.calls().is_empty());
    assert!(world.outcomes().is_empty());
    executor.stop().await;
}

#[tokio::test]
async fn an_action_ends_at_its_deadline() {
    let world = World::new();
    let gate = Gate::new(0);
    let executor = world.executor(gate, settings());
    world.request(1, "", now_ms() + 100).await;
    world.until_all_done().await;
    let error = world.outcome_of(1).error.unwrap();
    assert_eq!(parts_of(&error), ("timeout", 408));
    executor.stop().await;
}

#[tokio::test]
async fn an_outcome_waits_for_the_bus_before_the_request_is_acknowledged() {
    let world = World::new();
    world.bus.faults.publishes.store(3, SeqCst);
    let executor = world.executor(Gate::new(1), settings());
    world.request(1, "", now_ms() + MINUTE_MS).await;
    until("some publishes fail", || {
        world.bus.faults.publishes.load(SeqCst) < 3
    })
    .await;
    world.until_all_done().await;
    assert_eq!(world.bus.faults.publishes.load(SeqCst), 0);
    assert_eq!(world.outcomes().len(), 1);
    executor.stop().await;
}

#[tokio::test]
async fn an_action_whose_acknowledgement_is_lost_is_done_again_with_the_same_id() {
    let world = World::new();
    world.bus.faults.acks.store(true, SeqCst);
    let gate = Gate::new(2);
    let executor = world.executor(gate.clone(), settings());
    world.request(1, "", now_ms() + 10 * MINUTE_MS).await;
    until("the outcome is out", || world.outcomes().len() == 1).await;
    assert_eq!(world.stored(Stream::Actions).len(), 1);

    world.bus.faults.acks.store(false, SeqCst);
    // Beyond the window in which the broker itself drops repetitions, too.
    world.pass(3 * MINUTE_MS);
    world.until_all_done().await;
    let calls = gate.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0], calls[1]);
    let outcomes = world.outcomes();
    assert_eq!(outcomes.len(), 2);
    assert_eq!(outcomes[0], outcomes[1]);
    executor.stop().await;
}

#[tokio::test]
async fn a_running_action_gives_signs_of_life() {
    let world = World::new();
    let gate = Gate::new(0);
    let short = Settings {
        ack_wait: Duration::from_millis(15),
        ..settings()
    };
    let executor = world.executor(gate.clone(), short);
    world.request(1, "", now_ms() + MINUTE_MS).await;
    let progress = &world.bus.faults.progress;
    until("two signs of life", || progress.load(SeqCst) >= 2).await;
    gate.open.add_permits(1);
    world.until_all_done().await;
    assert_eq!(gate.calls().len(), 1);
    executor.stop().await;
}

#[tokio::test]
async fn no_more_actions_run_than_may() {
    let world = World::new();
    let gate = Gate::new(0);
    for task in 1..=6 {
        world.request(task, "", now_ms() + MINUTE_MS).await;
    }
    let executor = world.executor(gate.clone(), settings());
    gate.until_called(2).await;
    gate.open.add_permits(6);
    world.until_all_done().await;
    assert_eq!(gate.calls().len(), 6);
    assert_eq!(gate.running_max.load(SeqCst), 2);
    executor.stop().await;
}

#[tokio::test]
async fn a_stopping_executor_ends_what_it_has_begun_and_begins_nothing() {
    let world = World::new();
    let gate = Gate::new(0);
    let executor = world.executor(gate.clone(), settings());
    world.request(1, "", now_ms() + MINUTE_MS).await;
    gate.until_called(1).await;
    executor.shutdown.trigger();
    world.request(2, "", now_ms() + MINUTE_MS).await;
    gate.open.add_permits(2);
    executor.stop().await;
    assert_eq!(gate.calls().len(), 1);
    assert_eq!(world.outcomes().len(), 1);
    assert_eq!(world.stored(Stream::Actions).len(), 1);
}

#[tokio::test]
async fn what_does_not_end_within_the_grace_period_goes_to_another_executor_at_once() {
    let world = World::new();
    let first = Gate::new(0);
    let hasty = Settings {
        grace: Duration::from_millis(10),
        ..settings()
    };
    let executor = world.executor(first.clone(), hasty);
    world.request(1, "", now_ms() + MINUTE_MS).await;
    first.until_called(1).await;
    executor.stop().await;
    assert!(world.outcomes().is_empty());

    let second = Gate::new(1);
    let executor = world.executor(second.clone(), settings());
    world.until_all_done().await;
    assert_eq!(second.calls(), first.calls());
    executor.stop().await;
}

/// A defect.
struct Panics(AtomicUsize);

#[async_trait]
impl Function for Panics {
    fn name(&self) -> &'static str {
        "shell"
    }

    fn concurrency_max(&self) -> usize {
        1
    }

    async fn call(&self, _: &Action<'_>) -> Result<Value, WorkflowError> {
        assert!(self.0.fetch_add(1, SeqCst) > 0, "the first call fails");
        Ok(Value::Null)
    }
}

#[tokio::test]
async fn a_panic_costs_one_delivery() {
    let world = World::new();
    let function = Arc::new(Panics(AtomicUsize::new(0)));
    let executor = world.executor(function.clone(), settings());
    world.request(1, "", now_ms() + 10 * MINUTE_MS).await;
    until("the first call panics", || function.0.load(SeqCst) == 1).await;
    until("it is due again", || {
        world.pass(MINUTE_MS);
        function.0.load(SeqCst) == 2
    })
    .await;
    world.until_all_done().await;
    executor.stop().await;
}
