//! Brings each message to its instance: one at a time for an instance, many instances at once.

use std::{
    collections::{HashMap, VecDeque},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::FutureExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;
use weir_bus::{BusError, Deliveries, Delivery};
use weir_engine::InstanceId;
use weir_runtime::Shutdown;

use crate::{
    Input, Instance,
    cache::Cache,
    serve::{self, Server},
};

pub(crate) struct Dispatcher {
    server: Server,
    in_flight: Arc<Semaphore>,
    lanes: Mutex<Lanes>,
    tasks: TaskTracker,
}

/// A message on its way to its instance.
struct Waiting {
    delivery: Delivery,
    input: Input,
    /// Held until it is served: it bounds how many there are.
    _permit: OwnedSemaphorePermit,
}

/// While one message of an instance is served, the others wait in its lane.
struct Lanes {
    busy: HashMap<InstanceId, VecDeque<Waiting>>,
    idle: Cache,
}

impl Dispatcher {
    pub(crate) fn new(server: Server, in_flight_max: usize, instances_max: usize) -> Arc<Self> {
        let lanes = Lanes {
            busy: HashMap::new(),
            idle: Cache::new(instances_max),
        };
        Arc::new(Self {
            server,
            in_flight: Arc::new(Semaphore::new(in_flight_max)),
            lanes: Mutex::new(lanes),
            tasks: TaskTracker::new(),
        })
    }

    /// Takes deliveries until `shutdown`.
    pub(crate) async fn pump(
        self: Arc<Self>,
        mut deliveries: Box<dyn Deliveries>,
        shutdown: Shutdown,
    ) -> Result<(), BusError> {
        loop {
            let permit = tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                permit = self.in_flight.clone().acquire_owned() => permit,
            };
            let Ok(permit) = permit else { return Ok(()) };
            let delivery = tokio::select! {
                () = shutdown.triggered() => return Ok(()),
                delivery = deliveries.next() => delivery?,
            };
            match Input::read(&delivery.message) {
                Ok(input) => self.enqueue(Waiting {
                    delivery,
                    input,
                    _permit: permit,
                }),
                Err(reason) => self.server.bury(&delivery, &reason.to_string()).await,
            }
        }
    }

    /// Waits until nothing is in progress; what is unavailable is not tried again.
    pub(crate) async fn drain(&self) {
        self.server.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn enqueue(self: &Arc<Self>, waiting: Waiting) {
        let id = waiting.input.instance;
        let instance = {
            let mut lanes = self.lanes();
            if let Some(lane) = lanes.busy.get_mut(&id) {
                lane.push_back(waiting);
                return;
            }
            lanes.busy.insert(id, VecDeque::new());
            lanes.idle.take(id)
        };
        let dispatcher = self.clone();
        self.tasks
            .spawn(async move { dispatcher.work_lane(id, instance, waiting).await });
    }

    /// Serves an instance's messages until none waits.
    async fn work_lane(&self, id: InstanceId, mut instance: Option<Instance>, first: Waiting) {
        let mut next = Some(first);
        while let Some(Waiting {
            delivery,
            input,
            _permit,
        }) = next
        {
            // A panic is a defect, of which only this message is to know: the others in the lane,
            // and those that need its permit, go on.
            let served = AssertUnwindSafe(self.server.serve(&mut instance, &delivery, input));
            if let Err(panic) = served.catch_unwind().await {
                instance = None;
                let said = serve::said(&*panic);
                self.server.panicked(&delivery, &said).await;
            }
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

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
