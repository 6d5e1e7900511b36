//! A durable consumer as a service sees it.

use std::{future::pending, sync::Arc};

use async_trait::async_trait;
use tokio::sync::Notify;
use weir_bus::{Acknowledge, BusError, Deliveries, Delivery};

use super::Around;
use crate::{Bug, weather::Fate};

/// One replica's share.
pub struct WrappedDeliveries {
    pub inner: Box<dyn Deliveries>,
    pub around: Around,
}

#[async_trait]
impl Deliveries for WrappedDeliveries {
    async fn next(&mut self) -> Result<Delivery, BusError> {
        loop {
            let delivery = tokio::select! {
                biased;
                // A broker gives nothing to those whose connection is gone.
                () = self.around.node.died() => pending().await,
                delivery = self.inner.next() => delivery?,
            };
            self.around.deliveries_changed.notify_one();
            if let Some(after_ms) = self.around.weather.overtaken() {
                self.around.ledger.count("overtaken");
                delivery.acknowledge.retry(after_ms).await?;
                self.around.deliveries_changed.notify_one();
                continue;
            }
            if self.around.weather.fate() == Fate::Lost {
                // It comes again after the consumer's wait.
                self.around.ledger.count("delivery lost");
                continue;
            }
            let opens = delivery.message.subject.starts_with("weir.subscriptions.");
            if opens && self.around.bug == Some(Bug::NeverLooksBack) {
                delivery.ack().await?;
                continue;
            }
            self.around.node.cross().await;
            let now_ms = self.around.time.now_ms();
            self.around.ledger.delivered(&delivery.message, now_ms);
            if self.around.bug == Some(Bug::AcknowledgedEarly) {
                delivery.ack().await?;
            }
            return Ok(Delivery {
                message: delivery.message,
                attempt: delivery.attempt,
                acknowledge: Box::new(WrappedAcknowledge {
                    inner: delivery.acknowledge,
                    around: self.around.clone(),
                }),
            });
        }
    }
}

struct WrappedAcknowledge {
    inner: Box<dyn Acknowledge>,
    around: Around,
}

impl WrappedAcknowledge {
    async fn arrives(&self) -> bool {
        self.around.node.cross().await;
        let arrives = self.around.weather.fate() == Fate::Arrives;
        if !arrives {
            self.around.ledger.count("acknowledgement lost");
        }
        arrives
    }

    fn changed(&self) -> &Arc<Notify> {
        &self.around.deliveries_changed
    }
}

#[async_trait]
impl Acknowledge for WrappedAcknowledge {
    async fn ack(&self) -> Result<(), BusError> {
        if self.arrives().await {
            self.inner.ack().await?;
        }
        Ok(())
    }

    async fn retry(&self, after_ms: u64) -> Result<(), BusError> {
        if self.arrives().await {
            self.inner.retry(after_ms).await?;
            self.changed().notify_one();
        }
        Ok(())
    }

    async fn progress(&self) -> Result<(), BusError> {
        if self.arrives().await {
            self.inner.progress().await?;
        }
        Ok(())
    }
}
