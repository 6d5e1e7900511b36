//! Following the stream into memory.

use std::time::Duration;

use weir_bus::{BusError, Follower, From, Pauses, Stored};
use weir_protocol::{Stream, Subject};

use super::{
    Router,
    entry::Entry,
    index::{self, Index},
};

/// The last message may be gone: when nothing comes for so long, all is read.
const SILENCE_MAX: Duration = Duration::from_millis(500);

/// Where following begins.
struct Begin {
    /// Where the stream ends.
    head: u64,
    /// From where on it is followed.
    first: u64,
    /// At least the subscriptions that are open at its end.
    open: Vec<Stored>,
    follower: Box<dyn Follower>,
}

impl Router {
    /// Reads the stream for ever; calls `ready` once it has read what there was at the beginning.
    ///
    /// # Errors
    /// Those that waiting does not mend.
    pub async fn follow(&self, ready: impl FnOnce()) -> Result<(), BusError> {
        let Begin {
            head,
            first,
            open,
            mut follower,
        } = self.begin().await?;
        *index::write(&self.index) = Index::new(self.limits, first == 1);
        for message in open {
            self.open(&message).await;
        }
        let mut reached = 0;
        while reached < head {
            match tokio::time::timeout(SILENCE_MAX, follower.next()).await {
                Ok(message) => reached = self.take(message?).await,
                Err(_) => break,
            }
        }
        ready();
        loop {
            self.take(follower.next().await?).await;
        }
    }

    async fn begin(&self) -> Result<Begin, BusError> {
        // The recent events as well, so that looking back is cheap at once.
        let events_max = u64::try_from(self.limits.events_max).unwrap_or(u64::MAX);
        let mut pauses = Pauses::default();
        loop {
            // In this order: what opens in between is followed.
            let begin = async {
                let head = self.bus.head(Stream::Events).await?;
                let open = self
                    .bus
                    .latest(Stream::Events, Subject::SUBSCRIPTIONS)
                    .await?;
                let first = head.saturating_sub(events_max) + 1;
                let from = From::Sequence(first);
                let follower = self.bus.follow(Stream::Events, from).await?;
                Ok(Begin {
                    head,
                    first,
                    open,
                    follower,
                })
            };
            match begin.await {
                Err(BusError::Unavailable(reason)) => {
                    tracing::warn!(reason, "cannot read the subscriptions yet");
                    pauses.pause().await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Adds a subscription from before the followed part.
    async fn open(&self, message: &Stored) {
        if let Entry::Opened(subscription) = Entry::read(message)
            && let Ok(site) = self.site(&subscription).await
        {
            index::write(&self.index).open(message, &subscription, site);
        }
    }

    async fn take(&self, message: Stored) -> u64 {
        let entry = Entry::read(&message);
        let site = match &entry {
            // Without a site it goes to the dead letters, when its turn comes.
            Entry::Opened(subscription) => self.site(subscription).await.ok(),
            Entry::Event | Entry::Closed | Entry::Unreadable(_) => None,
        };
        index::write(&self.index).apply(&message, &entry, site);
        self.reached.set(message.sequence);
        message.sequence
    }
}
