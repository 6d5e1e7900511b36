//! The journal on JetStream: one record is one message on the instance's subject.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use weir_bus::{BusError, Outgoing};
use weir_journal::{Chain, Entry, Journal, JournalError, Position};
use weir_protocol::{
    InstanceId, Revision, Stream, Subject,
    v1::{Format, Record},
};

use crate::{Nats, publish, read};

/// How often an append goes round records that are not part of the chain. Each time another stray
/// must have come between reading and appending.
const STRAYS_MAX: u32 = 3;

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

    /// Appends if the subject's last message is `last`.
    async fn append_after(
        &self,
        instance: InstanceId,
        last: u64,
        bytes: bytes::Bytes,
    ) -> Result<u64, BusError> {
        // Without an id: the expected sequence fences repetitions too, and the broker need not
        // remember millions of ids.
        let message = Outgoing::new(Subject::journal(instance), bytes).expecting(last);
        let sent = publish::send(&self.nats, message).await?;
        Ok(sent.acknowledged().await?.sequence)
    }

    /// The chain, and the sequence of the last message on the subject.
    async fn chain(&self, instance: InstanceId) -> Result<(Chain, u64), JournalError> {
        let subject = Subject::journal(instance);
        let messages = read::all(&self.nats, Stream::Journal, subject.as_str()).await;
        let messages = messages.map_err(|error| unavailable(&error))?;
        let mut chain = Chain::new(instance);
        for message in &messages {
            chain.push(message.sequence, &message.payload)?;
        }
        if chain.dropped() > 0 {
            self.report(instance, chain.dropped());
        }
        Ok((chain, messages.last().map_or(0, |last| last.sequence)))
    }

    fn report(&self, instance: InstanceId, strays: u64) {
        if self.strays.fetch_add(strays, Ordering::Relaxed) == 0 {
            tracing::warn!(
                %instance,
                strays,
                "records that do not extend their journal were left out: the broker let a stale \
                 writer through; further ones are only counted"
            );
        }
    }
}

#[async_trait]
impl Journal for NatsJournal {
    async fn append(
        &self,
        instance: InstanceId,
        expected: Position,
        record: &Record,
    ) -> Result<Position, JournalError> {
        let bytes = bytes::Bytes::from(record.encode());
        let mut last = expected.sequence;
        for _ in 0..=STRAYS_MAX {
            match self.append_after(instance, last, bytes.clone()).await {
                Ok(sequence) => {
                    let revision = expected.revision.next();
                    return Ok(Position { revision, sequence });
                }
                Err(BusError::Conflict(_)) => {}
                Err(BusError::TooLarge { size, size_max }) => {
                    return Err(JournalError::TooLarge { size, size_max });
                }
                Err(error) => return Err(unavailable(&error)),
            }
            // Another was first, unless what was first is no part of the journal: then nobody
            // could ever append again.
            let (chain, reached) = self.chain(instance).await?;
            let end = chain.end();
            if end != expected || reached == last {
                return Err(JournalError::Conflict(format!(
                    "the journal of {instance} ends at {end}, expected was {expected}"
                )));
            }
            last = reached;
        }
        Err(JournalError::Conflict(format!(
            "stale writers keep appending to the journal of {instance}"
        )))
    }

    async fn read(
        &self,
        instance: InstanceId,
        after: Revision,
    ) -> Result<Vec<Entry>, JournalError> {
        let (chain, _) = self.chain(instance).await?;
        Ok(chain.after(after))
    }
}

fn unavailable(error: &BusError) -> JournalError {
    JournalError::Unavailable(error.to_string())
}
