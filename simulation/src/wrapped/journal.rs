//! The journal as a scheduler sees it.

use async_trait::async_trait;
use weir_journal::{Entry, Journal, JournalError, Position, memory::MemoryJournal};
use weir_protocol::{InstanceId, Revision, v1::Record};

use super::Around;
use crate::{Bug, weather::Fate};

/// A connection of one node.
#[derive(Clone)]
pub struct WrappedJournal {
    /// The store.
    pub inner: MemoryJournal,
    /// Whose.
    pub around: Around,
}

impl WrappedJournal {
    fn lost(&self) -> JournalError {
        self.around.ledger.count("append or read failed");
        JournalError::Unavailable("the weather".to_owned())
    }

    fn note(&self, instance: InstanceId, record: &Record) {
        let mut pages = self.around.ledger.pages();
        let appended = pages.appended.entry((instance, record.revision));
        appended.or_insert_with(|| self.around.time.now_ms());
    }

    async fn store(
        &self,
        instance: InstanceId,
        expected: Position,
        record: &Record,
    ) -> Result<Position, JournalError> {
        let revision = expected.revision.next();
        if self.around.bug == Some(Bug::AppendsUnfenced) {
            let sequence = self.inner.append_unfenced(instance, record);
            self.note(instance, record);
            return Ok(Position { revision, sequence });
        }
        match self.inner.append(instance, expected, record).await {
            Err(JournalError::Conflict(_)) if self.around.bug == Some(Bug::ConflictsIgnored) => {
                let sequence = expected.sequence + 1;
                Ok(Position { revision, sequence })
            }
            appended => {
                let position = appended?;
                self.note(instance, record);
                Ok(position)
            }
        }
    }
}

#[async_trait]
impl Journal for WrappedJournal {
    async fn append(
        &self,
        instance: InstanceId,
        expected: Position,
        record: &Record,
    ) -> Result<Position, JournalError> {
        self.around.node.cross().await;
        let fate = self.around.weather.fate();
        if fate == Fate::Lost {
            return Err(self.lost());
        }
        let appended = self.store(instance, expected, record).await;
        if matches!(appended, Err(JournalError::Conflict(_))) {
            self.around.ledger.count("conflict");
        }
        self.around.node.cross().await;
        if fate == Fate::AcknowledgementLost {
            return Err(self.lost());
        }
        appended
    }

    async fn read(
        &self,
        instance: InstanceId,
        after: Revision,
    ) -> Result<Vec<Entry>, JournalError> {
        self.around.node.cross().await;
        if self.around.weather.fate() != Fate::Arrives {
            return Err(self.lost());
        }
        let entries = self.inner.read(instance, after).await;
        self.around.node.cross().await;
        entries
    }
}
