//! A bus over another, for what differs from it.

use async_trait::async_trait;
use weir_protocol::{Stream, Subject};

use crate::{Bus, BusError, Consumer, Deliveries, Follower, From, Outgoing, Published, Stored};

/// A [`Bus`] that does what the one under it does, but for the methods that are overridden. Tests
/// make buses of it on which something fails.
#[async_trait]
pub trait Overlay: Send + Sync {
    /// The bus under this one.
    fn under(&self) -> &dyn Bus;

    /// [`Bus::publish`].
    async fn publish(&self, message: Outgoing) -> Result<Published, BusError> {
        self.under().publish(message).await
    }

    /// [`Bus::publish_all`].
    async fn publish_all(&self, messages: Vec<Outgoing>) -> Result<(), BusError> {
        self.under().publish_all(messages).await
    }

    /// [`Bus::consume`].
    async fn consume(&self, consumer: &Consumer) -> Result<Box<dyn Deliveries>, BusError> {
        self.under().consume(consumer).await
    }

    /// [`Bus::follow`].
    async fn follow(&self, stream: Stream, from: From) -> Result<Box<dyn Follower>, BusError> {
        self.under().follow(stream, from).await
    }
}

#[async_trait]
impl<T: Overlay> Bus for T {
    async fn publish(&self, message: Outgoing) -> Result<Published, BusError> {
        Overlay::publish(self, message).await
    }

    async fn publish_all(&self, messages: Vec<Outgoing>) -> Result<(), BusError> {
        Overlay::publish_all(self, messages).await
    }

    async fn consume(&self, consumer: &Consumer) -> Result<Box<dyn Deliveries>, BusError> {
        Overlay::consume(self, consumer).await
    }

    async fn follow(&self, stream: Stream, from: From) -> Result<Box<dyn Follower>, BusError> {
        Overlay::follow(self, stream, from).await
    }

    async fn last(&self, stream: Stream, subject: &Subject) -> Result<Option<Stored>, BusError> {
        self.under().last(stream, subject).await
    }

    async fn latest(&self, stream: Stream, filter: &str) -> Result<Vec<Stored>, BusError> {
        self.under().latest(stream, filter).await
    }

    async fn all(&self, stream: Stream, subject: &Subject) -> Result<Vec<Stored>, BusError> {
        self.under().all(stream, subject).await
    }

    async fn head(&self, stream: Stream) -> Result<u64, BusError> {
        self.under().head(stream).await
    }

    async fn remove(&self, stream: Stream, sequence: u64) -> Result<bool, BusError> {
        self.under().remove(stream, sequence).await
    }

    async fn time_ms(&self) -> Result<u64, BusError> {
        self.under().time_ms().await
    }

    fn payload_bytes_max(&self) -> usize {
        self.under().payload_bytes_max()
    }
}
