//! One follower of the trace that tells when instances have got somewhere.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::{Context, bail};
use tokio::{sync::oneshot, task::JoinHandle};
use weir_bus::{Bus, From};
use weir_protocol::{InstanceId, Stream, TraceSubject};

use super::PATIENCE;

/// Where an instance has got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Milestone {
    /// Its first task has started.
    Started,
    /// It has ended.
    Ended,
}

/// Follows the trace until it is dropped.
pub(super) struct Watch {
    known: Arc<Mutex<Known>>,
    following: JoinHandle<()>,
}

type Key = (InstanceId, Milestone);

#[derive(Default)]
struct Known {
    waiting: HashMap<Key, oneshot::Sender<Seen>>,
    /// Seen before anybody asked.
    early: HashMap<Key, Seen>,
}

/// What the trace said, and when it arrived here.
#[derive(Clone, Debug)]
struct Seen {
    event: String,
    at: Instant,
}

impl Watch {
    /// Watches from now on, for these milestones.
    pub async fn start(bus: &dyn Bus, milestones: &'static [Milestone]) -> anyhow::Result<Self> {
        let mut follower = bus.follow(Stream::Trace, From::Now).await?;
        let known: Arc<Mutex<Known>> = Arc::default();
        let sink = known.clone();
        let following = tokio::spawn(async move {
            while let Ok(message) = follower.next().await {
                let at = Instant::now();
                let Some(subject) = TraceSubject::parse(&message.subject) else {
                    continue;
                };
                let Some(milestone) = milestone(subject.event) else {
                    continue;
                };
                if milestones.contains(&milestone) {
                    let seen = Seen {
                        event: subject.event.to_owned(),
                        at,
                    };
                    sink.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .tell((subject.instance, milestone), seen);
                }
            }
        });
        Ok(Self { known, following })
    }

    /// When the instance was seen at the milestone.
    pub async fn reached(&self, id: InstanceId, milestone: Milestone) -> anyhow::Result<Instant> {
        let told = self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .ask((id, milestone));
        let seen = tokio::time::timeout(PATIENCE, told)
            .await
            .with_context(|| {
                format!("instance {id} is not there after {PATIENCE:?}: {milestone:?}")
            })?
            .context("the trace cannot be followed")?;
        match seen.event.as_str() {
            "workflow-faulted" | "workflow-cancelled" => {
                bail!("instance {id} did not complete: {}", seen.event)
            }
            _ => Ok(seen.at),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.following.abort();
    }
}

impl Known {
    fn tell(&mut self, key: Key, seen: Seen) {
        match self.waiting.remove(&key) {
            Some(waiting) => drop(waiting.send(seen)),
            None => drop(self.early.insert(key, seen)),
        }
    }

    fn ask(&mut self, key: Key) -> oneshot::Receiver<Seen> {
        let (sender, receiver) = oneshot::channel();
        match self.early.remove(&key) {
            Some(seen) => drop(sender.send(seen)),
            None => drop(self.waiting.insert(key, sender)),
        }
        receiver
    }
}

fn milestone(event: &str) -> Option<Milestone> {
    match event {
        "task-started" => Some(Milestone::Started),
        "workflow-completed" | "workflow-faulted" | "workflow-cancelled" => Some(Milestone::Ended),
        _ => None,
    }
}
