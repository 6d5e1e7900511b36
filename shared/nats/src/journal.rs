//! The journal on JetStream: one record is one message on the instance's subject.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use weir_bus::{BusError, Outgoing};
use weir_journal::{Fenced, JournalError, Position};
use weir_protocol::{
    InstanceId, Stream, Subject,
    v1::{Format, Record},
};

use crate::{Nats, publish, read};

/// The journal on JetStream. Its stream must have been provisioned.
#[derive(Clone, Debug)]
pub struct NatsJournal {
    nats: Nats,
    strays: Arc<AtomicU64>,
}

impl NatsJournal {
    /// The journal behind a connection.
    pub fn new(nats: &Nats) -> Self {
        Self {
            nats: nats.clone(),
            strays: Arc::default(),
        }
    }

    /// How many records were read that are not part of their journal.
    pub fn strays(&self) -> u64 {
        self.strays.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Fenced for NatsJournal {
    type Prepared = Bytes;

    fn prepare(&self, _: InstanceId, _: Position, record: &Record) -> Result<Bytes, JournalError> {
        Ok(record.encode().into())
    }

    async fn append_after(
        &self,
        instance: InstanceId,
        last: u64,
        record: &Bytes,
    ) -> Result<Option<u64>, JournalError> {
        // Without an id: the expected sequence fences repetitions too, and the broker need not
        // remember millions of ids.
        let message = Outgoing::new(Subject::journal(instance), record.clone()).expecting(last);
        let appended = async {
            let sent = publish::send(&self.nats, message).await?;
            sent.acknowledged().await
        };
        match appended.await {
            Ok(published) => Ok(Some(published.sequence)),
            Err(BusError::Conflict(_)) => Ok(None),
            Err(BusError::TooLarge { size, size_max }) => {
                Err(JournalError::TooLarge { size, size_max })
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    async fn stored(&self, instance: InstanceId) -> Result<Vec<(u64, Bytes)>, JournalError> {
        let subject = Subject::journal(instance);
        let messages = read::all(&self.nats, Stream::Journal, subject.as_str()).await;
        let messages = messages.map_err(|error| unavailable(&error))?.into_iter();
        Ok(messages
            .map(|message| (message.sequence, message.payload))
            .collect())
    }

    fn stray_count(&self) -> &AtomicU64 {
        &self.strays
    }
}

fn unavailable(error: &BusError) -> JournalError {
    JournalError::Unavailable(error.to_string())
}
