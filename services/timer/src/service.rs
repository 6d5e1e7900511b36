//! The service: follows the stream of timers, sleeps until the next one is due, publishes.

use std::{sync::Arc, time::Duration};

use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;
use weir_bus::{Bus, BusError, Follower, From, Outgoing, Patient, Pauses, Stored};
use weir_engine::InstanceId;
use weir_protocol::{Stream, Subject};
use weir_runtime::{Clock, HealthHandle, Metrics, Shutdown, telemetry::Durations};

use crate::{Fire, Input, Timers};

/// The clock is read again after this long, whatever is due when: it may be set.
const SLEEP_MS_MAX: u64 = 1000;

/// What health says about.
const COMPONENT: &str = "timers";

/// Nobody's timer. A replica disarms it when it starts: where it finds that message, it knows all
/// timers there were. (The stream's last message may have gone by then, so its number does not
/// tell.)
const MARK: InstanceId = InstanceId(Uuid::nil());

/// What a timer is run with.
#[derive(Clone)]
pub struct Ports {
    /// Where timers come from and timeouts go to.
    pub bus: Arc<dyn Bus>,
    /// What time it is.
    pub clock: Clock,
    /// Told once all timers are known.
    pub health: HealthHandle,
    /// Receives the lateness.
    pub metrics: Metrics,
    /// Triggered when the timer must end.
    pub shutdown: Shutdown,
}

/// A timer that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum TimerError {
    /// The bus refuses what waiting does not mend.
    #[error("timers cannot be read: {0}")]
    Follow(BusError),
    /// The bus refuses what waiting does not mend.
    #[error("timeouts cannot be published: {0}")]
    Publish(BusError),
    /// A defect.
    #[error("the timer panicked: {0}")]
    Panicked(#[from] JoinError),
}

/// Fires timers until `shutdown` is triggered.
///
/// # Errors
/// The bus refuses.
pub async fn run(ports: Ports) -> Result<(), TimerError> {
    let stop = ports.shutdown.triggered();
    tokio::select! {
        () = stop => Ok(()),
        ended = Service::new(ports).serve() => ended,
    }
}

struct Service {
    bus: Arc<dyn Bus>,
    patient: Patient,
    clock: Clock,
    health: HealthHandle,
    lateness: Durations,
    timers: Timers,
    /// The batch on its way, if any.
    publishing: JoinSet<Result<(), BusError>>,
}

impl Service {
    fn new(ports: Ports) -> Self {
        let description = "How long after they were due timeouts are stored";
        Self {
            patient: Patient::new(ports.bus.clone()),
            bus: ports.bus,
            clock: ports.clock,
            health: ports.health,
            lateness: ports.metrics.durations("weir.timer.lateness", description),
            timers: Timers::new(),
            publishing: JoinSet::new(),
        }
    }

    async fn serve(mut self) -> Result<(), TimerError> {
        self.health
            .set_ready(COMPONENT, false, "reading the timers");
        let mark = Outgoing::new(Subject::timer(MARK), "");
        let mark = self
            .patient
            .publish(mark)
            .await
            .map_err(TimerError::Publish)?
            .sequence;
        let mut follower = self.follow().await?;
        self.health
            .set_ready(COMPONENT, false, "reading the timers");
        let mut caught_up = false;
        loop {
            let due = self.timers.next_due();
            // What is on its way first, what is due before what is new: so the stream of new
            // timers does not delay those that are due.
            tokio::select! {
                biased;
                Some(published) = self.publishing.join_next() => {
                    published?.map_err(TimerError::Publish)?;
                    self.step(Input::Stored);
                }
                () = sleep_until(due, &self.clock) => self.step(Input::Tick),
                message = follower.next() => {
                    let message = message.map_err(TimerError::Follow)?;
                    self.take(&message);
                    if !caught_up && message.sequence >= mark {
                        caught_up = true;
                        self.step(Input::CaughtUp);
                        tracing::info!(timers = self.timers.len(), "all timers are known");
                        self.health.set_ready(COMPONENT, true, "");
                    }
                }
            }
        }
    }

    async fn follow(&self) -> Result<Box<dyn Follower>, TimerError> {
        let mut pauses = Pauses::default();
        loop {
            match self.bus.follow(Stream::Timers, From::Start).await {
                Ok(follower) => return Ok(follower),
                Err(BusError::Unavailable(_)) => pauses.pause().await,
                Err(
                    error @ (BusError::Conflict(_)
                    | BusError::TooLarge { .. }
                    | BusError::Full(_)
                    | BusError::Refused(_)),
                ) => return Err(TimerError::Follow(error)),
            }
        }
    }

    fn take(&mut self, message: &Stored) {
        match Input::read(message) {
            Ok(input) => self.step(input),
            // It stays in the stream: nothing is lost, and whoever reads it later may know better.
            Err(error) => tracing::error!(
                %error,
                subject = message.subject,
                sequence = message.sequence,
                "a timer cannot be read and will not fire"
            ),
        }
    }

    fn step(&mut self, input: Input) {
        let fires = self.timers.step(input, (self.clock)());
        if !fires.is_empty() {
            let sending = send(
                fires,
                self.patient.clone(),
                self.lateness.clone(),
                self.clock.clone(),
            );
            self.publishing.spawn(sending);
        }
    }
}

async fn send(
    fires: Vec<Fire>,
    bus: Patient,
    lateness: Durations,
    clock: Clock,
) -> Result<(), BusError> {
    bus.publish_all(fires.iter().map(Fire::message).collect())
        .await?;
    let now_ms = clock();
    for next in fires.iter().filter_map(Fire::next) {
        match bus.publish(next).await {
            // Another replica was first, or another version was deployed.
            Ok(_) | Err(BusError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    for fire in &fires {
        lateness.record(Duration::from_millis(now_ms.saturating_sub(fire.due)), &[]);
    }
    Ok(())
}

/// Sleeps until it may be `due`; without one, for ever.
async fn sleep_until(due: Option<u64>, clock: &Clock) {
    match due.map(|due| due.saturating_sub(clock())) {
        Some(0) => {}
        Some(left_ms) => tokio::time::sleep(Duration::from_millis(left_ms.min(SLEEP_MS_MAX))).await,
        None => std::future::pending().await,
    }
}
