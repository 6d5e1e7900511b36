//! Which versions of which workflows are deployed: the definitions stream, followed into memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use semver::Version;
use tokio::sync::watch;
use weir_bus::{Bus, BusError, Follower, From, Pauses, Stored};
use weir_graph::WorkflowRef;
use weir_protocol::{
    Stream, Subject,
    v1::{Definition, Format},
};

/// A request waits so long for what was stored before it; then it is answered without.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(2);

/// The deployed versions, by workflow and in their order.
pub(crate) struct Versions {
    bus: Arc<dyn Bus>,
    known: RwLock<Known>,
    /// Sequence of the last message read.
    reached: watch::Sender<u64>,
}

/// Namespace and name → version → what is known of it.
type Known = BTreeMap<(String, String), BTreeMap<Version, Deployment>>;

#[derive(Clone)]
struct Deployment {
    workflow: WorkflowRef,
    deployed_at_ms: u64,
}

/// One deployed version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub workflow: WorkflowRef,
    pub deployed_at_ms: u64,
    /// Whether no version of the workflow is newer.
    pub latest: bool,
}

impl Versions {
    pub fn new(bus: Arc<dyn Bus>) -> Self {
        Self {
            bus,
            known: RwLock::default(),
            reached: watch::Sender::new(0),
        }
    }

    /// Reads the stream for ever; calls `ready` once it has read what there was at the beginning.
    ///
    /// # Errors
    /// Those that waiting does not mend.
    pub async fn follow(&self, ready: impl FnOnce()) -> Result<(), BusError> {
        let (head, mut follower) = self.begin().await?;
        while *self.reached.borrow() < head {
            // The last message may have been removed by hand.
            match tokio::time::timeout(CATCH_UP_TIMEOUT, follower.next()).await {
                Ok(message) => self.learn(&message?),
                Err(_) => break,
            }
        }
        ready();
        loop {
            self.learn(&follower.next().await?);
        }
    }

    /// Where the stream ends, and a follower of all of it.
    async fn begin(&self) -> Result<(u64, Box<dyn Follower>), BusError> {
        let mut pauses = Pauses::default();
        loop {
            let begin = async {
                let head = self.bus.head(Stream::Definitions).await?;
                let follower = self.bus.follow(Stream::Definitions, From::Start).await?;
                Ok((head, follower))
            };
            match begin.await {
                Err(BusError::Unavailable(reason)) => {
                    tracing::warn!(reason, "cannot read what is deployed yet");
                    pauses.pause().await;
                }
                outcome => return outcome,
            }
        }
    }

    /// All versions, by namespace, name and version.
    pub async fn all(&self) -> Result<Vec<Listed>, BusError> {
        self.catch_up().await?;
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::new();
        for versions in known.values() {
            let newest = versions.keys().next_back();
            all.extend(versions.iter().map(|(version, deployment)| Listed {
                workflow: deployment.workflow.clone(),
                deployed_at_ms: deployment.deployed_at_ms,
                latest: Some(version) == newest,
            }));
        }
        Ok(all)
    }

    /// The newest version of a workflow that is stored by now, wherever it was deployed.
    pub async fn newest(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Option<WorkflowRef>, BusError> {
        self.catch_up().await?;
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let versions = known.get(&(namespace.to_owned(), name.to_owned()));
        let newest = versions.and_then(BTreeMap::last_key_value);
        Ok(newest.map(|(_, deployment)| deployment.workflow.clone()))
    }

    /// Waits until what is stored now has been read.
    pub async fn catch_up(&self) -> Result<(), BusError> {
        let head = self.bus.head(Stream::Definitions).await?;
        let mut reached = self.reached.subscribe();
        let there = reached.wait_for(|reached| *reached >= head);
        // The last message may have been removed by hand: then nothing will ever reach it.
        let _ = tokio::time::timeout(CATCH_UP_TIMEOUT, there).await;
        Ok(())
    }

    fn learn(&self, message: &Stored) {
        self.add(message);
        self.reached.send_replace(message.sequence);
    }

    fn add(&self, message: &Stored) {
        let Some(workflow) = Subject::read_definition(&message.subject) else {
            tracing::warn!(
                subject = message.subject,
                "no definition's subject, left out"
            );
            return;
        };
        let Ok(version) = Version::parse(&workflow.version) else {
            tracing::warn!(%workflow, "not a semantic version, left out");
            return;
        };
        let definition = Definition::decode(&message.payload);
        let deployed_at_ms = definition.map_or(message.stored_at_ms, |d| d.deployed_at);
        let name = (workflow.namespace.clone(), workflow.name.clone());
        let deployment = Deployment {
            workflow,
            deployed_at_ms,
        };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(name).or_default().insert(version, deployment);
    }
}
