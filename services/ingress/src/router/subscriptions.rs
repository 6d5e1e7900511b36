//! Open subscriptions, found by the events they want.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use weir_bus::Stored;
use weir_engine::{Activation, InstanceId};
use weir_protocol::{
    header,
    v1::{Listener, OpenSubscription},
};

use super::{
    entry::Occurrence,
    site::{Hit, Site, SiteKey},
};

/// A subscription that was opened.
#[derive(Debug)]
pub(crate) struct Open {
    pub subject: String,
    /// Where the stream has it.
    pub sequence: u64,
    pub wanted_by: WantedBy,
    pub site: Arc<Site>,
    /// By filter: see [`Site::key_of`].
    keys: Vec<Option<Arc<str>>>,
    expires_at_ms: Option<u64>,
}

/// Who wants the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WantedBy {
    /// The workflow: each starts an instance.
    Trigger {
        /// Events stored before the subscription are for it from here on, if from anywhere.
        since_ms: Option<u64>,
    },
    /// A listen of an instance.
    Instance {
        instance: InstanceId,
        task: Activation,
        /// Events stored earlier are not for it.
        since_ms: u64,
    },
}

impl Open {
    /// A subscription as it is stored; none if its instance's id is none.
    pub fn new(message: &Stored, subscription: &OpenSubscription, site: Arc<Site>) -> Option<Self> {
        let nothing = Vec::new();
        let (wanted_by, expected) = match &subscription.listener {
            Listener::Trigger { since } => (WantedBy::Trigger { since_ms: *since }, &nothing),
            Listener::Instance {
                instance,
                task,
                reference: _,
                since,
                expected,
            } => {
                let wanted_by = WantedBy::Instance {
                    instance: instance.parse().ok()?,
                    task: Activation(*task),
                    since_ms: *since,
                };
                (wanted_by, expected)
            }
        };
        let filters = 0..site.filter_count();
        let lives_ms = message.header(header::TTL).and_then(ttl_ms);
        Some(Self {
            subject: message.subject.clone(),
            sequence: message.sequence,
            wanted_by,
            keys: filters
                .map(|filter| site.key_of(filter, expected))
                .collect(),
            expires_at_ms: lives_ms.map(|ms| message.stored_at_ms.saturating_add(ms)),
            site,
        })
    }

    /// The key it waits under at a filter.
    pub fn key(&self, filter: usize) -> Option<&Arc<str>> {
        self.keys.get(filter)?.as_ref()
    }

    /// Since when (milliseconds since the Unix epoch) events stored before this subscription are
    /// for it all the same, if at all.
    pub fn since_ms(&self) -> Option<u64> {
        match self.wanted_by {
            WantedBy::Trigger { since_ms } => since_ms,
            WantedBy::Instance { since_ms, .. } => Some(since_ms),
        }
    }

    /// Whether the event is the very one that started the instance: it has it already.
    pub fn was_started_by(&self, occurrence: &Occurrence) -> bool {
        let WantedBy::Instance { instance, .. } = self.wanted_by else {
            return false;
        };
        let event = &occurrence.event;
        instance == InstanceId::for_event(&self.site.key.workflow, event.source(), event.id())
    }
}

/// `Nats-TTL` as Weir writes it.
fn ttl_ms(text: &str) -> Option<u64> {
    let seconds: u64 = text.strip_suffix('s')?.parse().ok()?;
    seconds.checked_mul(1000)
}

/// The open subscriptions.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    by_subject: BTreeMap<String, Arc<Open>>,
    groups: BTreeMap<SiteKey, Group>,
    /// Sites that want one type only, by that type.
    by_type: BTreeMap<String, BTreeSet<SiteKey>>,
    /// Sites that may want any type.
    any_type: BTreeSet<SiteKey>,
    /// When subscriptions end by themselves.
    expiries: BTreeSet<(u64, String)>,
}

/// Those who wait at one site.
#[derive(Debug)]
struct Group {
    site: Arc<Site>,
    count: usize,
    filters: Vec<Waiting>,
}

/// Those who wait at one filter, by subject.
#[derive(Debug, Default)]
struct Waiting {
    keyed: BTreeMap<Arc<str>, BTreeMap<String, Arc<Open>>>,
    unkeyed: BTreeMap<String, Arc<Open>>,
}

/// Who wants an event.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    /// By subject.
    pub open: BTreeMap<String, Arc<Open>>,
    /// Filters that could not be evaluated.
    pub errors: u64,
}

impl Subscriptions {
    /// The one on `subject`.
    pub fn on_subject(&self, subject: &str) -> Option<&Arc<Open>> {
        self.by_subject.get(subject)
    }

    /// The site, if somebody waits there.
    pub fn site(&self, key: &SiteKey) -> Option<&Arc<Site>> {
        self.groups.get(key).map(|group| &group.site)
    }

    /// Adds one, in place of an earlier one on its subject.
    pub fn open(&mut self, open: &Arc<Open>) {
        let later = |there: &Arc<Open>| there.sequence >= open.sequence;
        if self.by_subject.get(&open.subject).is_some_and(later) {
            return;
        }
        self.remove(&open.subject);
        if let Some(at_ms) = open.expires_at_ms {
            self.expiries.insert((at_ms, open.subject.clone()));
        }
        self.by_subject.insert(open.subject.clone(), open.clone());
        let key = &open.site.key;
        if !self.groups.contains_key(key) {
            self.add_site(&open.site);
        }
        if let Some(group) = self.groups.get_mut(key) {
            group.count += 1;
            for (filter, waiting) in group.filters.iter_mut().enumerate() {
                let there = match open.key(filter) {
                    Some(key) => waiting.keyed.entry(key.clone()).or_default(),
                    None => &mut waiting.unkeyed,
                };
                there.insert(open.subject.clone(), open.clone());
            }
        }
    }

    /// Removes the one on `subject`, if it was opened before `sequence`.
    pub fn close(&mut self, subject: &str, sequence: u64) {
        let earlier = |there: &Arc<Open>| there.sequence < sequence;
        if self.by_subject.get(subject).is_some_and(earlier) {
            self.remove(subject);
        }
    }

    /// Removes those that have ended by themselves.
    pub fn expire(&mut self, now_ms: u64) {
        while let Some((at_ms, subject)) = self.expiries.first()
            && *at_ms <= now_ms
        {
            let subject = subject.clone();
            self.expiries.pop_first();
            self.remove(&subject);
        }
    }

    /// Whether anybody may want an event of this type.
    pub fn want(&self, event_type: &str) -> bool {
        !self.any_type.is_empty() || self.by_type.contains_key(event_type)
    }

    /// Who wants an event, whenever they opened.
    pub fn matching(&self, occurrence: &Occurrence) -> Matches {
        let mut matches = Matches::default();
        let typed = self.by_type.get(occurrence.event.event_type());
        for key in typed.into_iter().flatten().chain(&self.any_type) {
            let Some(group) = self.groups.get(key) else {
                continue;
            };
            let (hits, errors) = group.site.hits(occurrence.event.data());
            matches.errors += errors;
            for hit in hits {
                let wanting = group
                    .wanting(&hit)
                    .filter(|o| !o.was_started_by(occurrence));
                let wanting = wanting.map(|open| (open.subject.clone(), open.clone()));
                matches.open.extend(wanting);
            }
        }
        matches
    }

    fn add_site(&mut self, site: &Arc<Site>) {
        let key = &site.key;
        match site.types() {
            Some(types) => {
                for event_type in types {
                    let sites = self.by_type.entry(event_type.to_owned()).or_default();
                    sites.insert(key.clone());
                }
            }
            None => {
                self.any_type.insert(key.clone());
            }
        }
        let filters = 0..site.filter_count();
        let group = Group {
            site: site.clone(),
            count: 0,
            filters: filters.map(|_| Waiting::default()).collect(),
        };
        self.groups.insert(key.clone(), group);
    }

    fn remove(&mut self, subject: &str) {
        let Some(open) = self.by_subject.remove(subject) else {
            return;
        };
        if let Some(at_ms) = open.expires_at_ms {
            self.expiries.remove(&(at_ms, subject.to_owned()));
        }
        let key = &open.site.key;
        let Some(group) = self.groups.get_mut(key) else {
            return;
        };
        for (filter, waiting) in group.filters.iter_mut().enumerate() {
            waiting.remove(open.key(filter), subject);
        }
        group.count -= 1;
        if group.count == 0 {
            self.groups.remove(key);
            self.remove_site(&open.site);
        }
    }

    fn remove_site(&mut self, site: &Site) {
        self.any_type.remove(&site.key);
        for event_type in site.types().into_iter().flatten() {
            if let Some(sites) = self.by_type.get_mut(event_type) {
                sites.remove(&site.key);
                if sites.is_empty() {
                    self.by_type.remove(event_type);
                }
            }
        }
    }
}

impl Group {
    fn wanting(&self, hit: &Hit) -> impl Iterator<Item = &Arc<Open>> {
        let waiting = self.filters.get(hit.filter);
        let unkeyed = waiting
            .into_iter()
            .flat_map(|waiting| waiting.unkeyed.values());
        let keyed = waiting.into_iter().flat_map(move |waiting| {
            let range = match &hit.key {
                // Whoever waits there may be meant.
                None => waiting.keyed.range::<Arc<str>, _>(..),
                Some(key) => waiting.keyed.range(key.clone()..=key.clone()),
            };
            range.flat_map(|(_, there)| there.values())
        });
        unkeyed.chain(keyed)
    }
}

impl Waiting {
    fn remove(&mut self, key: Option<&Arc<str>>, subject: &str) {
        let Some(key) = key else {
            self.unkeyed.remove(subject);
            return;
        };
        if let Some(there) = self.keyed.get_mut(key) {
            there.remove(subject);
            if there.is_empty() {
                self.keyed.remove(key);
            }
        }
    }
}
