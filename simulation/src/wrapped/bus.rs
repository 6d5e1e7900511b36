//! The bus as a service sees it.

use async_trait::async_trait;
use weir_bus::{
    Bus, BusError, Consumer, Deliveries, Follower, From, Outgoing, Published, Stored,
    memory::MemoryBus,
};
use weir_protocol::{Stream, Subject};

use super::{Around, deliveries::WrappedDeliveries};
use crate::{time::pause_ms, weather::Fate};

/// A connection of one node.
#[derive(Clone)]
pub struct WrappedBus {
    /// The broker.
    pub inner: MemoryBus,
    /// Whose.
    pub around: Around,
}

impl WrappedBus {
    async fn store(&self, message: Outgoing) -> Result<Published, BusError> {
        let stream = Stream::of_subject(message.subject.as_str());
        let published = self.inner.publish(message.clone()).await?;
        self.around.ledger.published(&message);
        self.repeat_later(stream, message);
        Ok(published)
    }

    /// A publisher that has not heard of its success sends again, perhaps when the broker has
    /// forgotten the message's id.
    fn repeat_later(&self, stream: Option<Stream>, mut message: Outgoing) {
        let repeats = [
            Stream::Inbox,
            Stream::Actions,
            Stream::Events,
            Stream::Trace,
        ];
        if !stream.is_some_and(|stream| repeats.contains(&stream)) || message.rollup {
            return;
        }
        if let Some(after_ms) = self.around.weather.repeated() {
            self.around.ledger.count("repeated");
            let broker = self.inner.clone();
            tokio::spawn(async move {
                pause_ms(after_ms).await;
                if after_ms % 2 == 0 {
                    message.id = None;
                }
                broker.publish(message).await.expect("it was taken before");
            });
        }
    }

    fn lost(&self) -> BusError {
        self.around.ledger.count("sending failed");
        BusError::Unavailable("the weather".to_owned())
    }

    async fn ask(&self) -> Result<(), BusError> {
        self.around.node.cross().await;
        match self.around.weather.fate() {
            Fate::Arrives => Ok(()),
            Fate::Lost | Fate::AcknowledgementLost => Err(self.lost()),
        }
    }
}

#[async_trait]
impl Bus for WrappedBus {
    async fn publish(&self, message: Outgoing) -> Result<Published, BusError> {
        self.around.node.cross().await;
        let fate = self.around.weather.fate();
        if fate == Fate::Lost {
            return Err(self.lost());
        }
        let published = self.store(message).await;
        self.around.node.cross().await;
        if fate == Fate::AcknowledgementLost {
            return Err(self.lost());
        }
        published
    }

    async fn publish_all(&self, messages: Vec<Outgoing>) -> Result<(), BusError> {
        self.around.node.cross().await;
        let fate = self.around.weather.fate();
        // A connection that breaks carries what was sent before.
        let carried = if fate == Fate::Lost {
            let most = u64::try_from(messages.len()).unwrap() + 1;
            usize::try_from(self.around.weather.chance().below(most)).unwrap()
        } else {
            messages.len()
        };
        let mut outcome = Ok(());
        for message in messages.into_iter().take(carried) {
            let stored = self.store(message).await;
            outcome = outcome.and(stored.map(drop));
        }
        self.around.node.cross().await;
        match fate {
            Fate::Arrives => outcome,
            Fate::Lost | Fate::AcknowledgementLost => Err(self.lost()),
        }
    }

    async fn consume(&self, consumer: &Consumer) -> Result<Box<dyn Deliveries>, BusError> {
        self.around.node.cross().await;
        Ok(Box::new(WrappedDeliveries {
            inner: self.inner.consume(consumer).await?,
            around: self.around.clone(),
        }))
    }

    async fn follow(&self, stream: Stream, from: From) -> Result<Box<dyn Follower>, BusError> {
        self.ask().await?;
        Ok(Box::new(WrappedFollower {
            inner: self.inner.follow(stream, from).await?,
            around: self.around.clone(),
        }))
    }

    async fn last(&self, stream: Stream, subject: &Subject) -> Result<Option<Stored>, BusError> {
        self.ask().await?;
        let last = self.inner.last(stream, subject).await;
        self.around.node.cross().await;
        last
    }

    async fn latest(&self, stream: Stream, filter: &str) -> Result<Vec<Stored>, BusError> {
        self.ask().await?;
        self.inner.latest(stream, filter).await
    }

    async fn all(&self, stream: Stream, subject: &Subject) -> Result<Vec<Stored>, BusError> {
        self.ask().await?;
        self.inner.all(stream, subject).await
    }

    async fn head(&self, stream: Stream) -> Result<u64, BusError> {
        self.ask().await?;
        self.inner.head(stream).await
    }

    async fn remove(&self, stream: Stream, sequence: u64) -> Result<bool, BusError> {
        self.ask().await?;
        self.inner.remove(stream, sequence).await
    }

    async fn time_ms(&self) -> Result<u64, BusError> {
        self.ask().await?;
        let time = self.inner.time_ms().await;
        self.around.node.cross().await;
        time
    }

    fn payload_bytes_max(&self) -> usize {
        self.inner.payload_bytes_max()
    }
}

struct WrappedFollower {
    inner: Box<dyn Follower>,
    around: Around,
}

#[async_trait]
impl Follower for WrappedFollower {
    async fn next(&mut self) -> Result<Stored, BusError> {
        // Cancel-safe: nothing is awaited once a message is taken.
        self.around.node.cross().await;
        self.inner.next().await
    }
}
