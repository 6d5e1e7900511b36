//! Serves one message to one instance: load, decide, append, publish, acknowledge.

use std::{
    any::Any,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, error, info_span, warn};
use weir_bus::{Bus, Delivery, dead_letter};
use weir_catalog::{Catalog, CatalogError};
use weir_engine::{BOUND_EXCEEDED, ErrorKind, Ignored, InstanceId, Message, Revision, State};
use weir_graph::Program;
use weir_journal::{Journal, JournalError};
use weir_runtime::{Clock, telemetry::set_parent_from};

use crate::{Input, Instance, Outputs, Step, metrics::StepMetrics, schedule, step, timer};

/// First pause before something unavailable is tried again; doubles up to the last.
const BACKOFF_MS: u64 = 50;
const BACKOFF_MS_MAX: u64 = 5_000;
/// A message for an instance that has not started waits for its start so often, so long.
const EARLY_ATTEMPTS_MAX: u64 = 30;
const EARLY_PAUSE_MS: u64 = 1_000;
/// A message that the scheduler panics on is delivered so often, with such pauses.
const PANICS_MAX: u64 = 3;
const PANIC_PAUSE_MS: u64 = 5_000;

pub(crate) struct Server {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) catalog: Catalog,
    pub(crate) clock: Clock,
    pub(crate) metrics: StepMetrics,
    /// Nothing is tried again once this is cancelled.
    pub(crate) stop: CancellationToken,
}

/// What became of a message.
enum Served {
    Done,
    /// Deliver it again, after so many milliseconds.
    Later(u64),
    /// It can never be processed.
    Dead(String),
}

/// Why a message is served once more.
enum Again {
    /// Another writer was first.
    Reload,
    /// There is nothing to do, as far as memory tells.
    Doubtful,
    /// Something is unavailable.
    Pause(String),
    /// The record does not fit: the instance is told so instead.
    TooLarge(JournalError),
}

impl Server {
    /// Serves `input` and answers its delivery. `slot` is the instance, if it is in memory; it is
    /// left empty when what is in memory cannot be trusted.
    pub(crate) async fn serve(
        &self,
        slot: &mut Option<Instance>,
        delivery: &Delivery,
        input: Input,
    ) {
        let span = info_span!("step", instance = %input.instance, kind = input.kind.token());
        if let Some(traceparent) = &input.traceparent {
            set_parent_from(&span, traceparent);
        }
        let (begun, kind) = (Instant::now(), input.kind);
        let served = self.repeat(slot, delivery, input).instrument(span).await;
        self.metrics.served(begun.elapsed(), kind);
        let answered = match served {
            Served::Done => delivery.ack().await,
            Served::Later(after_ms) => delivery.acknowledge.retry(after_ms).await,
            Served::Dead(reason) => return self.bury(delivery, &reason).await,
        };
        if let Err(error) = answered {
            // It will be delivered again, and recognised.
            debug!(%error, "an acknowledgement was lost");
        }
    }

    /// Moves a message to the dead letters.
    pub(crate) async fn bury(&self, delivery: &Delivery, reason: &str) {
        self.metrics.dead();
        let message = &delivery.message;
        error!(
            subject = message.subject,
            sequence = message.sequence,
            reason,
            "dead letter"
        );
        let answered = match self.bus.publish(dead_letter(delivery, reason)).await {
            Ok(_) => delivery.ack().await,
            Err(_) => delivery.acknowledge.retry(BACKOFF_MS_MAX).await,
        };
        if let Err(error) = answered {
            debug!(%error, "an acknowledgement was lost");
        }
    }

    /// The scheduler panicked on a message: it comes again a few times, in case that was not its
    /// fault, and then goes to the dead letters.
    pub(crate) async fn panicked(&self, delivery: &Delivery, said: &str) {
        let attempts = delivery.attempt;
        let reason = format!("the scheduler panicked on it, {attempts} times: {said}");
        if delivery.attempt >= PANICS_MAX {
            return self.bury(delivery, &reason).await;
        }
        error!(subject = delivery.message.subject, reason, "a defect");
        if let Err(error) = delivery.acknowledge.retry(PANIC_PAUSE_MS).await {
            debug!(%error, "it will come again after its time");
        }
    }

    async fn repeat(
        &self,
        slot: &mut Option<Instance>,
        delivery: &Delivery,
        mut input: Input,
    ) -> Served {
        let mut backoff = Backoff::default();
        loop {
            match self.attempt(slot, delivery, &input).await {
                Ok(served) => return served,
                Err(Again::Reload) => {
                    debug!("another writer was first: reading again");
                    self.metrics.conflict();
                }
                Err(Again::Doubtful) => debug!("nothing to do: making sure"),
                Err(Again::Pause(reason)) => {
                    warn!(reason, "unavailable: trying again");
                    if !self.pause(&mut backoff).await {
                        return Served::Later(0);
                    }
                }
                Err(Again::TooLarge(error)) => {
                    if matches!(input.message, Message::FailInstance { .. }) {
                        return Served::Dead(error.to_string());
                    }
                    warn!(%error, "the instance faults");
                    let error = ErrorKind::Runtime.error(format!("a step does not fit: {error}"));
                    input.message = Message::FailInstance { error };
                }
            }
        }
    }

    async fn attempt(
        &self,
        slot: &mut Option<Instance>,
        delivery: &Delivery,
        input: &Input,
    ) -> Result<Served, Again> {
        let remembered = slot.take();
        let from_memory = remembered.is_some();
        let instance = match remembered {
            Some(instance) => instance,
            None => match self.load(input.instance).await {
                Ok(instance) => instance,
                Err(JournalError::Unavailable(reason)) => return Err(Again::Pause(reason)),
                Err(error) => return Ok(Served::Dead(error.to_string())),
            },
        };
        let program = match self.program(&instance, input).await {
            Ok(Some(program)) => program,
            Ok(None) => return Ok(not_started(delivery)),
            Err(CatalogError::Unavailable(error)) => return Err(Again::Pause(error.to_string())),
            Err(error) => return Ok(Served::Dead(error.to_string())),
        };
        let before = instance.position;
        match step(&program, instance, input, (self.clock)()) {
            Step::Nothing(Ignored::NotStarted, _) => Ok(not_started(delivery)),
            // Another scheduler may have written since, and what is waited for only its record
            // tells: an append would have shown it, doing nothing does not.
            Step::Nothing(..) if from_memory => Err(Again::Doubtful),
            Step::Nothing(reason, instance) => {
                debug!(?reason, "nothing to do");
                self.reschedule(&program, &instance).await?;
                *slot = Some(*instance);
                Ok(Served::Done)
            }
            Step::Record {
                record,
                outputs,
                mut instance,
            } => {
                let appended = self.journal.append(input.instance, before, &record).await;
                instance.position = appended.map_err(|error| match error {
                    JournalError::Conflict(_) => Again::Reload,
                    JournalError::TooLarge { .. } => Again::TooLarge(error),
                    // Whether it was appended shows when it is read again.
                    JournalError::Unavailable(_) | JournalError::Unreadable { .. } => {
                        Again::Pause(error.to_string())
                    }
                })?;
                if has_exceeded_its_bound(&instance.state) {
                    error!(instance = %input.instance, "a static bound was exceeded");
                    self.metrics.exceeded();
                }
                if !self.publish(&mut instance, &outputs).await {
                    // Not all is out: whoever serves it next begins with this record.
                    return Ok(Served::Later(0));
                }
                self.reschedule(&program, &instance).await?;
                *slot = Some(*instance);
                Ok(Served::Done)
            }
        }
    }

    /// If the instance has ended, its workflow may start again.
    async fn reschedule(&self, program: &Program, instance: &Instance) -> Result<(), Again> {
        schedule::ended(&*self.bus, program, &instance.state, (self.clock)())
            .await
            .map_err(|error| Again::Pause(error.to_string()))
    }

    /// Reads an instance from its journal, and makes sure that its last record's outputs are out.
    async fn load(&self, id: InstanceId) -> Result<Instance, JournalError> {
        let entries = self.journal.read(id, Revision(0)).await?;
        let (mut instance, last) = Instance::load(id, &entries)?;
        match last {
            Some(outputs) if !self.publish(&mut instance, &outputs).await => {
                Err(JournalError::Unavailable("stopping".to_owned()))
            }
            _ => Ok(instance),
        }
    }

    /// The program that the instance runs, or is to run; none if it has not started.
    async fn program(
        &self,
        instance: &Instance,
        input: &Input,
    ) -> Result<Option<Arc<Program>>, CatalogError> {
        let workflow = match (&input.starts, instance.position.revision) {
            (Some(workflow), Revision(0)) => workflow,
            (None, Revision(0)) => return Ok(None),
            _ => &instance.state.workflow,
        };
        self.catalog.program(workflow).await.map(Some)
    }

    /// Publishes until all is stored; gives up (false) only when stopping.
    async fn publish(&self, instance: &mut Instance, outputs: &Outputs) -> bool {
        for error in &outputs.errors {
            error!(%error, "a message cannot be built");
        }
        let (id, revision) = (instance.state.instance, instance.position.revision.0);
        let mut backoff = Backoff::default();
        let mut messages = Some(&outputs.messages).filter(|messages| !messages.is_empty());
        let mut due = outputs.timer.as_ref();
        loop {
            let known = instance.timer_sequence;
            let (published, timed) = tokio::join!(
                async {
                    let Some(messages) = messages else {
                        return Ok(());
                    };
                    self.bus.publish_all(messages.clone()).await
                },
                async {
                    let Some(due) = due else { return Ok(known) };
                    timer::publish(&*self.bus, id, due, revision, known)
                        .await
                        .map(Some)
                }
            );
            if published.is_ok() {
                messages = None;
            }
            if let Ok(sequence) = timed {
                instance.timer_sequence = sequence;
                due = None;
            }
            let Err(error) = published.and(timed.map(drop)) else {
                return true;
            };
            warn!(%error, "publishing failed: trying again");
            if !self.pause(&mut backoff).await {
                return false;
            }
        }
    }

    /// False when stopping.
    async fn pause(&self, backoff: &mut Backoff) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = tokio::time::sleep(Duration::from_millis(backoff.next_ms())) => true,
        }
    }
}

/// What a panic says.
pub(crate) fn said(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
    said.unwrap_or("without a reason").to_owned()
}

/// Whether an instance has just been ended because it would have done more than its bound says.
fn has_exceeded_its_bound(state: &State) -> bool {
    let error = state.error.as_ref();
    error.is_some_and(|error| error.type_ == BOUND_EXCEEDED)
}

/// A message for an instance without a journal: its start may still be on the way.
fn not_started(delivery: &Delivery) -> Served {
    if delivery.attempt < EARLY_ATTEMPTS_MAX {
        Served::Later(EARLY_PAUSE_MS)
    } else {
        Served::Dead("the instance was never started".to_owned())
    }
}

#[derive(Default)]
struct Backoff {
    ms: u64,
}

impl Backoff {
    fn next_ms(&mut self) -> u64 {
        self.ms = (self.ms * 2).clamp(BACKOFF_MS, BACKOFF_MS_MAX);
        self.ms
    }
}
