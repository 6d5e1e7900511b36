//! The events lately, as they are stored, bounded by count and bytes.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    sync::Arc,
};

use weir_bus::Stored;

use super::entry::{Raw, event_type};

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowLimits {
    pub events_max: usize,
    pub bytes_max: usize,
}

impl Default for WindowLimits {
    fn default() -> Self {
        Self {
            events_max: 100_000,
            bytes_max: 32 * 1024 * 1024,
        }
    }
}

/// The end of the stream's events, without gaps.
#[derive(Debug)]
pub(crate) struct Window {
    limits: WindowLimits,
    /// In the order of the stream.
    kept: VecDeque<Kept>,
    by_type: BTreeMap<Arc<str>, VecDeque<u64>>,
    bytes: usize,
    /// All events that were stored later than this (milliseconds since the Unix epoch) are here;
    /// none: nothing is known yet.
    complete_after_ms: Option<u64>,
}

#[derive(Debug)]
struct Kept {
    event: Arc<Raw>,
    /// When it was stored, but never earlier than those before it: a new leader's clock may be
    /// behind the old one's.
    time_ms: u64,
    event_type: Arc<str>,
    bytes: usize,
}

impl Window {
    /// An empty window; `whole`: what it will be told begins with the stream's first message.
    pub fn new(limits: WindowLimits, whole: bool) -> Self {
        Self {
            limits,
            kept: VecDeque::new(),
            by_type: BTreeMap::new(),
            bytes: 0,
            complete_after_ms: whole.then_some(0),
        }
    }

    /// Whether all events that were stored at this time or later are here.
    pub fn covers(&self, since_ms: u64) -> bool {
        let after = self.complete_after_ms;
        after.is_some_and(|after_ms| after_ms == 0 || since_ms > after_ms)
    }

    /// What is told begins with this message, whatever it is.
    pub fn begin(&mut self, message: &Stored) {
        self.complete_after_ms.get_or_insert(message.stored_at_ms);
    }

    /// Adds an event, later than all before.
    pub fn push(&mut self, message: &Stored) {
        let Some(event_type) = event_type(message) else {
            // Wanted by nobody: it goes to the dead letters.
            return;
        };
        let event_type: Arc<str> = match self.by_type.get_key_value(event_type.as_str()) {
            Some((there, _)) => there.clone(),
            None => event_type.into(),
        };
        let event = Raw::from(message);
        let bytes = event.size_bytes();
        self.bytes += bytes;
        let sequence = message.sequence;
        self.by_type
            .entry(event_type.clone())
            .or_default()
            .push_back(sequence);
        let before_ms = self.kept.back().map_or(0, |kept| kept.time_ms);
        self.kept.push_back(Kept {
            time_ms: message.stored_at_ms.max(before_ms),
            event: Arc::new(event),
            event_type,
            bytes,
        });
        while self.kept.len() > self.limits.events_max || self.bytes > self.limits.bytes_max {
            self.pop();
        }
    }

    /// The event at a sequence.
    pub fn get(&self, sequence: u64) -> Option<&Arc<Raw>> {
        let index = self
            .kept
            .binary_search_by_key(&sequence, Kept::sequence)
            .ok()?;
        self.kept.get(index).map(|kept| &kept.event)
    }

    /// Sequence of the first event.
    pub fn first(&self) -> u64 {
        self.kept.front().map_or(u64::MAX, Kept::sequence)
    }

    /// Sequence of the first event that was stored at this time or later.
    pub fn first_since(&self, since_ms: u64) -> Option<u64> {
        let index = self.kept.partition_point(|kept| kept.time_ms < since_ms);
        self.kept.get(index).map(Kept::sequence)
    }

    /// The events with these sequences, of these types if given, in order.
    pub fn between(&self, sequences: &Range<u64>, types: Option<&[&str]>) -> Vec<Arc<Raw>> {
        let Some(types) = types else {
            let start = self
                .kept
                .partition_point(|kept| kept.sequence() < sequences.start);
            let rest = self.kept.range(start..);
            let there = rest.take_while(|kept| kept.sequence() < sequences.end);
            return there.map(|kept| kept.event.clone()).collect();
        };
        let mut found: Vec<u64> = Vec::new();
        for event_type in types {
            if let Some(of_type) = self.by_type.get(*event_type) {
                let start = of_type.partition_point(|sequence| *sequence < sequences.start);
                let rest = of_type.range(start..).copied();
                found.extend(rest.take_while(|sequence| *sequence < sequences.end));
            }
        }
        found.sort_unstable();
        found
            .into_iter()
            .filter_map(|sequence| self.get(sequence))
            .cloned()
            .collect()
    }

    fn pop(&mut self) {
        let Some(kept) = self.kept.pop_front() else {
            return;
        };
        self.bytes -= kept.bytes;
        if let Some(of_type) = self.by_type.get_mut(&kept.event_type) {
            debug_assert_eq!(
                of_type.front(),
                Some(&kept.sequence()),
                "types are in order"
            );
            of_type.pop_front();
            if of_type.is_empty() {
                self.by_type.remove(&kept.event_type);
            }
        }
        self.complete_after_ms = Some(kept.time_ms);
    }
}

impl Kept {
    fn sequence(&self) -> u64 {
        self.event.sequence
    }
}
