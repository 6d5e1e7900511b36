//! Which instances there are: what the end of the trace tells.
//!
//! Disposable and bounded: it knows the instances that did something lately, and is brought up
//! to date when somebody asks. The journal of an instance is what counts.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use serde::Deserialize;
use serde_json::Value;
use tokio::{sync::Mutex, time::Instant};
use weir_bus::{Bus, BusError, From, Stored};
use weir_protocol::{InstanceId, Stream, TraceSubject, v1::WorkflowError};

/// Instances known at most.
const INSTANCES_MAX: usize = 10_000;
/// So far back the trace is read, in messages.
const MESSAGES_MAX: u64 = 100_000;
/// The last message may have expired: nothing more comes then.
const SILENCE_MAX: Duration = Duration::from_millis(500);

/// So long, what was read counts as up to date for those who watch.
const FRESH: Duration = Duration::from_millis(250);

/// The instances lately.
pub(crate) struct Overview {
    bus: Arc<dyn Bus>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Sequence of the last message read.
    reached: u64,
    /// When it was looked last whether there is more.
    read_at: Option<Instant>,
    instances: BTreeMap<InstanceId, Kept>,
    /// In the order in which they became known.
    oldest_first: VecDeque<InstanceId>,
}

#[derive(Default)]
struct Kept {
    summary: Summary,
    /// Sequence of the last message about it.
    touched: u64,
}

/// How many instances there are of each status.
pub(crate) type Counts = BTreeMap<Status, usize>;

/// What the trace tells of an instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Summary {
    pub namespace: String,
    pub workflow: String,
    /// Unknown if its start was too long ago.
    pub version: Option<String>,
    pub status: Status,
    /// RFC 3339.
    pub started_at: Option<String>,
    /// RFC 3339.
    pub ended_at: Option<String>,
    pub error: Option<Value>,
}

/// How an instance is, as far as the trace tells.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    #[default]
    Running,
    Completed,
    Faulted,
    Cancelled,
}

/// Which instances come first in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    #[default]
    Newest,
    Oldest,
}

impl Summary {
    /// Whether `<namespace>/<name>` or `<namespace>/<name>:<version>` stands for its workflow.
    pub fn is_of(&self, workflow: &str) -> bool {
        let name = format!("{}/{}", self.namespace, self.workflow);
        workflow.strip_prefix(&name).is_some_and(|rest| {
            let version = rest.strip_prefix(':');
            rest.is_empty() || (version.is_some() && version == self.version.as_deref())
        })
    }
}

impl Overview {
    pub fn new(bus: Arc<dyn Bus>) -> Self {
        Self {
            bus,
            known: Mutex::default(),
        }
    }

    /// The instances that `wanted` lets through, in the order in which they became known or the
    /// other way round, at most `count`.
    pub async fn list(
        &self,
        count: usize,
        order: Order,
        wanted: impl Fn(&Summary) -> bool,
    ) -> Result<Vec<(InstanceId, Summary)>, BusError> {
        let mut known = self.known.lock().await;
        self.read_on(&mut known).await?;
        let known = &*known;
        let mut forward = known.oldest_first.iter();
        let mut backward = known.oldest_first.iter().rev();
        let ids = std::iter::from_fn(|| match order {
            Order::Oldest => forward.next(),
            Order::Newest => backward.next(),
        });
        let summaries = ids.filter_map(|id| Some((*id, &known.instances.get(id)?.summary)));
        let wanted = summaries.filter(|(_, summary)| wanted(summary));
        let wanted = wanted
            .take(count)
            .map(|(id, summary)| (id, summary.clone()));
        Ok(wanted.collect())
    }

    /// How many of the instances that `wanted` lets through are known, by status; as of the last
    /// reading.
    pub async fn counts(&self, wanted: impl Fn(&Summary) -> bool) -> Counts {
        let known = self.known.lock().await;
        let mut counts = Counts::new();
        let summaries = known.instances.values().map(|kept| &kept.summary);
        for summary in summaries.filter(|summary| wanted(summary)) {
            *counts.entry(summary.status).or_default() += 1;
        }
        counts
    }

    /// Brings it up to date, unless somebody else has just done so; tells how far the trace has
    /// been read.
    pub async fn refresh(&self) -> Result<u64, BusError> {
        let mut known = self.known.lock().await;
        if known.read_at.is_none_or(|at| at.elapsed() > FRESH) {
            self.read_on(&mut known).await?;
        }
        Ok(known.reached)
    }

    /// The sequence of the last message about an instance that was read; none if it is not known.
    pub async fn touched(&self, id: InstanceId) -> Option<u64> {
        let known = self.known.lock().await;
        known.instances.get(&id).map(|kept| kept.touched)
    }

    /// Reads what was traced since the last time.
    async fn read_on(&self, known: &mut Known) -> Result<(), BusError> {
        let head = self.bus.head(Stream::Trace).await?;
        known.read_at = Some(Instant::now());
        if known.reached > head {
            // The stream was created anew.
            *known = Known::default();
        }
        let from = (known.reached + 1).max(head.saturating_sub(MESSAGES_MAX) + 1);
        if from > head {
            return Ok(());
        }
        let from = From::Sequence(from);
        let mut follower = self.bus.follow(Stream::Trace, from).await?;
        while known.reached < head {
            match tokio::time::timeout(SILENCE_MAX, follower.next()).await {
                Ok(message) => known.learn(&message?),
                Err(_) => known.reached = head,
            }
        }
        Ok(())
    }
}

/// What is read of a trace message.
#[derive(Deserialize)]
struct Traced {
    time: Option<String>,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    definition: Option<Definition>,
    error: Option<WorkflowError>,
}

#[derive(Deserialize)]
struct Definition {
    version: Option<String>,
}

impl Known {
    fn learn(&mut self, message: &Stored) {
        self.reached = message.sequence;
        let Some(subject) = TraceSubject::parse(&message.subject) else {
            return;
        };
        let kept = self.kept(&subject);
        kept.touched = message.sequence;
        let status = match subject.event {
            "workflow-started" => Status::Running,
            "workflow-completed" => Status::Completed,
            "workflow-faulted" => Status::Faulted,
            "workflow-cancelled" => Status::Cancelled,
            _ => return,
        };
        let Ok(traced) = serde_json::from_slice::<Traced>(&message.payload) else {
            return;
        };
        let summary = &mut kept.summary;
        if status == Status::Running {
            summary.started_at = traced.time;
            summary.version = traced.data.definition.and_then(|d| d.version);
        } else {
            // Messages may come twice, but the end never before the start.
            summary.status = status;
            summary.ended_at = traced.time;
            summary.error = traced.data.error.and_then(|e| serde_json::to_value(e).ok());
        }
    }

    fn kept(&mut self, subject: &TraceSubject<'_>) -> &mut Kept {
        let id = subject.instance;
        if !self.instances.contains_key(&id) {
            self.oldest_first.push_back(id);
            if self.oldest_first.len() > INSTANCES_MAX
                && let Some(oldest) = self.oldest_first.pop_front()
            {
                self.instances.remove(&oldest);
            }
        }
        self.instances.entry(id).or_insert_with(|| Kept {
            summary: Summary {
                namespace: subject.namespace.to_owned(),
                workflow: subject.workflow.to_owned(),
                ..Summary::default()
            },
            touched: 0,
        })
    }
}
