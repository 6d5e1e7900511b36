//! Looking back further than memory goes: reading the stream.
//!
//! Subscriptions that ask at the same time share one pass, and each event is held against the
//! filters of a site once, so that a thousand instances that come back after an outage cost little
//! more than one.

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot};
use weir_bus::{Bus, BusError, From, Outgoing, Patient, Stored};
use weir_protocol::Stream;

use super::{
    deliver::deliver,
    entry::{Entry, Occurrence, event_type},
    publish,
    subscriptions::{Open, Subscriptions},
};

/// Subscriptions that share a pass at most.
const OPEN_MAX: usize = 2_000;
/// Messages published at a time.
const MESSAGES_MAX: usize = 256;
/// A pass is given up when nothing comes for so long: what it read up to may be gone.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// Asks for passes over the stream.
#[derive(Clone, Debug)]
pub(crate) struct Scans(mpsc::UnboundedSender<Request>);

/// Those who asked.
pub(crate) struct Requests(mpsc::UnboundedReceiver<Request>);

#[derive(Debug)]
struct Request {
    open: Arc<Open>,
    done: oneshot::Sender<Result<(), BusError>>,
}

impl Scans {
    /// The way to ask, and what is asked.
    pub fn new() -> (Self, Requests) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), Requests(receiver))
    }

    /// Returns once all events before a subscription that it may want are delivered.
    pub async fn deliver(&self, open: Arc<Open>) -> Result<(), BusError> {
        let (done, outcome) = oneshot::channel();
        let stopping = || BusError::Unavailable("stopping".to_owned());
        let request = Request { open, done };
        self.0.send(request).map_err(|_| stopping())?;
        outcome.await.unwrap_or_else(|_| Err(stopping()))
    }
}

impl Requests {
    /// Makes passes as long as anybody may ask.
    pub async fn serve(mut self, bus: Arc<dyn Bus>, patient: Patient) {
        let mut requests = Vec::new();
        while self.0.recv_many(&mut requests, OPEN_MAX).await > 0 {
            let open: Vec<_> = requests
                .iter()
                .map(|request| request.open.clone())
                .collect();
            let outcome = pass(&*bus, &patient, open).await;
            if let Err(error) = &outcome {
                tracing::warn!(%error, "could not look back over the stream, trying again later");
            }
            for request in requests.drain(..) {
                // Who waits no more will be asked again by the broker.
                let _ = request.done.send(outcome.clone());
            }
        }
    }
}

async fn pass(bus: &dyn Bus, patient: &Patient, open: Vec<Arc<Open>>) -> Result<(), BusError> {
    let mut scan = Scan::new(&open);
    let mut follower = bus
        .follow(Stream::Events, From::Time(scan.since_ms))
        .await?;
    let mut messages = Vec::new();
    loop {
        let next = tokio::time::timeout(SILENCE_MAX, follower.next()).await;
        let silence = |_| BusError::Unavailable("the stream ended before the subscription".into());
        let message = next.map_err(silence)??;
        let over = message.sequence >= scan.until;
        if !over {
            messages.extend(scan.next(&message));
        }
        if over || messages.len() >= MESSAGES_MAX {
            let messages = std::mem::take(&mut messages);
            for message in publish(bus, patient, messages).await? {
                let (subject, id) = (message.subject, message.id);
                tracing::error!(%subject, id, "an earlier event is too large to be delivered");
            }
        }
        if over {
            return Ok(());
        }
    }
}

/// A pass over the stream: synchronous and pure.
pub(super) struct Scan {
    open: Subscriptions,
    /// It begins with what was stored then.
    pub since_ms: u64,
    /// It ends before this sequence.
    pub until: u64,
    /// When the last message was stored, but never earlier than one before it.
    time_ms: u64,
}

impl Scan {
    pub fn new(open: &[Arc<Open>]) -> Self {
        let since_ms = open.iter().filter_map(|open| open.since_ms()).min();
        let until = open.iter().map(|open| open.sequence).max();
        let mut subscriptions = Subscriptions::default();
        for open in open {
            subscriptions.open(open);
        }
        Self {
            open: subscriptions,
            since_ms: since_ms.unwrap_or(u64::MAX),
            until: until.unwrap_or(0),
            time_ms: 0,
        }
    }

    /// What the next message of the stream leads to.
    pub fn next(&mut self, message: &Stored) -> Vec<Outgoing> {
        self.time_ms = self.time_ms.max(message.stored_at_ms);
        if Entry::read(message) != Entry::Event {
            return Vec::new();
        }
        if !event_type(message).is_some_and(|event_type| self.open.want(&event_type)) {
            return Vec::new();
        }
        // What cannot be read is for the dead letters.
        let Ok(occurrence) = Occurrence::read(message) else {
            return Vec::new();
        };
        let matches = self.open.matching(&occurrence);
        let wanting = matches.open.values().filter(|open| {
            let since = open
                .since_ms()
                .is_some_and(|since_ms| self.time_ms >= since_ms);
            since && occurrence.sequence < open.sequence
        });
        deliver(&occurrence, wanting).unwrap_or_else(|error| {
            tracing::error!(%error, "a subscription's workflow cannot be addressed");
            Vec::new()
        })
    }
}
