//! Brings each message to its instance: one at a time for an instance, many instances at once.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, debug, error, info_span, warn};
use weir_bus::{Bus, BusError, Deliveries, Delivery, dead_letter};
use weir_catalog::{Catalog, CatalogError};
use weir_engine::{ErrorKind, Ignored, InstanceId, Message, Revision};
use weir_graph::{Program, WorkflowRef};
use weir_journal::{Journal, JournalError};

use crate::{Clock, Input, Instance, Outputs, Settings, Step, step, timer};

/// First pause before something unavailable is tried again; doubles up to the last.
const BACKOFF_MS: u64 = 50;
const BACKOFF_MS_MAX: u64 = 5_000;
/// A message for an instance that has not started waits for its start so often, so long.
const EARLY_ATTEMPTS_MAX: u64 = 30;
const EARLY_PAUSE_MS: u64 = 1_000;

pub(crate) struct Dispatcher {
    bus: Arc<dyn Bus>,
    journal: Arc<dyn Journal>,
    catalog: Catalog,
    clock: Clock,
    in_flight: Arc<Semaphore>,
    lanes: Mutex<Lanes>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Messages wait in their instance's lane while another is in progress.
struct Lanes {
    busy: HashMap<InstanceId, VecDeque<(Delivery, Input, OwnedSemaphorePermit)>>,
    idle: Cache,
}

/// Instances in memory, least recently used first out.
struct Cache {
    instances: HashMap<InstanceId, (u64, Instance)>,
    uses: VecDeque<(u64, InstanceId)>,
    clock: u64,
    instances_max: usize,
}

/// What became of a message.
enum Handled {
    Done,
    /// Deliver it again, after so many milliseconds.
    Later(u64),
    /// It can never be processed.
    Dead(String),
}

impl Dispatcher {
    pub(crate) fn new(
        settings: Settings,
        bus: Arc<dyn Bus>,
        journal: Arc<dyn Journal>,
        clock: Clock,
    ) -> Arc<Self> {
        let idle = Cache {
            instances: HashMap::new(),
            uses: VecDeque::new(),
            clock: 0,
            instances_max: settings.instances_max,
        };
        Arc::new(Self {
            catalog: Catalog::new(bus.clone()),
            bus,
            journal,
            clock,
            in_flight: Arc::new(Semaphore::new(settings.in_flight_max)),
            lanes: Mutex::new(Lanes {
                busy: HashMap::new(),
                idle,
            }),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
    }

    /// Takes deliveries until `stop`.
    pub(crate) async fn pump(
        self: Arc<Self>,
        mut deliveries: Box<dyn Deliveries>,
        stop: CancellationToken,
    ) -> Result<(), BusError> {
        loop {
            let permit = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                permit = self.in_flight.clone().acquire_owned() => permit,
            };
            let Ok(permit) = permit else { return Ok(()) };
            let delivery = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                delivery = deliveries.next() => delivery?,
            };
            match Input::read(&delivery.message) {
                Ok(input) => self.enqueue(delivery, input, permit),
                Err(reason) => self.bury(&delivery, &reason.to_string()).await,
            }
        }
    }

    /// Waits until nothing is in progress.
    pub(crate) async fn drained(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn enqueue(self: &Arc<Self>, delivery: Delivery, input: Input, permit: OwnedSemaphorePermit) {
        let id = input.instance;
        let cached = {
            let mut lanes = self.lanes();
            if let Some(lane) = lanes.busy.get_mut(&id) {
                lane.push_back((delivery, input, permit));
                return;
            }
            lanes.busy.insert(id, VecDeque::new());
            lanes.idle.take(id)
        };
        let dispatcher = self.clone();
        self.tasks.spawn(async move {
            dispatcher
                .work_lane(id, cached, (delivery, input, permit))
                .await;
        });
    }

    /// Works through an instance's messages until none waits.
    async fn work_lane(
        &self,
        id: InstanceId,
        cached: Option<Instance>,
        first: (Delivery, Input, OwnedSemaphorePermit),
    ) {
        let mut instance = cached;
        let mut next = Some(first);
        while let Some((delivery, input, permit)) = next {
            self.serve(&mut instance, &delivery, &input).await;
            drop(permit);
            let mut lanes = self.lanes();
            next = lanes.busy.get_mut(&id).and_then(VecDeque::pop_front);
            if next.is_none() {
                lanes.busy.remove(&id);
                if let Some(instance) = instance.take() {
                    lanes.idle.put(id, instance);
                }
            }
        }
    }

    async fn serve(&self, instance: &mut Option<Instance>, delivery: &Delivery, input: &Input) {
        let span = info_span!("step", instance = %input.instance, kind = %input.cause.kind);
        let handled = self
            .handle(instance, delivery, input)
            .instrument(span)
            .await;
        let answered = match handled {
            Handled::Done => delivery.ack().await,
            Handled::Later(after_ms) => delivery.acknowledge.retry(after_ms).await,
            Handled::Dead(reason) => {
                self.bury(delivery, &reason).await;
                Ok(())
            }
        };
        if let Err(error) = answered {
            // It will be delivered again, and recognised.
            debug!(%error, "an acknowledgement was lost");
        }
    }

    async fn handle(
        &self,
        slot: &mut Option<Instance>,
        delivery: &Delivery,
        input: &Input,
    ) -> Handled {
        let mut pause = Backoff::default();
        let mut substitute: Option<Input> = None;
        loop {
            let instance = match slot.take() {
                Some(instance) => instance,
                None => match self.load(input.instance).await {
                    Ok(instance) => instance,
                    Err(JournalError::Unavailable(reason)) => {
                        warn!(reason, "journal unavailable: trying again");
                        if self.pause(&mut pause).await {
                            continue;
                        } else {
                            return Handled::Later(0);
                        }
                    }
                    Err(error) => return Handled::Dead(error.to_string()),
                },
            };
            let input = substitute.as_ref().unwrap_or(input);
            let program = match self.program(&instance, input).await {
                Ok(Some(program)) => program,
                Ok(None) => return not_started(delivery),
                Err(CatalogError::Unavailable(error)) => {
                    warn!(%error, "definitions unavailable: trying again");
                    *slot = Some(instance);
                    if self.pause(&mut pause).await {
                        continue;
                    } else {
                        return Handled::Later(0);
                    }
                }
                Err(error) => return Handled::Dead(error.to_string()),
            };
            let before = instance.position;
            match step(&program, instance, input, (self.clock)()) {
                Step::Nothing(Ignored::NotStarted, _) => return not_started(delivery),
                Step::Nothing(reason, instance) => {
                    debug!(?reason, "nothing to do");
                    *slot = Some(instance);
                    return Handled::Done;
                }
                Step::Record {
                    record,
                    outputs,
                    mut instance,
                } => {
                    match self.journal.append(input.instance, before, &record).await {
                        Ok(position) => instance.position = position,
                        Err(JournalError::Conflict(reason)) => {
                            debug!(reason, "reading again");
                            continue;
                        }
                        Err(JournalError::Unavailable(reason)) => {
                            warn!(reason, "journal unavailable: trying again");
                            if self.pause(&mut pause).await {
                                continue;
                            } else {
                                return Handled::Later(0);
                            }
                        }
                        Err(error @ JournalError::TooLarge { .. }) if substitute.is_none() => {
                            warn!(%error, "the instance faults");
                            substitute = Some(too_large(input, &error));
                            continue;
                        }
                        Err(error) => return Handled::Dead(error.to_string()),
                    }
                    let revision = instance.position.revision;
                    if !self.publish(&mut instance, &outputs, revision).await {
                        // Not all is out: whoever handles it next begins with this record.
                        return Handled::Later(0);
                    }
                    *slot = Some(instance);
                    return Handled::Done;
                }
            }
        }
    }

    /// Reads an instance from its journal, and makes sure that its last record's outputs are out.
    async fn load(&self, id: InstanceId) -> Result<Instance, JournalError> {
        let entries = self.journal.read(id, Revision(0)).await?;
        let (mut instance, last) = Instance::load(id, &entries)?;
        if let Some(outputs) = last {
            let revision = instance.position.revision;
            if !self.publish(&mut instance, &outputs, revision).await {
                return Err(JournalError::Unavailable("stopping".to_owned()));
            }
        }
        Ok(instance)
    }

    /// The program that the instance runs, or is to run; none if it has not started.
    async fn program(
        &self,
        instance: &Instance,
        input: &Input,
    ) -> Result<Option<Arc<Program>>, CatalogError> {
        let workflow: Option<&WorkflowRef> = match (&input.message, instance.position.revision) {
            (Message::StartInstance(start), Revision(0)) => Some(&start.workflow),
            (_, Revision(0)) => None,
            _ => Some(&instance.state.workflow),
        };
        match workflow {
            Some(workflow) => self.catalog.program(workflow).await.map(Some),
            None => Ok(None),
        }
    }

    /// Publishes until all is stored; gives up (false) only when stopping.
    async fn publish(
        &self,
        instance: &mut Instance,
        outputs: &Outputs,
        revision: Revision,
    ) -> bool {
        for error in &outputs.errors {
            error!(%error, "a message cannot be built");
        }
        let mut pause = Backoff::default();
        let mut messages = (!outputs.messages.is_empty()).then_some(&outputs.messages);
        let mut timer = outputs.timer.as_ref();
        loop {
            let id = instance.state.instance;
            let (published, timed) = tokio::join!(
                async {
                    match messages {
                        Some(messages) => self.bus.publish_all(messages.clone()).await,
                        None => Ok(()),
                    }
                },
                async {
                    match timer {
                        Some(timer) => {
                            let known = instance.timer_sequence;
                            timer::publish(&*self.bus, id, timer, revision.0, known)
                                .await
                                .map(Some)
                        }
                        None => Ok(None),
                    }
                }
            );
            let mut failed = None;
            match published {
                Ok(()) => messages = None,
                Err(error) => failed = Some(error),
            }
            match timed {
                Ok(sequence) => {
                    instance.timer_sequence = sequence.or(instance.timer_sequence);
                    timer = None;
                }
                Err(error) => failed = Some(error),
            }
            let Some(error) = failed else { return true };
            warn!(%error, "publishing failed: trying again");
            if !self.pause(&mut pause).await {
                return false;
            }
        }
    }

    async fn bury(&self, delivery: &Delivery, reason: &str) {
        error!(
            subject = delivery.message.subject,
            sequence = delivery.message.sequence,
            reason,
            "message moved to the dead letters"
        );
        let buried = self.bus.publish(dead_letter(delivery, reason)).await;
        let answered = match buried {
            Ok(_) => delivery.ack().await,
            Err(_) => delivery.acknowledge.retry(BACKOFF_MS_MAX).await,
        };
        if let Err(error) = answered {
            debug!(%error, "an acknowledgement was lost");
        }
    }

    /// False when stopping.
    async fn pause(&self, backoff: &mut Backoff) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = tokio::time::sleep(Duration::from_millis(backoff.next_ms())) => true,
        }
    }

    fn lanes(&self) -> std::sync::MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message for an instance without a journal: its start may still be on the way.
fn not_started(delivery: &Delivery) -> Handled {
    if delivery.attempt < EARLY_ATTEMPTS_MAX {
        Handled::Later(EARLY_PAUSE_MS)
    } else {
        Handled::Dead("the instance was never started".to_owned())
    }
}

/// What the instance is told when the record of a step does not fit into the journal.
fn too_large(input: &Input, error: &JournalError) -> Input {
    let mut error = ErrorKind::Runtime.error(format!("a step does not fit: {error}"));
    error.title = Some("Too much data".to_owned());
    Input {
        message: Message::FailInstance { error },
        ..input.clone()
    }
}

impl Cache {
    fn take(&mut self, id: InstanceId) -> Option<Instance> {
        self.instances.remove(&id).map(|(_, instance)| instance)
    }

    fn put(&mut self, id: InstanceId, instance: Instance) {
        self.clock += 1;
        self.instances.insert(id, (self.clock, instance));
        self.uses.push_back((self.clock, id));
        while self.instances.len() > self.instances_max || self.uses.len() > 2 * self.instances_max
        {
            let Some((used, id)) = self.uses.pop_front() else {
                break;
            };
            if self
                .instances
                .get(&id)
                .is_some_and(|(last, _)| *last == used)
            {
                if self.instances.len() > self.instances_max {
                    self.instances.remove(&id);
                } else {
                    self.uses.push_back((used, id));
                }
            }
        }
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
