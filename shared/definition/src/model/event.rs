//! Events: which to await, which to emit.

use std::collections::BTreeMap;

use crate::model::data::{Export, Expression, Output, Template};
use crate::model::task::TaskList;

/// Which events to consume (specification: Event Consumption Strategy).
#[derive(Debug, Clone, PartialEq)]
pub enum EventConsumption {
    /// One event that passes the filter.
    One(EventFilter),
    /// Events that pass any of the filters; no filter at all means every event.
    Any {
        /// The filters.
        filters: Vec<EventFilter>,
        /// When to stop; absent, after the first event.
        until: Option<Until>,
    },
    /// One event for each of the filters.
    All(Vec<EventFilter>),
}

/// When to stop consuming.
#[derive(Debug, Clone, PartialEq)]
pub enum Until {
    /// When the expression holds on the array of events consumed so far.
    Condition(Expression),
    /// When these events have been consumed. They are no part of the result.
    Events(Box<EventConsumption>),
}

/// Which events match (specification: Event Filter).
#[derive(Debug, Clone, PartialEq)]
pub struct EventFilter {
    /// The attributes an event must have (extension attributes and `data` too): literals, or
    /// `${ }` expressions. At least one.
    pub with: BTreeMap<String, Template>,
    /// Named correlations between events, and with the instance.
    pub correlate: BTreeMap<String, Correlation>,
    /// JSON pointer of the filter.
    pub pointer: String,
}

/// One correlation key.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    /// Extracts the key from the whole event.
    pub from: Expression,
    /// The expected key, a constant or `${ … }`; absent, the first event's key is expected of
    /// the others.
    pub expect: Option<Template>,
}

/// What of a consumed event is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadAs {
    /// The event's data.
    #[default]
    Data,
    /// The whole `CloudEvent`.
    Envelope,
    /// The event's data as it came.
    Raw,
}

/// Awaits events.
#[derive(Debug, Clone, PartialEq)]
pub struct ListenTask {
    /// The events to await.
    pub to: EventConsumption,
    /// What of them is read.
    pub read: ReadAs,
    /// What to do for each, as it arrives.
    pub foreach: Option<SubscriptionIterator>,
}

/// What to do for each consumed event (specification: Subscription Iterator).
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionIterator {
    /// The name of the event's variable, `item` when absent.
    pub item: String,
    /// The name of the index's variable, `index` when absent.
    pub at: String,
    /// The tasks; empty when absent.
    pub tasks: TaskList,
    /// How each iteration's output is transformed.
    pub output: Option<Output>,
    /// What each iteration writes to the context.
    pub export: Option<Export>,
    /// JSON pointer of the iterator, `/do/0/x/foreach`.
    pub pointer: String,
}

/// Publishes an event.
#[derive(Debug, Clone, PartialEq)]
pub struct EmitTask {
    /// The event's attributes and data, `event.with`: `type` is always there.
    pub with: BTreeMap<String, Template>,
    /// JSON pointer of `event.with`.
    pub pointer: String,
}
