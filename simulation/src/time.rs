//! Virtual time: it passes when everybody waits.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

/// When every simulation begins: milliseconds since the Unix epoch.
const BEGIN_MS: u64 = 1_800_000_000_000;

/// The true time of a run.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    begun: Instant,
}

impl Time {
    /// It begins now.
    pub fn begin() -> Self {
        Self {
            begun: Instant::now(),
        }
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(self) -> u64 {
        BEGIN_MS + self.passed_ms()
    }

    /// Milliseconds since the begin.
    pub fn passed_ms(self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap()
    }

    /// Waits until so many milliseconds have passed since the begin.
    pub async fn reach_ms(self, passed_ms: u64) {
        tokio::time::sleep_until(self.begun + Duration::from_millis(passed_ms)).await;
    }

    /// A clock that is right.
    pub fn clock(self) -> Arc<dyn Fn() -> u64 + Send + Sync> {
        Arc::new(move || self.now_ms())
    }
}

/// Waits.
pub async fn pause_ms(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
