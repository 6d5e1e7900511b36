//! Journals from one store into another.

use weir_protocol::{InstanceId, Revision, v1::Record};

use crate::{Entry, Journal, JournalError, Position};

/// What became of one instance's journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Records that it has.
    pub records: u64,
    /// Those of them that were not in the target before.
    pub appended: u64,
}

/// Why a journal was not copied, or not whole.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CopyError {
    /// The source cannot be read.
    #[error("in the source: {0}")]
    Source(JournalError),
    /// The target cannot be read or written. What it has got so far is right.
    #[error("in the target: {0}")]
    Target(JournalError),
    /// The target has another journal of the same instance. It was left as it is.
    #[error("the target has another record as revision {}", revision.0)]
    Differs {
        /// The first record that is not the same, or that the source does not have.
        revision: Revision,
    },
}

/// Copies the journal of `instance`, and reads it back.
///
/// The records are the same but for `previous`, which says where a store keeps the one before. What
/// the target has already is compared and left: interrupted, a copy goes on where it was. The
/// instance should not run meanwhile; what it writes later, another copy brings.
pub async fn copy(
    from: &dyn Journal,
    to: &dyn Journal,
    instance: InstanceId,
) -> Result<Copied, CopyError> {
    let source = from.read(instance, Revision(0)).await;
    let source = source.map_err(CopyError::Source)?;
    let there = read(to, instance).await?;
    same(&source, &there)?;
    let mut end = there
        .last()
        .map_or(Position::default(), |last| last.position);
    let missing = &source[there.len()..];
    for Entry { record, .. } in missing {
        let record = Record {
            previous: end.sequence,
            ..record.clone()
        };
        let appended = to.append(instance, end, &record).await;
        end = appended.map_err(CopyError::Target)?;
    }
    if !missing.is_empty() {
        let copied = read(to, instance).await?;
        same(&source, &copied)?;
        if copied.len() < source.len() {
            let revision = Revision(copied.len() as u64).next();
            return Err(CopyError::Differs { revision });
        }
    }
    Ok(Copied {
        records: source.len() as u64,
        appended: missing.len() as u64,
    })
}

async fn read(journal: &dyn Journal, instance: InstanceId) -> Result<Vec<Entry>, CopyError> {
    let read = journal.read(instance, Revision(0)).await;
    read.map_err(CopyError::Target)
}

/// Whether the target's records are the source's first ones.
fn same(source: &[Entry], target: &[Entry]) -> Result<(), CopyError> {
    for (at, entry) in target.iter().enumerate() {
        let is_same = source.get(at).is_some_and(|source| {
            let previous = entry.record.previous;
            let record = Record {
                previous,
                ..source.record.clone()
            };
            record == entry.record
        });
        if !is_same {
            let revision = entry.position.revision;
            return Err(CopyError::Differs { revision });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use weir_protocol::v1::Cause;

    use super::*;
    use crate::memory::MemoryJournal;

    const INSTANCE: &str = "00000000-0000-7000-8000-000000000001";

    fn instance() -> InstanceId {
        INSTANCE.parse().unwrap()
    }

    async fn append(journal: &MemoryJournal, instance: InstanceId, what: &str) {
        let entries = journal.read(instance, Revision(0)).await.unwrap();
        let end = entries
            .last()
            .map_or(Position::default(), |last| last.position);
        let record = Record {
            revision: end.revision.next().0,
            previous: end.sequence,
            at: 5,
            cause: Cause {
                kind: "start".to_owned(),
                id: what.to_owned(),
            },
            traceparent: None,
            events: Vec::new(),
        };
        journal.append(instance, end, &record).await.unwrap();
    }

    async fn causes(journal: &MemoryJournal) -> Vec<String> {
        let entries = journal.read(instance(), Revision(0)).await.unwrap();
        let causes = entries.into_iter().map(|entry| entry.record.cause.id);
        causes.collect()
    }

    /// A store that keeps something else too, so that its sequences are others.
    async fn target() -> MemoryJournal {
        let target = MemoryJournal::new();
        let other = "00000000-0000-7000-8000-000000000002".parse().unwrap();
        append(&target, other, "another's").await;
        target
    }

    #[tokio::test]
    async fn a_copy_goes_on_where_it_was() {
        let (source, target) = (MemoryJournal::new(), target().await);
        for what in ["one", "two"] {
            append(&source, instance(), what).await;
        }
        let copied = copy(&source, &target, instance()).await.unwrap();
        let (records, appended) = (2, 2);
        assert_eq!(copied, Copied { records, appended });

        append(&source, instance(), "three").await;
        let copied = copy(&source, &target, instance()).await.unwrap();
        let (records, appended) = (3, 1);
        assert_eq!(copied, Copied { records, appended });
        assert_eq!(causes(&target).await, ["one", "two", "three"]);
        let copied = copy(&source, &target, instance()).await.unwrap();
        assert_eq!(copied.appended, 0);

        let back = MemoryJournal::new();
        copy(&target, &back, instance()).await.unwrap();
        let read = source.read(instance(), Revision(0)).await.unwrap();
        assert_eq!(back.read(instance(), Revision(0)).await.unwrap(), read);
    }

    #[tokio::test]
    async fn another_journal_is_left_as_it_is() {
        let (source, target) = (MemoryJournal::new(), target().await);
        for what in ["one", "two"] {
            append(&source, instance(), what).await;
        }
        for what in ["one", "other", "more"] {
            append(&target, instance(), what).await;
        }
        let differs = copy(&source, &target, instance()).await;
        let Err(CopyError::Differs { revision }) = differs else {
            panic!("{differs:?}");
        };
        assert_eq!(revision, Revision(2));
        assert_eq!(causes(&target).await, ["one", "other", "more"]);
        // Nor is one that has gone further overwritten.
        let further = copy(&MemoryJournal::new(), &target, instance()).await;
        assert!(
            matches!(further, Err(CopyError::Differs { .. })),
            "{further:?}"
        );
    }
}
