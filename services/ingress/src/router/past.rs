//! What the filters of one site made of recent events, so that each event is held against them
//! once, however many subscriptions look back.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Range,
    sync::Arc,
};

use super::{
    entry::Raw,
    site::{Hit, Site},
    subscriptions::Open,
};

/// More hits than this are forgotten; they are found again when needed.
const HITS_MAX: usize = 100_000;

/// The hits among the events of a range of sequences.
#[derive(Debug, Default)]
pub(crate) struct Past {
    known: Range<u64>,
    /// In the order of the stream.
    hits: VecDeque<(u64, Hit)>,
    /// Sequences by filter and key.
    keyed: BTreeMap<(usize, Option<Arc<str>>), VecDeque<u64>>,
}

/// What is missing of a range: before what is known, and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    pub before: Range<u64>,
    pub after: Range<u64>,
}

impl Past {
    /// What is missing so that all of `wanted` is known. Forgets what is before `first`, the
    /// sequence of the first event there is.
    pub fn prepare(&mut self, first: u64, wanted: &Range<u64>) -> Missing {
        self.forget_before(first);
        let apart = wanted.end < self.known.start || self.known.end < wanted.start;
        if self.hits.len() > HITS_MAX || self.known.is_empty() || apart {
            *self = Self {
                known: wanted.start..wanted.start,
                ..Self::default()
            };
        }
        Missing {
            before: wanted.start..self.known.start,
            after: self.known.end..wanted.end,
        }
    }

    /// Adds the events that were missing, in their order; returns how many evaluations failed.
    pub fn extend(
        &mut self,
        site: &Site,
        missing: &Missing,
        before: &[Arc<Raw>],
        after: &[Arc<Raw>],
    ) -> u64 {
        let mut errors = 0;
        let mut hits = |event: &Raw| {
            // What cannot be read is for the dead letters.
            let occurrence = event.read().ok();
            let hits = occurrence.map(|occurrence| site.hits(occurrence.event.data()));
            let (hits, failed) = hits.unwrap_or_default();
            errors += failed;
            hits
        };
        for event in before.iter().rev() {
            for hit in hits(event).into_iter().rev() {
                let sequences = self.keyed.entry((hit.filter, hit.key.clone())).or_default();
                sequences.push_front(event.sequence);
                self.hits.push_front((event.sequence, hit));
            }
        }
        for event in after {
            for hit in hits(event) {
                let sequences = self.keyed.entry((hit.filter, hit.key.clone())).or_default();
                sequences.push_back(event.sequence);
                self.hits.push_back((event.sequence, hit));
            }
        }
        self.known.start = self.known.start.min(missing.before.start);
        self.known.end = self.known.end.max(missing.after.end);
        errors
    }

    /// Which of the `wanted` sequences a subscription may want.
    pub fn find(&self, open: &Open, wanted: &Range<u64>) -> BTreeSet<u64> {
        let mut found = BTreeSet::new();
        let mut add = |sequences: &VecDeque<u64>| {
            let start = sequences.partition_point(|sequence| *sequence < wanted.start);
            let rest = sequences.range(start..).copied();
            found.extend(rest.take_while(|sequence| *sequence < wanted.end));
        };
        for filter in 0..open.site.filter_count() {
            if let Some(key) = open.key(filter) {
                for key in [Some(key.clone()), None] {
                    self.keyed
                        .get(&(filter, key))
                        .into_iter()
                        .for_each(&mut add);
                }
            } else {
                let of_filter = self.keyed.range((filter, None)..(filter + 1, None));
                of_filter.for_each(|(_, sequences)| add(sequences));
            }
        }
        found
    }

    fn forget_before(&mut self, first: u64) {
        while let Some((sequence, hit)) = self.hits.front()
            && *sequence < first
        {
            let key = (hit.filter, hit.key.clone());
            if let Some(sequences) = self.keyed.get_mut(&key) {
                sequences.pop_front();
                if sequences.is_empty() {
                    self.keyed.remove(&key);
                }
            }
            self.hits.pop_front();
        }
        self.known.start = self.known.start.max(first).min(self.known.end);
    }
}
