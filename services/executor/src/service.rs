//! The service: receives actions, a bounded number at a time, until it is told to stop.

use std::sync::Arc;

use tokio::{
    sync::Semaphore,
    task::{JoinError, JoinSet},
};
use weir_bus::{Bus, BusError, Consumer, Deliveries, Patient, Pauses};
use weir_protocol::Token;
use weir_runtime::{Clock, HealthHandle, Metrics, Shutdown};

use crate::{
    ExecutorError, Function, Functions, Secrets, Settings, http_client, metrics::ActionMetrics,
    token::Tokens, worker::Worker,
};

/// What an executor is run with.
#[derive(Clone)]
pub struct Ports {
    /// Where actions come from and outcomes go to.
    pub bus: Arc<dyn Bus>,
    /// What time it is: for deadlines.
    pub clock: Clock,
    /// Told once actions are received.
    pub health: HealthHandle,
    /// Receives durations and counts.
    pub metrics: Metrics,
    /// Triggered when the executor must end.
    pub shutdown: Shutdown,
}

/// Does actions until `shutdown` is triggered: then takes no more, lets the running ones end
/// within the grace period, and gives back those that do not.
///
/// # Errors
/// It cannot start, or the bus refuses to deliver.
pub async fn run(settings: Settings, ports: Ports) -> Result<(), ExecutorError> {
    let functions = Functions::new(&settings, &ports.clock)?;
    run_functions(functions, settings, ports).await
}

/// As [`run`], with functions of the caller's choice.
///
/// # Errors
/// As [`run`].
pub async fn run_functions(
    functions: Functions,
    settings: Settings,
    ports: Ports,
) -> Result<(), ExecutorError> {
    let functions = functions.into_vec();
    // If one function cannot go on, the others stop in order, too: then the process can be
    // started anew.
    let ports = Ports {
        shutdown: ports.shutdown.child(),
        ..ports
    };
    let bus = Patient::new(ports.bus.clone());
    let secrets = Secrets::new(
        settings.secrets_folder.clone(),
        settings.secrets_prefix.clone(),
    );
    let tokens = Arc::new(Tokens::new(http_client()?, ports.clock.clone()));
    let mut serving = JoinSet::new();
    for function in functions.iter().cloned() {
        serving.spawn(serve(
            function,
            bus.clone(),
            secrets.clone(),
            tokens.clone(),
            settings.clone(),
            ports.clone(),
        ));
    }
    let mut tending = JoinSet::new();
    for function in &functions {
        let function = function.clone();
        tending.spawn(async move { function.tend().await });
    }
    let mut ended = Ok(());
    while let Some(joined) = serving.join_next().await {
        let one = joined.unwrap_or_else(|error| Err(panicked(&error)));
        if one.is_err() {
            ports.shutdown.trigger();
            ended = ended.and(one);
        }
    }
    tending.shutdown().await;
    for function in &functions {
        function.close().await;
    }
    ended
}

async fn serve(
    function: Arc<dyn Function>,
    bus: Patient,
    secrets: Secrets,
    tokens: Arc<Tokens>,
    settings: Settings,
    ports: Ports,
) -> Result<(), ExecutorError> {
    let name = function.name();
    let interrupt = Shutdown::new();
    let slots = Arc::new(Semaphore::new(function.concurrency_max()));
    ports.health.set_ready(name, false, "waiting for the bus");
    let deliveries = tokio::select! {
        joined = join(&*ports.bus, name) => joined?,
        () = ports.shutdown.triggered() => return Ok(()),
    };
    ports.health.set_ready(name, true, "");
    let worker = Arc::new(Worker {
        metrics: ActionMetrics::new(&ports.metrics, name),
        function,
        bus,
        secrets,
        tokens,
        clock: ports.clock,
        payload_bytes_max: settings
            .payload_bytes_max
            .min(ports.bus.payload_bytes_max()),
        heartbeat: settings.ack_wait / 3,
        interrupt: interrupt.clone(),
        name: settings.name,
    });

    let mut running = JoinSet::new();
    let ended = receive(deliveries, &worker, &slots, &mut running, &ports.shutdown).await;
    let all = async { while running.join_next().await.inspect(log_panic).is_some() {} };
    tokio::pin!(all);
    if tokio::time::timeout(settings.grace, &mut all)
        .await
        .is_err()
    {
        interrupt.trigger();
        all.await;
    }
    ended
}

/// Takes deliveries, each with a slot to run in, until `shutdown`.
async fn receive(
    mut deliveries: Box<dyn Deliveries>,
    worker: &Arc<Worker>,
    slots: &Arc<Semaphore>,
    running: &mut JoinSet<()>,
    shutdown: &Shutdown,
) -> Result<(), ExecutorError> {
    let function = worker.function.name();
    let stop = shutdown.triggered();
    tokio::pin!(stop);
    loop {
        // The slot comes first: a message that waits for one is better delivered to others.
        let next = async {
            let slot = slots.clone().acquire_owned().await;
            deliveries.room(slots.available_permits() + 1);
            (slot, deliveries.next().await)
        };
        let (slot, delivery) = tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            next = next => next,
        };
        let delivery = delivery.map_err(|source| ExecutorError::Receive { function, source })?;
        let worker = worker.clone();
        running.spawn(async move {
            worker.handle(delivery).await;
            drop(slot);
        });
        while let Some(joined) = running.try_join_next() {
            log_panic(&joined);
        }
    }
}

/// Joins the consumer of `function`; waits for the bus.
async fn join(bus: &dyn Bus, function: &'static str) -> Result<Box<dyn Deliveries>, ExecutorError> {
    let refused = |source| ExecutorError::Receive { function, source };
    let token =
        Token::new(function).map_err(|error| refused(BusError::Refused(error.to_string())))?;
    let consumer = Consumer::Actions { function: token };
    let mut pauses = Pauses::default();
    loop {
        match bus.consume(&consumer).await {
            Ok(deliveries) => return Ok(deliveries),
            Err(BusError::Unavailable(_)) => pauses.pause().await,
            Err(
                error @ (BusError::Conflict(_)
                | BusError::TooLarge { .. }
                | BusError::Full(_)
                | BusError::Refused(_)),
            ) => return Err(refused(error)),
        }
    }
}

/// A panic is a defect: the message is delivered again, until its deadline.
fn log_panic(joined: &Result<(), JoinError>) {
    if let Err(error) = joined {
        tracing::error!(%error, "an action panicked, it will be delivered again");
    }
}

fn panicked(error: &JoinError) -> ExecutorError {
    ExecutorError::Panicked(error.to_string())
}
