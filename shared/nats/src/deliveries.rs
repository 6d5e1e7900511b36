//! A replica of a durable consumer.

use std::time::Duration;

use async_nats::{Client, Subject};
use async_trait::async_trait;
use weir_bus::{Acknowledge, BusError, Consumer, Deliveries, Delivery};

use crate::{
    Nats, consumer, message,
    pull::{Pull, Pulled, Wish},
};

pub(crate) struct NatsDeliveries {
    nats: Nats,
    consumer: Consumer,
    ack_wait: Duration,
    /// There while this is not dropped.
    pull: Option<Pull>,
    /// The consumer is to be created again before anything else.
    gone: bool,
}

impl NatsDeliveries {
    pub async fn join(
        nats: &Nats,
        consumer: &Consumer,
        ack_wait: Duration,
        preference: consumer::Preference,
    ) -> Result<Self, BusError> {
        consumer::ensure(nats, consumer, ack_wait).await?;
        let priority = match consumer {
            Consumer::Inbox { partition } => {
                Some((consumer::GROUP, preference.priority(*partition)))
            }
            Consumer::Router | Consumer::Actions { .. } => None,
        };
        let wish = Wish {
            stream: consumer.stream().name(),
            consumer: consumer.durable_name(),
            batch: consumer::batch(consumer),
            priority,
        };
        Ok(Self {
            nats: nats.clone(),
            consumer: consumer.clone(),
            ack_wait,
            pull: Some(Pull::start(nats, &wish).await?),
            gone: false,
        })
    }
}

#[async_trait]
impl Deliveries for NatsDeliveries {
    async fn next(&mut self) -> Result<Delivery, BusError> {
        loop {
            if self.gone {
                match consumer::ensure(&self.nats, &self.consumer, self.ack_wait).await {
                    Ok(()) => self.gone = false,
                    // Requests go on: they find it once it is there.
                    Err(BusError::Unavailable(reason)) => {
                        tracing::debug!(reason, consumer = ?self.consumer, "consumer not there");
                        self.gone = false;
                    }
                    Err(error) => return Err(error),
                }
            }
            let Some(pull) = self.pull.as_mut() else {
                return Err(BusError::Unavailable("the consumer was left".to_owned()));
            };
            match pull.next().await {
                Pulled::Message(message) => {
                    let stream = self.consumer.stream();
                    let Some(delivered) = message::from_consumer(stream, message) else {
                        continue;
                    };
                    let acknowledge = NatsAcknowledge {
                        client: self.nats.client.clone(),
                        reply: delivered.reply,
                    };
                    if message::is_marker(&delivered.stored) {
                        acknowledge.ack().await?;
                        continue;
                    }
                    return Ok(Delivery {
                        message: delivered.stored,
                        attempt: delivered.attempt,
                        acknowledge: Box::new(acknowledge),
                    });
                }
                Pulled::Gone => self.gone = true,
                // Whatever was lost on the way is delivered again.
                Pulled::Interrupted => {}
            }
        }
    }

    fn room(&mut self, messages: usize) {
        if let Some(pull) = self.pull.as_mut() {
            pull.room(messages);
        }
    }
}

impl Drop for NatsDeliveries {
    /// Gives back what nobody looked at, so that others need not wait for it.
    fn drop(&mut self) {
        let Some(pull) = self.pull.take() else { return };
        let unseen = pull.into_unseen();
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if unseen.is_empty() {
            return;
        }
        let client = self.nats.client.clone();
        runtime.spawn(async move {
            for reply in unseen.into_iter().filter_map(|message| message.reply) {
                // If it fails, they come back after the wait.
                if client.publish(reply, "-NAK".into()).await.is_err() {
                    return;
                }
            }
        });
    }
}

struct NatsAcknowledge {
    client: Client,
    reply: Subject,
}

impl NatsAcknowledge {
    async fn say(&self, what: impl Into<bytes::Bytes> + Send) -> Result<(), BusError> {
        let said = self.client.publish(self.reply.clone(), what.into()).await;
        said.map_err(|error| BusError::Unavailable(error.to_string()))
    }
}

#[async_trait]
impl Acknowledge for NatsAcknowledge {
    async fn ack(&self) -> Result<(), BusError> {
        self.say("+ACK").await
    }

    async fn retry(&self, after_ms: u64) -> Result<(), BusError> {
        let delay_ns = after_ms.saturating_mul(1_000_000);
        self.say(format!("-NAK {{\"delay\":{delay_ns}}}")).await
    }

    async fn progress(&self) -> Result<(), BusError> {
        self.say("+WPI").await
    }
}
