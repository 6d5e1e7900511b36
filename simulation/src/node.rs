//! A process of a service, as far as it can die and stand still.
//!
//! Whoever waits here for the ports of a dead node waits for ever: nothing of it goes on.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use tokio::sync::watch;

use crate::{
    time::Time,
    weather::{Crossing, Weather},
};

/// One life of a process.
pub struct Node {
    time: Time,
    weather: Arc<Weather>,
    alive: watch::Sender<bool>,
    /// Milliseconds after the begin until which it stands still.
    still_until_ms: AtomicU64,
    /// By how many milliseconds its clock is ahead while the weather lasts.
    clock_ahead_ms: AtomicI64,
}

impl Node {
    /// A process that has just begun.
    pub fn new(time: Time, weather: Arc<Weather>) -> Arc<Self> {
        Arc::new(Self {
            clock_ahead_ms: AtomicI64::new(weather.clock_wrong_ms()),
            time,
            weather,
            alive: watch::Sender::new(true),
            still_until_ms: AtomicU64::new(0),
        })
    }

    /// The clock of its machine, which is as wrong as the weather wants.
    pub fn clock(self: &Arc<Self>) -> Arc<dyn Fn() -> u64 + Send + Sync> {
        let node = self.clone();
        Arc::new(move || {
            let true_ms = node.time.now_ms();
            if node.weather.is_clear() {
                return true_ms;
            }
            true_ms.saturating_add_signed(node.clock_ahead_ms.load(Ordering::Relaxed))
        })
    }

    /// Passes from the service to a port or back, unless it dies there.
    pub async fn cross(&self) {
        self.go_on().await;
        if let Some(ahead_ms) = self.weather.clock_jumps_ms() {
            self.clock_ahead_ms.store(ahead_ms, Ordering::Relaxed);
        }
        match self.weather.crossing() {
            Crossing::Clear => return,
            Crossing::Delay(ms) => crate::time::pause_ms(ms).await,
            Crossing::Standstill(ms) => {
                let until_ms = self.time.passed_ms() + ms;
                self.still_until_ms.store(until_ms, Ordering::Relaxed);
            }
            Crossing::Crash => {
                self.alive.send_replace(false);
            }
        }
        self.go_on().await;
    }

    /// Returns once it is dead.
    pub async fn died(&self) {
        let mut alive = self.alive.subscribe();
        // The sender lives as long as the node.
        let _ = alive.wait_for(|alive| !alive).await;
    }

    async fn go_on(&self) {
        loop {
            if !*self.alive.borrow() {
                pending::<()>().await;
            }
            let until_ms = self.still_until_ms.load(Ordering::Relaxed);
            if self.time.passed_ms() >= until_ms {
                return;
            }
            self.time.reach_ms(until_ms).await;
        }
    }
}
