//! One stream of the broker in memory: what it keeps, and what its consumers have seen.

use std::collections::{BTreeMap, BTreeSet};

use weir_protocol::{InboxSubject, PARTITIONS, Retention, Stream, subject_matches};

use super::{MemoryOptions, consumer::ConsumerState};
use crate::{BusError, Outgoing, Published, Stored, Ttl};

pub(super) struct StreamState {
    stream: Stream,
    /// Sequence of the last message it ever had.
    head: u64,
    messages: BTreeMap<u64, Stored>,
    /// Sequences by subject.
    subjects: BTreeMap<String, BTreeSet<u64>>,
    /// When messages go, and which.
    expiries: BTreeSet<(u64, u64)>,
    /// Ids seen: the sequence they got, and until when they are remembered.
    ids: BTreeMap<String, (u64, u64)>,
    consumers: BTreeMap<String, ConsumerState>,
}

impl StreamState {
    pub fn new(stream: Stream) -> Self {
        Self {
            stream,
            head: 0,
            messages: BTreeMap::new(),
            subjects: BTreeMap::new(),
            expiries: BTreeSet::new(),
            ids: BTreeMap::new(),
            consumers: BTreeMap::new(),
        }
    }

    pub fn head(&self) -> u64 {
        self.head
    }

    /// All messages, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = &Stored> {
        self.messages.values()
    }

    /// The messages with at least this sequence, oldest first.
    pub fn messages_from(&self, sequence: u64) -> impl Iterator<Item = &Stored> {
        self.messages.range(sequence..).map(|(_, message)| message)
    }

    /// The messages on a subject, oldest first.
    pub fn on_subject(&self, subject: &str) -> impl DoubleEndedIterator<Item = &Stored> {
        let sequences = self.subjects.get(subject).into_iter().flatten();
        sequences.filter_map(|sequence| self.messages.get(sequence))
    }

    /// The last message of every subject that the filter stands for, oldest first.
    pub fn latest(&self, filter: &str) -> Vec<Stored> {
        let subjects = self.subjects.iter();
        let wanted = subjects.filter(|(subject, _)| subject_matches(filter, subject));
        let latest: BTreeSet<u64> = wanted
            .filter_map(|(_, kept)| kept.last().copied())
            .collect();
        let messages = latest
            .iter()
            .filter_map(|sequence| self.messages.get(sequence));
        messages.cloned().collect()
    }

    pub fn message(&self, sequence: u64) -> Option<&Stored> {
        self.messages.get(&sequence)
    }

    /// Lets go of what is too old at this time.
    pub fn expire(&mut self, now_ms: u64) {
        while let Some(&(at_ms, sequence)) = self.expiries.first()
            && at_ms <= now_ms
        {
            self.expiries.pop_first();
            self.remove(sequence);
        }
        self.ids.retain(|_, &mut (_, until_ms)| until_ms > now_ms);
    }

    pub fn publish(
        &mut self,
        message: Outgoing,
        now_ms: u64,
        options: &MemoryOptions,
    ) -> Result<Published, BusError> {
        let subject = stored_subject(message.subject.as_str());
        if let Some(expected) = message.expected_sequence {
            let last = self.on_subject(&subject).next_back();
            let actual = last.map_or(0, |stored| stored.sequence);
            if actual != expected {
                return Err(BusError::Conflict(format!(
                    "the last sequence of `{subject}` is {actual}, expected was {expected}"
                )));
            }
        }
        if let Some(id) = message.id.as_ref()
            && let Some(&(sequence, _)) = self.ids.get(id)
        {
            return Ok(Published {
                sequence,
                duplicate: true,
            });
        }
        if message.rollup {
            self.keep_last(&subject, 0);
        }
        let sequence = self.head + 1;
        self.head = sequence;
        let age_ms_max = options.age_ms_max.get(&self.stream).copied();
        let lives_ms = match message.ttl {
            Some(Ttl::Never) => None,
            Some(Ttl::Seconds(s)) => Some(s.saturating_mul(1000)),
            None => age_ms_max,
        };
        if let Some(lives_ms) = lives_ms {
            let expires_at_ms = now_ms.saturating_add(lives_ms);
            self.expiries.insert((expires_at_ms, sequence));
        }
        if let Some(id) = &message.id {
            let until_ms = now_ms.saturating_add(options.duplicate_window_ms);
            self.ids.insert(id.clone(), (sequence, until_ms));
        }
        let on_subject = self.subjects.entry(subject.clone()).or_default();
        on_subject.insert(sequence);
        let stored = Stored {
            stream: self.stream,
            sequence,
            stored_at_ms: now_ms,
            subject: subject.clone(),
            headers: message.all_headers(),
            payload: message.payload,
        };
        self.messages.insert(sequence, stored);
        if let Some(max) = self.stream.messages_per_subject_max() {
            self.keep_last(&subject, usize::try_from(max).unwrap_or(usize::MAX));
        }
        Ok(Published {
            sequence,
            duplicate: false,
        })
    }

    /// A replica joins a consumer, which begins at the first message there is.
    pub fn join(&mut self, consumer: &str, filter: Option<String>) {
        let name = consumer.to_owned();
        let new = || ConsumerState::new(filter);
        self.consumers.entry(name).or_insert_with(new);
    }

    /// Lets `f` change a consumer while it looks at the stream.
    pub fn with_consumer<T>(
        &mut self,
        name: &str,
        f: impl FnOnce(&mut ConsumerState, &Self) -> T,
    ) -> Option<T> {
        let mut consumer = self.consumers.remove(name)?;
        let result = f(&mut consumer, self);
        self.consumers.insert(name.to_owned(), consumer);
        Some(result)
    }

    /// A consumer is done with a message: a work queue lets go of it.
    pub fn acknowledged(&mut self, sequence: u64) {
        if self.stream.retention() == Retention::WorkQueue {
            self.remove(sequence);
        }
    }

    pub fn next_redelivery_ms(&self) -> Option<u64> {
        let consumers = self.consumers.values();
        consumers
            .filter_map(ConsumerState::next_redelivery_ms)
            .min()
    }

    fn keep_last(&mut self, subject: &str, count: usize) {
        let sequences = self.subjects.get(subject);
        let surplus = sequences.map_or(0, |kept| kept.len().saturating_sub(count));
        let oldest = sequences.into_iter().flatten().take(surplus).copied();
        for sequence in oldest.collect::<Vec<_>>() {
            self.remove(sequence);
        }
    }

    /// Lets go of a message; false if it is not there.
    pub fn remove(&mut self, sequence: u64) -> bool {
        let Some(message) = self.messages.remove(&sequence) else {
            return false;
        };
        if let Some(sequences) = self.subjects.get_mut(&message.subject) {
            sequences.remove(&sequence);
            if sequences.is_empty() {
                self.subjects.remove(&message.subject);
            }
        }
        true
    }
}

/// The subject under which a message is kept: inbox subjects get their partition.
fn stored_subject(subject: &str) -> String {
    match InboxSubject::parse(subject) {
        Some(inbox) => inbox.stored(partition(&inbox)),
        None => subject.to_owned(),
    }
}

/// FNV-1a over the instance's id, as NATS does it, so that both brokers agree.
fn partition(inbox: &InboxSubject) -> u8 {
    let hash = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    let id = inbox.instance.to_string();
    let hash = id.bytes().fold(2_166_136_261, hash);
    u8::try_from(hash % u32::from(PARTITIONS)).unwrap_or_default()
}
