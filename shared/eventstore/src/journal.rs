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
use weir_journal::{Fenced, JournalError, Position};
use weir_protocol::{
    InstanceId,
    v1::{Format, Record},
};

use crate::{
    link::{Link, LinkError},
    stored,
};

/// Largest record, in bytes. By default a server takes 1 MiB at a time, type and metadata included.
pub const RECORD_BYTES_MAX: usize = (1024 - 4) * 1024;

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
    async fn write_after(
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
}

#[async_trait]
impl Fenced for EventStoreJournal {
    /// The event, and how many bytes its data are.
    type Prepared = (EventData, usize);

    fn prepare(
        &self,
        instance: InstanceId,
        expected: Position,
        record: &Record,
    ) -> Result<Self::Prepared, JournalError> {
        let bytes = record.encode();
        let size = bytes.len();
        if size > RECORD_BYTES_MAX {
            let size_max = RECORD_BYTES_MAX;
            return Err(JournalError::TooLarge { size, size_max });
        }
        let event = stored::event(instance, record, &bytes)
            .map_err(|error| unreadable(instance, expected.sequence + 1, &error.to_string()))?;
        Ok((event, size))
    }

    async fn append_after(
        &self,
        instance: InstanceId,
        last: u64,
        (event, size): &Self::Prepared,
    ) -> Result<Option<u64>, JournalError> {
        match self.write_after(instance, last, event).await {
            Ok(sequence) => Ok(Some(sequence)),
            Err(LinkError::Refused(Error::WrongExpectedVersion { .. })) => Ok(None),
            Err(error) => Err(too_large(&error, *size).unwrap_or(unavailable(error))),
        }
    }

    async fn stored(&self, instance: InstanceId) -> Result<Vec<(u64, Bytes)>, JournalError> {
        let events = self.link.request(|client| self.events(client, instance));
        match events.await {
            Ok(events) => from_first(instance, events),
            Err(LinkError::Refused(Error::ResourceNotFound)) => Ok(Vec::new()),
            Err(LinkError::Refused(Error::ResourceDeleted)) => {
                Err(unreadable(instance, 0, "the stream was deleted"))
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    fn stray_count(&self) -> &AtomicU64 {
        &self.strays
    }
}

/// The events of a whole stream, counted from 1.
fn from_first(
    instance: InstanceId,
    events: Vec<Stored>,
) -> Result<Vec<(u64, Bytes)>, JournalError> {
    if let Some((first @ 1.., _)) = events.first() {
        let reason = "what stood before was removed from the stream";
        return Err(unreadable(instance, first + 1, reason));
    }
    let events = events.into_iter();
    Ok(events
        .map(|(revision, data)| (revision + 1, data))
        .collect())
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
        let truncated = from_first(instance, vec![(2, Bytes::from(record))]);
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
