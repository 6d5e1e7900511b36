//! The state of the connection: who waits for an answer must know when it was lost.

use std::{future::Future, sync::Arc};

use async_nats::Event;
use tokio::sync::watch;

/// What the client told about its connection.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    state: watch::Receiver<State>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    connected: bool,
    /// How often it was there.
    connections: u64,
    /// How often it was lost.
    losses: u64,
}

/// The connection was lost before the answer came.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection was lost before the answer came")]
pub(crate) struct Lost;

/// Nothing goes through this connection any more.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the NATS client has died, so this process is deaf: it has to be started again")]
pub struct Died;

/// Takes the client's events.
#[derive(Clone, Debug)]
pub(crate) struct Observer {
    name: Arc<str>,
    state: watch::Sender<State>,
}

impl Link {
    /// A link, and what to feed it with.
    pub fn new(name: &str) -> (Self, Observer) {
        let (sender, state) = watch::channel(State::default());
        let observer = Observer {
            name: name.into(),
            state: sender,
        };
        (Self { state }, observer)
    }

    /// A number that changes with every new connection.
    pub fn connections(&self) -> u64 {
        self.state.borrow().connections
    }

    /// Waits until the number of connections is another than `seen`.
    pub async fn reconnected_since(&self, seen: u64) {
        let mut state = self.state.clone();
        let changed = state.wait_for(|state| state.connections != seen);
        let abandoned = changed.await.is_err();
        if abandoned {
            // The client is gone, and with it whoever could tell.
            std::future::pending::<()>().await;
        }
    }

    /// Waits until the client dies: then nobody feeds this any more. A connection that is lost is
    /// no death, for the client makes another.
    pub async fn died(&self) -> Died {
        let mut state = self.state.clone();
        while state.changed().await.is_ok() {}
        Died
    }

    /// Remembers now, to notice a loss from here on.
    pub fn watch(&self) -> Watch {
        let state = self.state.clone();
        let then = *state.borrow();
        Watch { state, then }
    }
}

/// A moment of the connection.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    state: watch::Receiver<State>,
    then: State,
}

impl Watch {
    /// Whether the connection is another than it was. What was sent while there was none does not
    /// outlive the next one either: the client drops it, for it would overtake what was lost.
    pub fn is_lost(&self) -> bool {
        is_lost(&self.then, &self.state.borrow())
    }

    /// What `future` has, unless the connection is lost before: then nobody will answer, and
    /// waiting for the timeout would only cost time.
    pub async fn unless_lost<T>(&mut self, future: impl Future<Output = T>) -> Result<T, Lost> {
        let then = self.then;
        tokio::select! {
            biased;
            result = future => Ok(result),
            _ = self.state.wait_for(|now| is_lost(&then, now)) => Err(Lost),
        }
    }
}

fn is_lost(then: &State, now: &State) -> bool {
    (then.losses, then.connections) != (now.losses, now.connections)
}

impl Observer {
    /// Takes an event; logs only what changes the state.
    pub fn observe(&self, event: &Event) {
        let name = &self.name;
        match event {
            Event::Connected => {
                self.state.send_modify(|state| {
                    state.connected = true;
                    state.connections += 1;
                });
                tracing::info!(connection = %name, "connected to NATS");
            }
            Event::Disconnected => {
                let lost = self.state.send_if_modified(|state| {
                    let was_connected = std::mem::replace(&mut state.connected, false);
                    state.losses += u64::from(was_connected);
                    was_connected
                });
                if lost {
                    tracing::warn!(connection = %name, "connection to NATS lost, reconnecting");
                }
            }
            Event::LameDuckMode => {
                tracing::info!(connection = %name, "the NATS server is shutting down");
            }
            Event::SlowConsumer(subscription) => {
                tracing::warn!(connection = %name, subscription, "messages were dropped");
            }
            Event::ServerError(error) => {
                tracing::warn!(connection = %name, %error, "the NATS server reports an error");
            }
            // One comes with every attempt to reconnect: that the connection is lost was said.
            Event::ClientError(error) => {
                tracing::debug!(connection = %name, %error, "NATS client error");
            }
            Event::Draining | Event::Closed => {
                tracing::debug!(connection = %name, %event, "connection to NATS ends");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_loss_ends_the_wait_for_an_answer() {
        let (link, observer) = Link::new("test");
        observer.observe(&Event::Connected);
        let mut watch = link.watch();
        assert_eq!(watch.unless_lost(async { 1 }).await.unwrap(), 1);

        observer.observe(&Event::Disconnected);
        let never = watch.unless_lost(std::future::pending::<()>());
        assert!(never.await.is_err());
        // Failing to connect again is no second loss; connecting is: the client drops what waited.
        let mut later = link.watch();
        observer.observe(&Event::Disconnected);
        assert!(!later.is_lost());
        observer.observe(&Event::Connected);
        assert!(later.is_lost());
        let never = later.unless_lost(std::future::pending::<()>());
        assert!(never.await.is_err());
        link.reconnected_since(1).await;
        assert_eq!(link.connections(), 2);
    }

    #[tokio::test]
    async fn the_client_is_dead_once_nobody_observes_it() {
        let (link, observer) = Link::new("test");
        observer.observe(&Event::Connected);
        observer.observe(&Event::Disconnected);
        assert!(link.died().now_or_never().is_none());
        drop(observer);
        link.died().await;
    }
}
