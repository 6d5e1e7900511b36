//! What the instances do, as the trace tells it.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::{sync::watch, task::JoinHandle};
use weir_bus::{Bus, From};
use weir_protocol::{Stream, TraceSubject};

use crate::within;

/// One message of the trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Traced {
    /// Name of the workflow.
    pub workflow: String,
    /// The instance.
    pub instance: String,
    /// What happened, for example `task-completed`.
    pub name: String,
    /// The CloudEvent.
    pub event: Value,
}

impl Traced {
    /// Its place in the instance's history: revision, and index within it.
    pub fn place(&self) -> (u64, u64) {
        let number = |name: &str| self.event[name].as_u64().unwrap();
        (number("revision"), number("index"))
    }

    /// Whether it is the end of the instance.
    pub fn is_end(&self) -> bool {
        matches!(
            self.name.as_str(),
            "workflow-completed" | "workflow-faulted" | "workflow-cancelled"
        )
    }

    /// JSON pointer to the task it is about.
    pub fn task(&self) -> Option<&str> {
        self.event["subject"].as_str()
    }
}

/// Reads the trace from its beginning on. Ends when dropped.
pub struct Trace {
    messages: Arc<Mutex<Vec<Traced>>>,
    count: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Trace {
    pub(crate) fn follow(bus: Arc<dyn Bus>) -> Self {
        let messages = Arc::<Mutex<Vec<Traced>>>::default();
        let (counter, count) = watch::channel(0);
        let seen = messages.clone();
        let task = tokio::spawn(async move {
            let mut follower = bus.follow(Stream::Trace, From::Start).await.unwrap();
            loop {
                let stored = follower.next().await.unwrap();
                let subject = TraceSubject::parse(&stored.subject).unwrap();
                let traced = Traced {
                    workflow: subject.workflow.to_owned(),
                    instance: subject.instance.to_string(),
                    name: subject.event.to_owned(),
                    event: serde_json::from_slice(&stored.payload).unwrap(),
                };
                seen.lock().unwrap().push(traced);
                counter.send_modify(|count| *count += 1);
            }
        });
        Self {
            messages,
            count,
            task,
        }
    }

    /// How many messages there were.
    pub fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// All messages so far.
    pub fn messages(&self) -> Vec<Traced> {
        self.messages.lock().unwrap().clone()
    }

    /// The messages so far that are about an instance.
    pub fn of(&self, instance: &str) -> Vec<Traced> {
        let messages = self.messages.lock().unwrap();
        let of = messages
            .iter()
            .filter(|message| message.instance == instance);
        of.cloned().collect()
    }

    /// Waits until `seen` finds what it looks for among all messages so far.
    pub async fn until<T>(
        &mut self,
        what: &str,
        mut seen: impl FnMut(&[Traced]) -> Option<T>,
    ) -> T {
        within(what, async {
            loop {
                self.count.borrow_and_update();
                if let Some(found) = seen(&self.messages.lock().unwrap()) {
                    return found;
                }
                self.count.changed().await.unwrap();
            }
        })
        .await
    }
}

impl Trace {
    /// Waits until an instance has ended.
    pub async fn until_ended(&mut self, what: &str, instance: &str) {
        let ended = |message: &&Traced| message.instance == instance && message.is_end();
        self.until(what, |messages| messages.iter().find(ended).map(drop))
            .await;
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        self.task.abort();
    }
}
