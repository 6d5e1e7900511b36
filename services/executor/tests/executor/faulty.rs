//! A bus that fails when told to.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

use async_trait::async_trait;
use weir_bus::{
    Acknowledge, Bus, BusError, Consumer, Deliveries, Delivery, Outgoing, Overlay, Published,
    memory::MemoryBus,
};
use weir_protocol::{Stream, Subject};

#[derive(Clone)]
pub struct Faulty {
    pub inner: MemoryBus,
    pub faults: Arc<Faults>,
}

#[derive(Default)]
pub struct Faults {
    /// So many publishes still fail as if there were no connection.
    pub publishes: AtomicUsize,
    /// Dead letters are refused.
    pub no_dead_letters: AtomicBool,
    /// Acknowledgements are lost.
    pub acks: AtomicBool,
    /// Signs of life that arrived.
    pub progress: AtomicUsize,
}

impl Faulty {
    pub fn new(inner: MemoryBus) -> Self {
        Self {
            inner,
            faults: Arc::default(),
        }
    }
}

#[async_trait]
impl Overlay for Faulty {
    fn under(&self) -> &dyn Bus {
        &self.inner
    }

    async fn publish(&self, message: Outgoing) -> Result<Published, BusError> {
        let left = |left: usize| left.checked_sub(1);
        if self
            .faults
            .publishes
            .fetch_update(SeqCst, SeqCst, left)
            .is_ok()
        {
            return Err(BusError::Unavailable("for a test".to_owned()));
        }
        let dead = message.subject == Subject::dead(Stream::Actions);
        if dead && self.faults.no_dead_letters.load(SeqCst) {
            return Err(BusError::TooLarge {
                size: 2,
                size_max: 1,
            });
        }
        self.inner.publish(message).await
    }

    async fn consume(&self, consumer: &Consumer) -> Result<Box<dyn Deliveries>, BusError> {
        let inner = self.inner.consume(consumer).await?;
        Ok(Box::new(FaultyDeliveries {
            inner,
            faults: self.faults.clone(),
        }))
    }
}

struct FaultyDeliveries {
    inner: Box<dyn Deliveries>,
    faults: Arc<Faults>,
}

#[async_trait]
impl Deliveries for FaultyDeliveries {
    async fn next(&mut self) -> Result<Delivery, BusError> {
        let Delivery {
            message,
            attempt,
            acknowledge,
        } = self.inner.next().await?;
        let acknowledge = Box::new(FaultyAcknowledge {
            inner: acknowledge,
            faults: self.faults.clone(),
        });
        Ok(Delivery {
            message,
            attempt,
            acknowledge,
        })
    }
}

struct FaultyAcknowledge {
    inner: Box<dyn Acknowledge>,
    faults: Arc<Faults>,
}

#[async_trait]
impl Acknowledge for FaultyAcknowledge {
    async fn ack(&self) -> Result<(), BusError> {
        if self.faults.acks.load(SeqCst) {
            return Err(BusError::Unavailable("for a test".to_owned()));
        }
        self.inner.ack().await
    }

    async fn retry(&self, after_ms: u64) -> Result<(), BusError> {
        self.inner.retry(after_ms).await
    }

    async fn progress(&self) -> Result<(), BusError> {
        self.faults.progress.fetch_add(1, SeqCst);
        self.inner.progress().await
    }
}
