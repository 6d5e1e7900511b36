//! The events stream, as far as a replica has read it.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use weir_bus::Stored;
use weir_protocol::v1::OpenSubscription;

use super::{
    entry::{Entry, Occurrence, Raw},
    site::Site,
    subscriptions::{Matches, Open, Subscriptions, WantedBy},
    window::{Window, WindowLimits},
};

/// Open subscriptions and recent events. Disposable: the stream has all of it.
#[derive(Debug)]
pub(crate) struct Index {
    pub subscriptions: Subscriptions,
    window: Window,
}

/// What a look back found.
#[derive(Debug)]
pub(crate) enum Found {
    /// The events that may be wanted, in order; and how many filters could not be evaluated.
    Events(Vec<Arc<Raw>>, u64),
    /// It goes back further than the window: the stream has to be read.
    TooFar,
}

impl Index {
    /// Knows nothing yet; `whole`: what it will be told begins with the stream's first message.
    pub fn new(limits: WindowLimits, whole: bool) -> Self {
        Self {
            subscriptions: Subscriptions::default(),
            window: Window::new(limits, whole),
        }
    }

    /// Adds a subscription.
    pub fn open(&mut self, message: &Stored, subscription: &OpenSubscription, site: Arc<Site>) {
        if let Some(open) = Open::new(message, subscription, site) {
            self.subscriptions.open(&Arc::new(open));
        }
    }

    /// Takes in the next message of the stream. `site` is where the filters of a subscription
    /// stand, if they were found.
    pub fn apply(&mut self, message: &Stored, entry: &Entry, site: Option<Arc<Site>>) {
        self.subscriptions.expire(message.stored_at_ms);
        self.window.begin(message);
        match entry {
            Entry::Event => self.window.push(message),
            Entry::Opened(subscription) => {
                if let Some(site) = site {
                    self.open(message, subscription, site);
                }
            }
            Entry::Closed => self.subscriptions.close(&message.subject, message.sequence),
            Entry::Unreadable(_) => {}
        }
    }

    /// Who wants an event that the index has reached: those who opened before it. Those who opened
    /// after it look back themselves, but for triggers.
    pub fn matching(&self, occurrence: &Occurrence) -> Matches {
        let mut matches = self.subscriptions.matching(occurrence);
        matches.open.retain(|_, open| {
            let since_ms = match open.wanted_by {
                WantedBy::Trigger { since_ms } => since_ms,
                WantedBy::Instance { .. } => None,
            };
            open.sequence < occurrence.sequence
                || since_ms.is_some_and(|since_ms| occurrence.stored_at_ms >= since_ms)
        });
        matches
    }
}

/// The events before a subscription that it may want. Never evaluates while the index is locked
/// for others.
pub(crate) fn look_back(index: &RwLock<Index>, open: &Open) -> Found {
    let Some(since_ms) = open.since_ms() else {
        return Found::Events(Vec::new(), 0);
    };
    let site = &*open.site;
    let mut past = site.past();
    let (wanted, missing, before, after) = {
        let window = &read(index).window;
        if !window.covers(since_ms) {
            return Found::TooFar;
        }
        let from = window.first_since(since_ms).unwrap_or(open.sequence);
        let wanted = from..open.sequence.max(from);
        let missing = past.prepare(window.first(), &wanted);
        let types: Option<Vec<&str>> = site.types().map(|types| types.into_iter().collect());
        let between = |range| window.between(range, types.as_deref());
        let (before, after) = (between(&missing.before), between(&missing.after));
        (wanted, missing, before, after)
    };
    let errors = past.extend(site, &missing, &before, &after);
    let found = past.find(open, &wanted);
    let window = &read(index).window;
    let events: Option<Vec<_>> = found
        .into_iter()
        .map(|at| window.get(at).cloned())
        .collect();
    // What left the window meanwhile is still in the stream.
    events.map_or(Found::TooFar, |events| Found::Events(events, errors))
}

/// Looks at an index.
pub(crate) fn read(index: &RwLock<Index>) -> RwLockReadGuard<'_, Index> {
    // A panic would end the process; there is none that leaves it half changed.
    index.read().unwrap_or_else(PoisonError::into_inner)
}

/// Changes an index.
pub(crate) fn write(index: &RwLock<Index>) -> RwLockWriteGuard<'_, Index> {
    index.write().unwrap_or_else(PoisonError::into_inner)
}
