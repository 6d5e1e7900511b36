//! The streams, in memory and in one file.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::Path,
    sync::Arc,
};

use bytes::{Buf, Bytes};
use prost::Message;

use crate::wire::{Expected, RecordedEvent};

/// All streams.
#[derive(Debug)]
pub(crate) struct Store {
    file: File,
    streams: BTreeMap<Bytes, Vec<Arc<RecordedEvent>>>,
    all: Vec<Arc<RecordedEvent>>,
    position: u64,
}

/// What became of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Stored, now or by an earlier attempt: the revision and position of the last event.
    Stored { revision: u64, position: u64 },
    /// The stream ends elsewhere: at this revision, if it is there.
    WrongExpectedVersion(Option<u64>),
}

impl Store {
    /// What the file holds, but for an end that was being written when its process died.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::options()
            .create(true)
            .append(true)
            .read(true)
            .open(path)?;
        let kept = Bytes::from(fs::read(path)?);
        let mut store = Self {
            file: file.try_clone()?,
            streams: BTreeMap::new(),
            all: Vec::new(),
            position: 0,
        };
        let mut rest = kept.clone();
        let mut whole = 0;
        while let Ok(event) = RecordedEvent::decode_length_delimited(&mut rest) {
            store.keep(event);
            whole = kept.len() - rest.remaining();
        }
        file.set_len(whole as u64)?;
        file.flush()?;
        Ok(store)
    }

    pub fn append(
        &mut self,
        stream: &Bytes,
        expected: Expected,
        events: Vec<RecordedEvent>,
    ) -> io::Result<Written> {
        let stored = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let last = (stored.len() as u64).checked_sub(1);
        let next = match expected {
            Expected::Revision(revision) => revision.saturating_add(1),
            Expected::NoStream(_) => 0,
            Expected::StreamExists(_) if last.is_none() => {
                return Ok(Written::WrongExpectedVersion(last));
            }
            Expected::Any(_) | Expected::StreamExists(_) => stored.len() as u64,
        };
        if next != stored.len() as u64 {
            return Ok(
                already(stored, next, &events).unwrap_or(Written::WrongExpectedVersion(last))
            );
        }
        for (mut event, revision) in events.into_iter().zip(next..) {
            self.position += 1;
            event.stream_revision = revision;
            event.prepare_position = self.position;
            event.commit_position = self.position;
            self.file
                .write_all(&event.encode_length_delimited_to_vec())?;
            self.keep(event);
        }
        let length = self.streams.get(stream).map_or(0, Vec::len) as u64;
        Ok(Written::Stored {
            revision: length.saturating_sub(1),
            position: self.position,
        })
    }

    /// The events of a stream from a revision on; none if there is no such stream.
    pub fn read(&self, stream: &Bytes, from: u64, count: u64) -> Option<Vec<Arc<RecordedEvent>>> {
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let events = self.streams.get(stream)?.iter();
        Some(events.skip(size(from)).take(size(count)).cloned().collect())
    }

    /// The first events of all streams, in the order in which they were appended.
    pub fn read_all(&self, count: u64) -> Vec<Arc<RecordedEvent>> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.all.iter().take(count).cloned().collect()
    }

    /// Keeps in memory what is in the file.
    fn keep(&mut self, event: RecordedEvent) {
        self.position = event.commit_position;
        let stream = event.stream_identifier.clone().unwrap_or_default();
        let events = self.streams.entry(stream.stream_name).or_default();
        let event = Arc::new(event);
        events.push(event.clone());
        self.all.push(event);
    }
}

/// Whether these very events stand where they were expected to be put: then this is a repetition,
/// and as good as the first time.
fn already(stored: &[Arc<RecordedEvent>], next: u64, events: &[RecordedEvent]) -> Option<Written> {
    let from = usize::try_from(next).ok()?;
    let there = stored.get(from..from + events.len())?;
    let same = there
        .iter()
        .zip(events)
        .all(|(one, other)| one.id == other.id);
    let last = there.last().filter(|_| same)?;
    Some(Written::Stored {
        revision: last.stream_revision,
        position: last.commit_position,
    })
}
