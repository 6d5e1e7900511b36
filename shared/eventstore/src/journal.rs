//! The journal on EventStoreDB: one record is one event of the instance's stream.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use eventstore::{
    AppendToStreamOptions, Client, Error, EventData, ExpectedRevision, ReadAllOptions,
    ReadStreamOptions,
};
use weir_journal::{Chain, Entry, Journal, JournalError, Position};
use weir_protocol::{
    InstanceId, Revision,
    v1::{Format, Record},
};

use crate::{
    link::{Link, LinkError},
    stored,
};

/// Largest record, in bytes. By default a server takes 1 MiB at a time, type and metadata included.
pub const RECORD_BYTES_MAX: usize = (1024 - 4) * 1024;

/// How often an append goes round records that are not part of the chain. Each time another stray
/// must have come between reading and appending.
const STRAYS_MAX: u32 = 3;

/// How the server begins what it says about events that are too large for it.
const TOO_LARGE: &str = "Maximum Append Size of ";

/// The journal on EventStoreDB. Clones share the connection.
///
/// All requests go to the leader of a cluster: a follower may not know the last record yet, and
/// whoever reads a journal that ends too early may believe that there is nothing to do.
#[derive(Clone)]
pub struct EventStoreJournal {
    link: Link,
    strays: Arc<AtomicU64>,
}

/// A stored event: its revision in the stream, and its data.
type Stored = (u64, Bytes);

impl EventStoreJournal {
    pub(crate) fn new(link: Link) -> Self {
        Self {
            link,
            strays: Arc::default(),
        }
    }

    /// How many records were read that are not part of their journal.
    pub fn strays(&self) -> u64 {
        self.strays.load(Ordering::Relaxed)
    }

    /// The instances that have journals, in the order of their ids: all events of the database are
    /// looked at, which the user must be allowed to read.
    pub async fn instances(&self) -> Result<BTreeSet<InstanceId>, JournalError> {
        let instances = self.link.request(|client| async move {
            let mut options = ReadAllOptions::default().requires_leader(true);
            if let Some(credentials) = self.link.address().credentials() {
                options = options.authenticated(credentials.clone());
            }
            let mut reading = self.link.within(client.read_all(&options)).await?;
            let mut instances = BTreeSet::new();
            while let Some(read) = self.link.within(reading.next()).await? {
                let stream = read.event.map(|event| event.stream_id);
                instances.extend(stream.as_deref().and_then(stored::instance));
            }
            Ok(instances)
        });
        instances.await.map_err(unavailable)
    }

    /// Asks the server for its version, and for a stream that is not there: whether it answers, and
    /// whether it lets us in.
    pub(crate) async fn probe(&self) -> Result<(usize, String), LinkError> {
        let nobody = InstanceId(uuid::Uuid::nil());
        let ask = |client: Client| async move {
            let server = self.link.within(client.server_info()).await?.version();
            match self.events(client, nobody).await {
                Ok(_) | Err(Error::ResourceNotFound) => Ok((server.major(), server.to_string())),
                Err(error) => Err(error),
            }
        };
        self.link.once(&ask).await
    }

    /// Appends if the stream ends at `last`, which counts from 1; 0 is a stream that is not there.
    /// Sent again, the event has the same id: a server that has stored it says so.
    async fn append_after(
        &self,
        instance: InstanceId,
        last: u64,
        event: &EventData,
    ) -> Result<u64, LinkError> {
        let expected = match last.checked_sub(1) {
            Some(revision) => ExpectedRevision::Exact(revision),
            None => ExpectedRevision::NoStream,
        };
        let stream = stored::stream(instance);
        let quick = self.link.append_quickly(&stream, expected, event.clone());
        if let Some(revision) = quick.await {
            return Ok(revision + 1);
        }
        let mut options = AppendToStreamOptions::default()
            .expected_revision(expected)
            .requires_leader(true);
        if let Some(credentials) = self.link.address().credentials() {
            options = options.authenticated(credentials.clone());
        }
        let (stream, options) = (stream.as_str(), &options);
        let written = self.link.request(|client| async move {
            let append = client.append_to_stream(stream, options, event.clone());
            self.link.within(append).await
        });
        Ok(written.await?.next_expected_version + 1)
    }

    /// The chain, and where the stream ends, counted from 1.
    async fn chain(&self, instance: InstanceId) -> Result<(Chain, u64), JournalError> {
        let events = self.link.request(|client| self.events(client, instance));
        let events = match events.await {
            Ok(events) => events,
            Err(LinkError::Refused(Error::ResourceNotFound)) => Vec::new(),
            Err(LinkError::Refused(Error::ResourceDeleted)) => {
                return Err(unreadable(instance, 0, "the stream was deleted"));
            }
            Err(error) => return Err(unavailable(error)),
        };
        let chain = chain_of(instance, &events)?;
        if chain.dropped() > 0 {
            self.report(instance, chain.dropped());
        }
        Ok((chain, events.last().map_or(0, |(last, _)| last + 1)))
    }

    /// All events of the stream, forwards from its first.
    async fn events(&self, client: Client, instance: InstanceId) -> Result<Vec<Stored>, Error> {
        let mut options = ReadStreamOptions::default().requires_leader(true);
        if let Some(credentials) = self.link.address().credentials() {
            options = options.authenticated(credentials.clone());
        }
        let reading = client.read_stream(stored::stream(instance), &options);
        let mut reading = self.link.within(reading).await?;
        let mut events = Vec::new();
        while let Some(read) = self.link.within(reading.next()).await? {
            if let Some(event) = read.event {
                events.push((event.revision, event.data));
            }
        }
        Ok(events)
    }

    fn report(&self, instance: InstanceId, strays: u64) {
        if self.strays.fetch_add(strays, Ordering::Relaxed) == 0 {
            tracing::warn!(
                %instance,
                strays,
                "records that do not extend their journal were left out; further ones are only \
                 counted"
            );
        }
    }
}

#[async_trait]
impl Journal for EventStoreJournal {
    async fn append(
        &self,
        instance: InstanceId,
        expected: Position,
        record: &Record,
    ) -> Result<Position, JournalError> {
        let bytes = record.encode();
        let size = bytes.len();
        if size > RECORD_BYTES_MAX {
            let size_max = RECORD_BYTES_MAX;
            return Err(JournalError::TooLarge { size, size_max });
        }
        let event = stored::event(instance, record, &bytes)
            .map_err(|error| unreadable(instance, expected.sequence + 1, &error.to_string()))?;
        let mut last = expected.sequence;
        for _ in 0..=STRAYS_MAX {
            match self.append_after(instance, last, &event).await {
                Ok(sequence) => {
                    let revision = expected.revision.next();
                    return Ok(Position { revision, sequence });
                }
                Err(LinkError::Refused(Error::WrongExpectedVersion { .. })) => {}
                Err(error) => return Err(too_large(&error, size).unwrap_or(unavailable(error))),
            }
            // Another was first, unless what was first is no part of the journal: then nobody
            // could ever append again.
            let (chain, reached) = self.chain(instance).await?;
            let end = chain.end();
            if end != expected || reached == last {
                return Err(JournalError::Conflict(format!(
                    "the journal of {instance} ends at {end}, expected was {expected}"
                )));
            }
            last = reached;
        }
        Err(JournalError::Conflict(format!(
            "stale writers keep appending to the journal of {instance}"
        )))
    }

    async fn read(
        &self,
        instance: InstanceId,
        after: Revision,
    ) -> Result<Vec<Entry>, JournalError> {
        let (chain, _) = self.chain(instance).await?;
        Ok(chain.after(after))
    }
}

/// The chain of what the stream holds.
fn chain_of(instance: InstanceId, events: &[Stored]) -> Result<Chain, JournalError> {
    if let Some((first @ 1.., _)) = events.first() {
        let reason = "what stood before was removed from the stream";
        return Err(unreadable(instance, first + 1, reason));
    }
    let mut chain = Chain::new(instance);
    for (revision, data) in events {
        chain.push(revision + 1, data)?;
    }
    Ok(chain)
}

/// What a server that is set to take less than others says of it.
fn too_large(error: &LinkError, size: usize) -> Option<JournalError> {
    let LinkError::Refused(Error::Grpc { message, .. }) = error else {
        return None;
    };
    // The client passes on the text alone, not the number that the server sends beside it.
    let number = message.strip_prefix(TOO_LARGE)?;
    let digits = number.find(|c: char| !c.is_ascii_digit());
    let size_max = number[..digits.unwrap_or(number.len())].parse().ok()?;
    Some(JournalError::TooLarge { size, size_max })
}

fn unavailable(error: LinkError) -> JournalError {
    JournalError::Unavailable(match error {
        LinkError::Refused(Error::AccessDenied) => "EventStoreDB denies access: check the user, \
             the password and what they may do (journal.connection_string)"
            .to_owned(),
        LinkError::Refused(error) => format!("EventStoreDB refuses: {error}"),
        LinkError::Unreachable(reason) => format!("EventStoreDB does not answer: {reason}"),
    })
}

fn unreadable(instance: InstanceId, sequence: u64, reason: &str) -> JournalError {
    JournalError::Unreadable {
        instance: instance.to_string(),
        sequence,
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_without_its_beginning_is_not_taken_for_an_empty_journal() {
        let instance = InstanceId(uuid::Uuid::nil());
        let record = r#"{"revision":3,"previous":2,"at":1,"cause":{"kind":"start","id":"1"},
            "events":[]}"#;
        let truncated = chain_of(instance, &[(2, Bytes::from(record))]);
        let Err(JournalError::Unreadable {
            sequence: 3,
            reason,
            ..
        }) = truncated
        else {
            panic!("{truncated:?}");
        };
        assert!(reason.contains("removed"), "{reason}");
    }
}
