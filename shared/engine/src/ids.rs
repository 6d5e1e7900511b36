//! Names of things: instances, activations, actions, points in time.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};
use uuid::Uuid;
use weir_graph::WorkflowRef;

/// One run of a workflow. Written as a lowercase hyphenated UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(pub Uuid);

impl InstanceId {
    /// The id of the instance that the event (`source`, `id`) starts: the same event always names
    /// the same instance, so a repeated event starts nothing.
    pub fn for_event(workflow: &WorkflowRef, source: &str, id: &str) -> Self {
        Self::of([&workflow.namespace, &workflow.name, source, id])
    }

    /// The id of the instance that a `run.workflow` starts: the same action always names the same.
    pub fn for_action(action: &ActionId) -> Self {
        Self::of(["run", &action.0])
    }

    /// The id of the instance that a schedule starts at a time (`due`): whoever starts it, and
    /// however often, it is one.
    pub fn for_tick(workflow: &WorkflowRef, due: Timestamp) -> Self {
        Self::of([
            "tick",
            &workflow.namespace,
            &workflow.name,
            &due.0.to_string(),
        ])
    }

    /// Not an instance: whose timer the schedule of a workflow is.
    pub fn for_schedule(namespace: &str, name: &str) -> Self {
        Self::of(["schedule", namespace, name])
    }

    fn of<const N: usize>(parts: [&str; N]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for InstanceId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// One start of one task within an instance: 1, 2, … in order of their start. 0 is the workflow
/// itself. Iterations, retries and revisits are activations of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Activation(pub u64);

impl Activation {
    /// The workflow itself: the root of all activations.
    pub const ROOT: Self = Self(0);
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one action for ever: `<instance><task reference>/<activation>`, for example
/// `0199…/do/1/pay/3`. Sent as `Idempotency-Key`: a redelivered action has the same, a retry
/// another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub String);

impl ActionId {
    /// Composes the id.
    pub fn new(instance: InstanceId, reference: &str, task: Activation) -> Self {
        Self(format!("{instance}{reference}/{task}"))
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// This much later; saturates.
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// As RFC 3339 in UTC with milliseconds, for example `2026-11-24T03:08:39.250Z`. Times past
    /// the year 9999 read as its end.
    pub fn to_rfc3339(self) -> String {
        let time = i64::try_from(self.0)
            .ok()
            .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
            .unwrap_or(jiff::Timestamp::MAX);
        format!("{time:.3}")
    }
}

/// How many records an instance's journal holds: 0 before its first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision that the next record makes.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_milliseconds() {
        assert_eq!(Timestamp(0).to_rfc3339(), "1970-01-01T00:00:00.000Z");
        assert_eq!(
            Timestamp(1_641_024_000_123).to_rfc3339(),
            "2022-01-01T08:00:00.123Z"
        );
        assert!(Timestamp(u64::MAX).to_rfc3339().starts_with("9999-12-"));
    }

    #[test]
    fn an_event_names_its_instance() {
        let workflow = |version: &str| WorkflowRef {
            namespace: "shop".to_owned(),
            name: "order".to_owned(),
            version: version.to_owned(),
        };
        let id = InstanceId::for_event(&workflow("1.0.0"), "/orders", "1");
        assert_eq!(
            id,
            InstanceId::for_event(&workflow("2.0.0"), "/orders", "1")
        );
        assert_ne!(
            id,
            InstanceId::for_event(&workflow("1.0.0"), "/orders", "2")
        );
        assert_ne!(
            id,
            InstanceId::for_event(&workflow("1.0.0"), "/orders1", "")
        );
        assert_eq!(id.to_string().parse(), Ok(id));
    }
}
