//! Where a definition wants events: its trigger, or one of its listens.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use weir_expression::{Data, EvalError, Scope};
use weir_graph::{EventFilter, Kind, Program, Read, WorkflowRef};
use weir_protocol::v1::{Listener, OpenSubscription};

use super::past::Past;

/// Names a place of a definition that wants events.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SiteKey {
    pub workflow: WorkflowRef,
    /// JSON pointer to the listen; none for the trigger.
    pub reference: Option<String>,
}

impl SiteKey {
    /// Where the filters of a subscription stand.
    pub fn of(subscription: &OpenSubscription) -> Self {
        let reference = match &subscription.listener {
            Listener::Trigger { .. } => None,
            Listener::Instance { reference, .. } => Some(reference.clone()),
        };
        Self {
            workflow: (&subscription.workflow).into(),
            reference,
        }
    }
}

/// A place of a definition that wants events. Everybody who waits there has the same filters, so
/// an event is held against them once, however many wait.
#[derive(Debug)]
pub(crate) struct Site {
    pub key: SiteKey,
    program: Arc<Program>,
    /// What its filters made of recent events.
    past: Mutex<Past>,
}

/// A filter lets an event through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Which filter.
    pub filter: usize,
    /// For whom: see [`Site::key_of`].
    pub key: Option<Arc<str>>,
}

impl Site {
    /// The site in the compiled definition; none if there is no such listen or trigger.
    pub fn new(key: SiteKey, program: Arc<Program>) -> Option<Self> {
        let site = Self {
            key,
            program,
            past: Mutex::default(),
        };
        site.filters_if_any().is_some().then_some(site)
    }

    fn filters_if_any(&self) -> Option<&[EventFilter]> {
        let Some(reference) = &self.key.reference else {
            let trigger = self.program.trigger.as_ref()?;
            return Some(&trigger.filters);
        };
        match &self.program.find(reference)?.kind {
            Kind::Listen(listen) => Some(&listen.to.filters),
            Kind::Do(_)
            | Kind::Set(_)
            | Kind::Switch(_)
            | Kind::For(_)
            | Kind::Fork { .. }
            | Kind::Try(_)
            | Kind::Raise(_)
            | Kind::Wait(_)
            | Kind::Emit(_)
            | Kind::Call(_)
            | Kind::Invoke(_)
            | Kind::Extended { .. }
            | Kind::Around(_)
            | Kind::Workflow(_)
            | Kind::Shell(_) => None,
        }
    }

    fn filters(&self) -> &[EventFilter] {
        self.filters_if_any().unwrap_or_default()
    }

    /// What of an event becomes the input of an instance that it starts.
    pub fn read(&self) -> Read {
        let trigger = self.program.trigger.as_ref();
        trigger.map_or(Read::Data, |trigger| trigger.read)
    }

    /// How many filters there are; without any, every event is let through by the one with index 0.
    pub fn filter_count(&self) -> usize {
        self.filters().len().max(1)
    }

    /// The only types its filters let through; none if it may be any.
    pub fn types(&self) -> Option<BTreeSet<&str>> {
        let filters = self.filters();
        if filters.is_empty() {
            return None;
        }
        filters.iter().map(EventFilter::type_literal).collect()
    }

    /// The filters that let `event` through, and how many could not be evaluated.
    ///
    /// Generous where only the engine can decide.
    pub fn hits(&self, event: &Data) -> (Vec<Hit>, u64) {
        let filters = self.filters();
        if filters.is_empty() {
            return (
                vec![Hit {
                    filter: 0,
                    key: None,
                }],
                0,
            );
        }
        let mut errors = 0;
        let mut hits = Vec::new();
        for (index, filter) in filters.iter().enumerate() {
            match hit(index, filter, event) {
                Ok(hit) => hits.extend(hit),
                Err(error) => {
                    errors += 1;
                    let (workflow, reference) = (&self.key.workflow, &self.key.reference);
                    tracing::debug!(%workflow, ?reference, index, %error, "event filter failed");
                }
            }
        }
        (hits, errors)
    }

    /// The key under which those wait at a filter who expect these correlation values: an event
    /// with another key is not for them. None: they get all that the filter lets through.
    pub fn key_of(&self, filter: usize, expected: &[BTreeMap<String, Value>]) -> Option<Arc<str>> {
        let filter_ = self.filters().get(filter)?;
        let expected = expected.get(filter)?;
        key(filter_, |name| expected.get(name).cloned())
    }

    /// What its filters made of recent events.
    pub fn past(&self) -> MutexGuard<'_, Past> {
        // It is a cache, whole between any two changes.
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hit of an event that the filter lets through.
fn hit(index: usize, filter: &EventFilter, event: &Data) -> Result<Option<Hit>, EvalError> {
    let hit = |key| Hit { filter: index, key };
    if filter.is_contextual() {
        let event_type = event.as_value().get("type").and_then(Value::as_str);
        let wanted = filter.type_literal();
        let fits = wanted.is_none_or(|wanted| Some(wanted) == event_type);
        return Ok(fits.then(|| hit(None)));
    }
    let scope = Scope::default();
    if !filter.matches(event, &scope)? {
        return Ok(None);
    }
    let mut keys = BTreeMap::new();
    for correlation in &filter.correlate {
        let Some(value) = correlation.key(event, &scope) else {
            return Ok(None);
        };
        keys.insert(correlation.name.as_str(), value);
    }
    Ok(Some(hit(key(filter, |name| keys.get(name).cloned()))))
}

/// The values of the correlations that expect one, as one text; none if there are no such or one
/// is missing.
fn key(filter: &EventFilter, value: impl Fn(&str) -> Option<Value>) -> Option<Arc<str>> {
    let mut values = Vec::new();
    for correlation in &filter.correlate {
        if correlation.expect.is_some() {
            values.push(canonical(value(&correlation.name)?));
        }
    }
    (!values.is_empty()).then(|| Value::Array(values).to_string().into())
}

/// Equal values get the same text.
fn canonical(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(canonical_number(number)),
        Value::Array(items) => items.into_iter().map(canonical).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            let members = members
                .into_iter()
                .map(|(name, value)| (name, canonical(value)));
            Value::Object(members.collect())
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value,
    }
}

/// Whole numbers are the same however they are written.
fn canonical_number(number: serde_json::Number) -> serde_json::Number {
    if number.is_i64() || number.is_u64() {
        return number;
    }
    let text = number.to_string();
    let whole = text
        .strip_suffix(".0")
        .and_then(|whole| whole.parse::<i64>().ok());
    whole.map_or(number, serde_json::Number::from)
}
