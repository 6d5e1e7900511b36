//! What started tasks do, as it is stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use weir_engine::{self as engine, Timestamp};
use weir_expression::Data;

use super::super::{Deferred, Request, data};
use super::{ms, time};

/// What a started task does: see [`engine::Activity`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
#[allow(
    missing_docs,
    reason = "the fields are documented where they get their meaning"
)]
pub enum Activity {
    Instant,
    Sequence,
    Invoke {
        #[serde(with = "data")]
        arguments: Data,
    },
    Iterate {
        #[serde(with = "data")]
        items: Data,
    },
    Branches {
        count: usize,
        compete: bool,
    },
    Attempt {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt_deadline: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_deadline: Option<u64>,
    },
    Sleep {
        until: u64,
    },
    Listen(Subscription),
    Action {
        request: Request,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deferred: Option<Box<Deferred>>,
    },
    Emit {
        #[serde(with = "data")]
        event: Data,
    },
}

/// See [`engine::Subscription`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Events accepted earlier are not for it.
    pub since: u64,
    /// By filter: correlation name → expected value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<BTreeMap<String, Value>>,
    /// The filters from here on are those of `until`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<usize>,
    /// What of an event an iteration begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreach: Option<Read>,
}

/// See [`weir_graph::Read`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub enum Read {
    Data,
    Envelope,
    Raw,
}

impl From<weir_graph::Read> for Read {
    fn from(from: weir_graph::Read) -> Self {
        match from {
            weir_graph::Read::Data => Self::Data,
            weir_graph::Read::Envelope => Self::Envelope,
            weir_graph::Read::Raw => Self::Raw,
        }
    }
}

impl From<Read> for weir_graph::Read {
    fn from(from: Read) -> Self {
        match from {
            Read::Data => Self::Data,
            Read::Envelope => Self::Envelope,
            Read::Raw => Self::Raw,
        }
    }
}

/// See [`engine::Carried`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "documented where they get their meaning")]
pub enum Carried {
    Input,
    Last,
    Value(#[serde(with = "data")] Data),
}

impl From<&engine::Activity> for Activity {
    fn from(from: &engine::Activity) -> Self {
        use engine::Activity as A;
        match from {
            A::Instant => Self::Instant,
            A::Sequence => Self::Sequence,
            A::Invoke { arguments } => Self::Invoke {
                arguments: arguments.clone(),
            },
            A::Iterate { items } => Self::Iterate {
                items: items.clone(),
            },
            A::Branches { count, compete } => Self::Branches {
                count: *count,
                compete: *compete,
            },
            A::Attempt {
                attempt_deadline,
                retry_deadline,
            } => Self::Attempt {
                attempt_deadline: ms(*attempt_deadline),
                retry_deadline: ms(*retry_deadline),
            },
            A::Sleep { until } => Self::Sleep { until: until.0 },
            A::Listen(subscription) => Self::Listen(subscription.into()),
            A::Action { request, deferred } => Self::Action {
                request: request.into(),
                deferred: deferred
                    .as_deref()
                    .map(|deferred| Box::new(deferred.into())),
            },
            A::Emit { event } => Self::Emit {
                event: event.clone(),
            },
        }
    }
}

impl From<&Activity> for engine::Activity {
    fn from(from: &Activity) -> Self {
        match from {
            Activity::Instant => Self::Instant,
            Activity::Sequence => Self::Sequence,
            Activity::Invoke { arguments } => Self::Invoke {
                arguments: arguments.clone(),
            },
            Activity::Iterate { items } => Self::Iterate {
                items: items.clone(),
            },
            Activity::Branches { count, compete } => Self::Branches {
                count: *count,
                compete: *compete,
            },
            Activity::Attempt {
                attempt_deadline,
                retry_deadline,
            } => Self::Attempt {
                attempt_deadline: time(*attempt_deadline),
                retry_deadline: time(*retry_deadline),
            },
            Activity::Sleep { until } => Self::Sleep {
                until: Timestamp(*until),
            },
            Activity::Listen(subscription) => Self::Listen(subscription.into()),
            Activity::Action { request, deferred } => Self::Action {
                request: request.into(),
                deferred: deferred
                    .as_deref()
                    .map(|deferred| Box::new(deferred.into())),
            },
            Activity::Emit { event } => Self::Emit {
                event: event.clone(),
            },
        }
    }
}

impl From<&engine::Subscription> for Subscription {
    fn from(from: &engine::Subscription) -> Self {
        Self {
            since: from.since.0,
            expected: from.expected.clone(),
            until: from.until,
            foreach: from.foreach.map(Into::into),
        }
    }
}

impl From<&Subscription> for engine::Subscription {
    fn from(from: &Subscription) -> Self {
        Self {
            since: Timestamp(from.since),
            expected: from.expected.clone(),
            until: from.until,
            foreach: from.foreach.map(Into::into),
        }
    }
}

impl From<&engine::Carried> for Carried {
    fn from(from: &engine::Carried) -> Self {
        match from {
            engine::Carried::Input => Self::Input,
            engine::Carried::Last => Self::Last,
            engine::Carried::Value(value) => Self::Value(value.clone()),
        }
    }
}

impl From<&Carried> for engine::Carried {
    fn from(from: &Carried) -> Self {
        match from {
            Carried::Input => Self::Input,
            Carried::Last => Self::Last,
            Carried::Value(value) => Self::Value(value.clone()),
        }
    }
}
