//! The one clock that all processes share: the broker's.
//!
//! Machines disagree about the time, by an hour at worst, and are set back and forth. So a deadline
//! that one scheduler counts from its own clock would come early or late at a timer that looks at
//! another. Every process therefore asks the broker what time it is, and lets its own monotonic
//! clock go on from there: it never looks at the time of its machine.
//!
//! An answer that was asked for at `a` and came at `b` says what time it was at some moment between
//! the two. What one believes is corrected just as far as the newest answer contradicts it; at
//! first it is as late as the answers allow, so that it is not ahead of the broker.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{Bus, BusError, Pauses};

/// How often the broker is asked.
const EVERY: Duration = Duration::from_secs(10);
/// At first, the broker is asked until one knows it so well: what is behind lets deadlines come
/// early.
const KNOWN_US: u64 = 200_000;
/// But not more often: it may be that far away.
const FIRST_ANSWERS_MAX: usize = 20;

/// A clock that goes by the broker's.
#[derive(Debug)]
pub struct BrokerClock {
    begun: Instant,
    /// Microseconds since the Unix epoch at `begun`, as far as is known.
    begun_at_us: Mutex<u64>,
}

impl BrokerClock {
    /// Asks the broker until it answers.
    ///
    /// # Errors
    /// Those that waiting does not mend.
    pub async fn set_by(bus: &dyn Bus) -> Result<Arc<Self>, BusError> {
        let begun = Instant::now();
        let mut pauses = Pauses::default();
        let (mut known, mut answers) = (Answer::ANY, 0);
        while known.latest_us.saturating_sub(known.earliest_us) > KNOWN_US
            && answers < FIRST_ANSWERS_MAX
        {
            match ask(bus, begun).await {
                Ok(answer) => {
                    known = known.and(&answer);
                    answers += 1;
                }
                Err(BusError::Unavailable(_)) => pauses.pause().await,
                Err(error) => return Err(error),
            }
        }
        Ok(Arc::new(Self {
            begun,
            begun_at_us: Mutex::new(known.earliest_us),
        }))
    }

    /// Asks again and again; goes on as before while nobody answers.
    pub async fn keep(&self, bus: &dyn Bus) -> Infallible {
        loop {
            tokio::time::sleep(EVERY).await;
            match ask(bus, self.begun).await {
                Ok(answer) => self.correct(&answer),
                Err(error) => tracing::debug!(%error, "the broker does not say what time it is"),
            }
        }
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> u64 {
        let begun_at_us = *self.lock();
        begun_at_us.saturating_add(passed_us(self.begun)) / 1_000
    }

    /// Tells the time.
    pub fn clock(self: &Arc<Self>) -> Arc<dyn Fn() -> u64 + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now_ms())
    }

    fn correct(&self, answer: &Answer) {
        let mut begun_at_us = self.lock();
        let before_us = *begun_at_us;
        *begun_at_us = before_us.clamp(answer.earliest_us, answer.latest_us);
        let by_us = begun_at_us.abs_diff(before_us);
        if by_us > 1_000_000 {
            tracing::warn!(by_ms = by_us / 1_000, "the broker's clock has been set");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, u64> {
        self.begun_at_us
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// When `begun` was, by the broker's clock: microseconds since the Unix epoch.
struct Answer {
    earliest_us: u64,
    latest_us: u64,
}

impl Answer {
    const ANY: Self = Self {
        earliest_us: 0,
        latest_us: u64::MAX,
    };

    fn and(&self, other: &Self) -> Self {
        Self {
            earliest_us: self.earliest_us.max(other.earliest_us),
            latest_us: self.latest_us.min(other.latest_us),
        }
    }
}

async fn ask(bus: &dyn Bus, begun: Instant) -> Result<Answer, BusError> {
    let asked_us = passed_us(begun);
    let time_ms = bus.time_ms().await?;
    let answered_us = passed_us(begun);
    // The answer is cut to milliseconds.
    let from_us = time_ms.saturating_mul(1_000);
    let to_us = from_us.saturating_add(999);
    Ok(Answer {
        earliest_us: from_us.saturating_sub(answered_us),
        latest_us: to_us.saturating_sub(asked_us),
    })
}

fn passed_us(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::memory::MemoryBus;

    const BEGIN_MS: u64 = 1_800_000_000_000;

    /// A broker whose clock is ahead of the true one by what the atomic says.
    fn broker() -> (MemoryBus, Arc<AtomicU64>) {
        let (begun, ahead_ms) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let theirs = ahead_ms.clone();
        let clock = move || BEGIN_MS + theirs.load(Ordering::SeqCst) + passed_us(begun) / 1_000;
        (MemoryBus::new(Arc::new(clock)), ahead_ms)
    }

    #[tokio::test(start_paused = true)]
    async fn it_goes_as_the_broker_does() {
        let (bus, _) = broker();
        let clock = BrokerClock::set_by(&bus).await.unwrap();
        for passed_ms in [0, 7, 25_000] {
            tokio::time::advance(Duration::from_millis(passed_ms)).await;
            assert_eq!(clock.now_ms(), bus.time_ms().await.unwrap());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_follows_when_the_broker_is_set() {
        let (bus, ahead_ms) = broker();
        let clock = BrokerClock::set_by(&bus).await.unwrap();
        let keeping = clock.keep(&bus);
        ahead_ms.store(3_600_000, Ordering::SeqCst);
        assert!(tokio::time::timeout(2 * EVERY, keeping).await.is_err());
        assert!(clock.now_ms().abs_diff(bus.time_ms().await.unwrap()) <= 1);
        ahead_ms.store(0, Ordering::SeqCst);
        let keeping = clock.keep(&bus);
        assert!(tokio::time::timeout(2 * EVERY, keeping).await.is_err());
        assert!(clock.now_ms().abs_diff(bus.time_ms().await.unwrap()) <= 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_corrects_no_more_than_it_must() {
        let (bus, _) = broker();
        let clock = BrokerClock::set_by(&bus).await.unwrap();
        let known_us = *clock.lock();
        // Asked a minute before it was answered: it might have been then, or now.
        clock.correct(&Answer {
            earliest_us: known_us - 60_000_000,
            latest_us: known_us + 1,
        });
        assert_eq!(*clock.lock(), known_us);
        clock.correct(&Answer {
            earliest_us: known_us + 5,
            latest_us: known_us + 60_000_000,
        });
        assert_eq!(*clock.lock(), known_us + 5);
    }
}
