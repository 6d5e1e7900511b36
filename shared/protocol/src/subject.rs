//! Subjects: the only addresses there are.

mod read;

use std::{fmt, sync::Arc};

use weir_engine::{Activation, InstanceId};
use weir_graph::WorkflowRef;

use crate::{PARTITIONS, Stream};

pub use read::TraceSubject;

/// A subject that is safe to publish to: built here, from validated tokens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(Arc<str>);

/// One part of a subject: not empty, at most [`Token::LENGTH_MAX`] bytes, printable, without
/// `.`, `*`, `>` and white space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(Arc<str>);

/// A text that cannot be part of a subject.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` cannot be part of a subject: it must have 1 to {} visible characters other than `.`, `*` and `>`",
    Token::LENGTH_MAX
)]
pub struct TokenError {
    text: String,
}

impl Token {
    /// Longest token, in bytes.
    pub const LENGTH_MAX: usize = 128;

    /// Validates `text`.
    ///
    /// # Errors
    /// If it has characters that mean something in subjects.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let fits = !text.is_empty()
            && text.len() <= Self::LENGTH_MAX
            && text
                .chars()
                .all(|c| !matches!(c, '.' | '*' | '>') && !c.is_whitespace() && !c.is_control());
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(TokenError {
                text: text.chars().take(Self::LENGTH_MAX).collect(),
            })
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A semantic version as a token: `1.0.3` → `1_0_3` (versions have no `_` of their own).
    ///
    /// # Errors
    /// If it is no version.
    pub fn version(version: &str) -> Result<Self, TokenError> {
        Self::new(&version.replace('.', "_"))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of message an inbox subject carries: its last token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InboxKind {
    /// [`crate::v1::Start`]
    Start,
    /// [`crate::v1::Outcome`]
    Outcome,
    /// [`crate::v1::Timeout`]
    Timeout,
    /// [`crate::v1::EventReceived`]
    Event,
    /// [`crate::v1::Cancel`]
    Cancel,
}

impl InboxKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Start,
        Self::Outcome,
        Self::Timeout,
        Self::Event,
        Self::Cancel,
    ];

    /// Its token.
    pub fn token(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Outcome => "outcome",
            Self::Timeout => "timeout",
            Self::Event => "event",
            Self::Cancel => "cancel",
        }
    }
}

/// The parts of an inbox subject, as published or as stored (partitioned).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxSubject {
    /// Namespace of the workflow.
    pub namespace: Token,
    /// Name of the workflow.
    pub workflow: Token,
    /// The instance.
    pub instance: InstanceId,
    /// The kind of message.
    pub kind: InboxKind,
}

impl InboxSubject {
    /// Reads `weir.inbox.<ns>.<workflow>.<instance>.<kind>` or
    /// `weir.partition.<p>.<ns>.<workflow>.<instance>.<kind>`.
    pub fn parse(subject: &str) -> Option<Self> {
        let tokens: Vec<&str> = subject.split('.').collect();
        let [.., namespace, workflow, instance, kind] = tokens[..] else {
            return None;
        };
        if !matches!(
            tokens[..tokens.len() - 4],
            ["weir", "inbox"] | ["weir", "partition", _]
        ) {
            return None;
        }
        Some(Self {
            namespace: Token::new(namespace).ok()?,
            workflow: Token::new(workflow).ok()?,
            instance: instance.parse().ok()?,
            kind: InboxKind::ALL
                .into_iter()
                .find(|known| known.token() == kind)?,
        })
    }

    /// The subject to publish to.
    pub fn subject(&self) -> Subject {
        let Self {
            namespace,
            workflow,
            instance,
            kind,
        } = self;
        Subject(
            format!(
                "weir.inbox.{namespace}.{workflow}.{instance}.{}",
                kind.token()
            )
            .into(),
        )
    }
}

impl InboxSubject {
    /// The subject under which a partitioned inbox keeps the message.
    pub fn stored(&self, partition: u8) -> String {
        let Self {
            namespace,
            workflow,
            instance,
            kind,
        } = self;
        let kind = kind.token();
        format!("weir.partition.{partition}.{namespace}.{workflow}.{instance}.{kind}")
    }
}

impl Subject {
    /// A CloudEvent from Weir itself: `weir.events.<type>`, with whatever cannot stand in a
    /// subject replaced by `_`. People may publish on any subject below `weir.events`.
    pub fn event(event_type: &str) -> Self {
        let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let mut path: String = event_type
            .chars()
            .take(200)
            .map(|c| if safe(c) { c } else { '_' })
            .collect();
        if path.split('.').any(str::is_empty) {
            path = path.replace('.', "_");
        }
        if path.is_empty() {
            path.push('_');
        }
        Self(format!("weir.events.{path}").into())
    }

    /// A message to an instance of `workflow`.
    ///
    /// # Errors
    /// If the workflow's names cannot be tokens (the definition's rules make sure they can).
    pub fn inbox(
        workflow: &WorkflowRef,
        instance: InstanceId,
        kind: InboxKind,
    ) -> Result<Self, TokenError> {
        let namespace = Token::new(&workflow.namespace)?;
        let workflow = Token::new(&workflow.name)?;
        Ok(InboxSubject {
            namespace,
            workflow,
            instance,
            kind,
        }
        .subject())
    }

    /// An instance's journal.
    pub fn journal(instance: InstanceId) -> Self {
        Self(format!("weir.journal.{instance}").into())
    }

    /// Actions of a function.
    pub fn actions(function: &Token) -> Self {
        Self(format!("weir.actions.{function}").into())
    }

    /// An instance's timer.
    pub fn timer(instance: InstanceId) -> Self {
        Self(format!("weir.timers.{instance}").into())
    }

    /// The instance whose timer the subject is.
    pub fn instance_of_timer(subject: &str) -> Option<InstanceId> {
        subject.strip_prefix("weir.timers.")?.parse().ok()
    }

    /// A listen's subscription.
    pub fn subscription(instance: InstanceId, task: Activation) -> Self {
        Self(format!("weir.subscriptions.{instance}.{task}").into())
    }

    /// Where the first message of the events stream is: a subscription that nobody ever opens.
    pub fn anchor() -> Self {
        Self::subscription(InstanceId(uuid::Uuid::nil()), Activation(0))
    }

    /// A workflow's standing subscription.
    ///
    /// # Errors
    /// See [`Subject::inbox`].
    pub fn trigger(namespace: &str, name: &str) -> Result<Self, TokenError> {
        let (namespace, name) = (Token::new(namespace)?, Token::new(name)?);
        Ok(Self(
            format!("weir.subscriptions.trigger.{namespace}.{name}").into(),
        ))
    }

    /// Trace of an instance: `event` is for example `task-completed`.
    ///
    /// # Errors
    /// See [`Subject::inbox`].
    pub fn trace(
        workflow: &WorkflowRef,
        instance: InstanceId,
        event: &str,
    ) -> Result<Self, TokenError> {
        let (namespace, name) = (
            Token::new(&workflow.namespace)?,
            Token::new(&workflow.name)?,
        );
        let event = Token::new(event)?;
        Ok(Self(
            format!("weir.trace.{namespace}.{name}.{instance}.{event}").into(),
        ))
    }

    /// A deployed definition.
    ///
    /// # Errors
    /// See [`Subject::inbox`].
    pub fn definition(workflow: &WorkflowRef) -> Result<Self, TokenError> {
        let (namespace, name) = (
            Token::new(&workflow.namespace)?,
            Token::new(&workflow.name)?,
        );
        let version = Token::version(&workflow.version)?;
        Ok(Self(
            format!("weir.definitions.{namespace}.{name}.{version}").into(),
        ))
    }

    /// Where a message of `stream` goes that cannot be processed.
    pub fn dead(stream: Stream) -> Self {
        Self(format!("weir.dead.{}", stream.name()).into())
    }

    /// What to publish to so that a message comes again that was stored under `stored`; none if
    /// nothing of Weir's is.
    pub fn again(stored: &str) -> Option<Self> {
        if let Some(inbox) = InboxSubject::parse(stored) {
            return Some(inbox.subject());
        }
        let whole = stored
            .split('.')
            .all(|token| !token.is_empty() && !token.contains([' ', '\t', '\r', '\n', '*', '>']));
        (whole && Stream::of_subject(stored).is_some()).then(|| Self(stored.into()))
    }

    /// The filter of one inbox partition, as stored.
    pub fn partition(partition: u8) -> String {
        debug_assert!(
            partition < PARTITIONS,
            "partition {partition} of {PARTITIONS}"
        );
        format!("weir.partition.{partition}.*.*.*.*")
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_published_again_where_it_came_from() {
        let id = "00000000-0000-7000-8000-000000000001";
        let stored = format!("weir.partition.3.shop.order.{id}.event");
        let again = Subject::again(&stored).unwrap();
        assert_eq!(again.as_str(), format!("weir.inbox.shop.order.{id}.event"));
        let same = "weir.actions.http";
        assert_eq!(Subject::again(same).unwrap().as_str(), same);
        for strange in [
            "",
            "weir.actions.*",
            "weir.actions.",
            "other.subject",
            "weir.events.>",
        ] {
            assert_eq!(Subject::again(strange), None, "{strange}");
        }
    }

    #[test]
    fn tokens_with_meaning_are_refused() {
        for text in ["", "a.b", "*", ">", "a b", "a\n", &"x".repeat(129)] {
            assert!(Token::new(text).is_err(), "{text:?}");
        }
        assert_eq!(
            Token::version("1.0.0-rc.1+x").unwrap().to_string(),
            "1_0_0-rc_1+x"
        );
    }

    #[test]
    fn inbox_subjects_are_read_as_published_and_as_stored() {
        let id = "0190b2a8-0000-7000-8000-000000000001";
        let published =
            InboxSubject::parse(&format!("weir.inbox.shop.order.{id}.outcome")).unwrap();
        let stored = InboxSubject::parse(&format!("weir.partition.3.shop.order.{id}.outcome"));
        assert_eq!(stored.as_ref(), Some(&published));
        assert_eq!(
            published.subject().as_str(),
            format!("weir.inbox.shop.order.{id}.outcome")
        );
        for bad in [
            "",
            "weir.inbox.a.b.c.start",
            &format!("weir.other.a.b.{id}.start"),
        ] {
            assert_eq!(InboxSubject::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn event_types_become_safe_subjects() {
        assert_eq!(
            Subject::event("com.example.a").as_str(),
            "weir.events.com.example.a"
        );
        assert_eq!(Subject::event("a b>*").as_str(), "weir.events.a_b__");
        assert_eq!(Subject::event("a..b").as_str(), "weir.events.a__b");
        assert_eq!(Subject::event("").as_str(), "weir.events._");
    }
}
