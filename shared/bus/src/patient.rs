//! Patience with a bus that is away: publish until it is stored.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{Bus, BusError, Outgoing, Published};

/// Publishes however long the bus is away or its stream full, for callers that have nothing better
/// to do meanwhile.
///
/// Clones share one view of the bus, so that an outage is logged once when it begins and once when
/// it is over, however many messages wait.
#[derive(Clone)]
pub struct Patient {
    bus: Arc<dyn Bus>,
    away: Arc<AtomicBool>,
}

impl Patient {
    /// Patience with `bus`.
    pub fn new(bus: Arc<dyn Bus>) -> Self {
        Self {
            bus,
            away: Arc::default(),
        }
    }

    /// As [`Bus::publish`].
    ///
    /// # Errors
    /// Those that waiting does not mend.
    pub async fn publish(&self, message: Outgoing) -> Result<Published, BusError> {
        let mut pauses = Pauses::default();
        loop {
            let outcome = self.bus.publish(message.clone()).await;
            match self.judge(outcome)? {
                Some(published) => return Ok(published),
                None => pauses.pause().await,
            }
        }
    }

    /// As [`Bus::publish_all`].
    ///
    /// # Errors
    /// Those that waiting does not mend.
    pub async fn publish_all(&self, messages: Vec<Outgoing>) -> Result<(), BusError> {
        let mut pauses = Pauses::default();
        loop {
            let outcome = self.bus.publish_all(messages.clone()).await;
            match self.judge(outcome)? {
                Some(()) => return Ok(()),
                None => pauses.pause().await,
            }
        }
    }

    /// `None`: try again later.
    fn judge<T>(&self, outcome: Result<T, BusError>) -> Result<Option<T>, BusError> {
        match outcome {
            Ok(done) => {
                if self.away.swap(false, Ordering::Relaxed) {
                    tracing::info!("the bus stores messages again");
                }
                Ok(Some(done))
            }
            Err(error @ (BusError::Unavailable(_) | BusError::Full(_))) => {
                if !self.away.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "the bus does not store messages, trying until it does");
                }
                Ok(None)
            }
            Err(
                error @ (BusError::Conflict(_) | BusError::TooLarge { .. } | BusError::Refused(_)),
            ) => Err(error),
        }
    }
}

/// Pauses between attempts: each twice as long as the one before, up to two seconds.
#[derive(Clone, Debug)]
pub struct Pauses(Duration);

impl Pauses {
    const FIRST: Duration = Duration::from_millis(25);
    const LONGEST: Duration = Duration::from_secs(2);

    /// The next one.
    pub async fn pause(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(Self::LONGEST);
    }
}

impl Default for Pauses {
    fn default() -> Self {
        Self(Self::FIRST)
    }
}
