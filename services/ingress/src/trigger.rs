//! Which version of a workflow starts by itself: always the newest one.
//!
//! A workflow's trigger is a standing subscription, the last message on its subject. It is derived
//! from the deployed versions and nothing else, so it can be set again at any time; deploying does
//! so.

use std::sync::Arc;

use semver::Version;
use weir_bus::{Bus, BusError, Outgoing, Stored, Ttl};
use weir_catalog::{Catalog, CatalogError};
use weir_graph::{Program, WorkflowRef};
use weir_protocol::{
    InstanceId, Stream, Subject,
    v1::{self, Format, Listener, OpenSubscription},
};

use crate::schedule;

/// How long the end of a trigger is remembered.
const TOMBSTONE_SECONDS: u64 = 60;
/// So many others may deploy at the same moment.
const ATTEMPTS_MAX: usize = 32;

/// Sets triggers.
pub(crate) struct Triggers {
    pub bus: Arc<dyn Bus>,
    pub catalog: Arc<Catalog>,
}

impl Triggers {
    /// Sets what starts a workflow to what its newest version says, at `now_ms` (milliseconds since
    /// the Unix epoch); returns once it is stored.
    pub async fn set(&self, namespace: &str, name: &str, now_ms: u64) -> Result<(), BusError> {
        let trigger = Subject::trigger(namespace, name)
            .map_err(|error| BusError::Refused(error.to_string()))?;
        let workflow = (namespace, name);
        self.replace(workflow, Stream::Events, &trigger, &|last, program| {
            change(last, program, trigger.clone())
        })
        .await?;
        let timer = Subject::timer(InstanceId::for_schedule(namespace, name));
        self.replace(workflow, Stream::Timers, &timer, &|last, program| {
            schedule::change(last, program, timer.clone(), now_ms)
        })
        .await
    }

    /// Replaces the last message on a subject by what the newest version has there.
    async fn replace(
        &self,
        (namespace, name): (&str, &str),
        stream: Stream,
        subject: &Subject,
        change: &(dyn Fn(Option<&Stored>, &Program) -> Option<Outgoing> + Sync),
    ) -> Result<(), BusError> {
        let versions = Subject::versions(namespace, name)
            .map_err(|error| BusError::Refused(error.to_string()))?;
        for _ in 0..ATTEMPTS_MAX {
            // In this order: whoever set what is seen here stored its version before.
            let last = self.bus.last(stream, subject).await?;
            let stored = self.bus.latest(Stream::Definitions, &versions).await?;
            let Some(newest) = newest(&stored) else {
                return Ok(());
            };
            let program = match self.catalog.program(&newest).await {
                Ok(program) => program,
                Err(CatalogError::Unavailable(error)) => return Err(error),
                // A later build's: that build has set its trigger.
                Err(error @ (CatalogError::Unknown(_) | CatalogError::Invalid { .. })) => {
                    tracing::warn!(%error, "what starts it stays as it is");
                    return Ok(());
                }
            };
            let Some(message) = change(last.as_ref(), &program) else {
                return Ok(());
            };
            match self.bus.publish(message).await {
                Err(BusError::Conflict(_)) => {}
                outcome => return outcome.map(drop),
            }
        }
        let reason = format!("what starts {namespace}/{name} changes all the time");
        Err(BusError::Unavailable(reason))
    }
}

/// The newest of the versions that are stored.
fn newest(stored: &[Stored]) -> Option<WorkflowRef> {
    let versions = stored.iter().filter_map(|message| {
        let workflow = Subject::read_definition(&message.subject)?;
        Some((Version::parse(&workflow.version).ok()?, workflow))
    });
    let newest = versions.max_by(|(one, _), (other, _)| one.cmp(other));
    newest.map(|(_, workflow)| workflow)
}

/// What is to be stored so that `program` has the trigger, if anything.
fn change(last: Option<&Stored>, program: &Program, subject: Subject) -> Option<Outgoing> {
    let former = last.and_then(|last| OpenSubscription::decode(&last.payload).ok());
    let workflow = v1::WorkflowRef::from(&program.workflow);
    let payload = match (&former, &program.trigger) {
        (None, None) => return None,
        (Some(former), Some(_)) if former.workflow == workflow => return None,
        (Some(_), None) => Vec::new(),
        (former, Some(_)) => {
            let since = former.as_ref().map(|former| match former.listener {
                Listener::Trigger { since: Some(since) } => since,
                Listener::Trigger { since: None } | Listener::Instance { .. } => {
                    last.map_or(0, |last| last.stored_at_ms)
                }
            });
            let listener = Listener::Trigger { since };
            OpenSubscription { workflow, listener }.encode()
        }
    };
    let closes = payload.is_empty();
    let message = Outgoing::new(subject, payload).expecting(last.map_or(0, |last| last.sequence));
    // One that is replaced stays: a router that lags behind must see that there was one.
    Some(if closes {
        message
            .with_ttl(Ttl::Seconds(TOMBSTONE_SECONDS))
            .rolling_up()
    } else {
        message.with_ttl(Ttl::Never)
    })
}

#[cfg(test)]
mod tests {
    use weir_graph::Limits;

    use super::*;

    fn program(version: &str, scheduled: bool) -> Program {
        let schedule = if scheduled {
            "schedule: {on: {one: {with: {type: t}}}}\n"
        } else {
            ""
        };
        let source = format!(
            "document: {{dsl: '1.0.3', namespace: n, name: w, version: '{version}'}}\n\
             {schedule}do: [{{a: {{set: {{b: 1}}}}}}]\n"
        );
        weir_catalog::compile(&source, "test", &Limits::default()).unwrap()
    }

    /// The subscription as stored after the change, at a sequence and a time.
    fn stored(change: Outgoing, sequence: u64) -> Stored {
        Stored {
            stream: Stream::Events,
            sequence,
            stored_at_ms: sequence * 1000,
            subject: change.subject.to_string(),
            headers: change.all_headers(),
            payload: change.payload,
        }
    }

    fn next(last: Option<&Stored>, program: &Program) -> Option<Outgoing> {
        change(last, program, Subject::trigger("n", "w").unwrap())
    }

    #[test]
    fn a_trigger_follows_the_newest_version() {
        assert_eq!(next(None, &program("1.0.0", false)), None);

        let first = next(None, &program("1.0.0", true)).unwrap();
        assert_eq!(
            (first.expected_sequence, first.ttl),
            (Some(0), Some(Ttl::Never))
        );
        let first = stored(first, 4);
        assert_eq!(next(Some(&first), &program("1.0.0", true)), None);

        // The events between the two are for whichever is there when they are routed.
        let second = stored(next(Some(&first), &program("1.1.0", true)).unwrap(), 9);
        let read = OpenSubscription::decode(&second.payload).unwrap();
        assert_eq!(read.workflow.version, "1.1.0");
        assert_eq!(second.header("nats-rollup"), None);
        assert_eq!(read.listener, Listener::Trigger { since: Some(4000) });
        let third = stored(next(Some(&second), &program("1.2.0", true)).unwrap(), 10);
        let read = OpenSubscription::decode(&third.payload).unwrap();
        assert_eq!(read.listener, Listener::Trigger { since: Some(4000) });

        let closed = next(Some(&third), &program("2.0.0", false)).unwrap();
        assert!(closed.payload.is_empty() && closed.rollup);
        assert_eq!(closed.expected_sequence, Some(10));
        let closed = stored(closed, 11);
        assert_eq!(next(Some(&closed), &program("2.0.0", false)), None);
        let again = next(Some(&closed), &program("3.0.0", true)).unwrap();
        assert_eq!(again.expected_sequence, Some(11));
        let read = OpenSubscription::decode(&again.payload).unwrap();
        assert_eq!(read.listener, Listener::Trigger { since: None });
    }
}
