//! Reading subjects of stored messages.

use weir_engine::InstanceId;
use weir_graph::WorkflowRef;

use super::{Subject, Token, TokenError};
use crate::subject_matches;

/// The parts of `weir.trace.<namespace>.<workflow>.<instance>.<event>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceSubject<'a> {
    /// Namespace of the workflow.
    pub namespace: &'a str,
    /// Name of the workflow.
    pub workflow: &'a str,
    /// The instance.
    pub instance: InstanceId,
    /// What happened, for example `task-completed`.
    pub event: &'a str,
}

impl<'a> TraceSubject<'a> {
    /// Reads the subject of a message of the trace.
    pub fn parse(subject: &'a str) -> Option<Self> {
        let mut tokens = subject.strip_prefix("weir.trace.")?.split('.');
        let parts = Self {
            namespace: tokens.next()?,
            workflow: tokens.next()?,
            instance: tokens.next()?.parse().ok()?,
            event: tokens.next()?,
        };
        tokens.next().is_none().then_some(parts)
    }
}

impl Subject {
    /// The filter of all journals.
    pub const JOURNALS: &'static str = "weir.journal.*";

    /// Whose journal is on `subject`, if it is one of [`Subject::journal`].
    pub fn read_journal(subject: &str) -> Option<InstanceId> {
        subject.strip_prefix("weir.journal.")?.parse().ok()
    }

    /// The filter of all subscriptions.
    pub const SUBSCRIPTIONS: &'static str = "weir.subscriptions.>";

    /// Whether a message on `subject` is about a subscription; otherwise, in the same stream, it
    /// is an event.
    pub fn is_subscription(subject: &str) -> bool {
        subject_matches(Self::SUBSCRIPTIONS, subject)
    }

    /// The filter of the definitions of all versions of a workflow.
    ///
    /// # Errors
    /// See [`Subject::inbox`].
    pub fn versions(namespace: &str, name: &str) -> Result<String, TokenError> {
        let (namespace, name) = (Token::new(namespace)?, Token::new(name)?);
        Ok(format!("weir.definitions.{namespace}.{name}.*"))
    }

    /// Whose definition is stored on `subject`, if it is one of [`Subject::definition`].
    pub fn read_definition(subject: &str) -> Option<WorkflowRef> {
        let mut tokens = subject.strip_prefix("weir.definitions.")?.split('.');
        let (namespace, name, version) = (tokens.next()?, tokens.next()?, tokens.next()?);
        tokens.next().is_none().then(|| WorkflowRef {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            // Versions have no `_` of their own.
            version: version.replace('_', "."),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_can_be_read() {
        let workflow = WorkflowRef {
            namespace: "shop".to_owned(),
            name: "order".to_owned(),
            version: "1.0.0-rc.1".to_owned(),
        };
        let definition = Subject::definition(&workflow).unwrap();
        let filter = Subject::versions("shop", "order").unwrap();
        assert!(subject_matches(&filter, definition.as_str()));
        let read = Subject::read_definition(definition.as_str());
        assert_eq!(read.as_ref(), Some(&workflow));
        let instance = InstanceId::for_event(&workflow, "/s", "1");
        let trace = Subject::trace(&workflow, instance, "task-completed").unwrap();
        let expected = TraceSubject {
            namespace: "shop",
            workflow: "order",
            instance,
            event: "task-completed",
        };
        assert_eq!(TraceSubject::parse(trace.as_str()), Some(expected));
        for other in [
            "weir.trace.a.b.c.d",
            "weir.events.a",
            "weir.definitions.a.b.c.d",
        ] {
            assert_eq!(TraceSubject::parse(other), None, "{other}");
            assert_eq!(Subject::read_definition(other), None, "{other}");
        }
    }
}
