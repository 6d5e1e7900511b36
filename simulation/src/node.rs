//! A process of a service, as far as it can die and stand still.
//!
//! Whoever waits here for the ports of a dead node waits for ever: nothing of it goes on.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
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
}

impl Node {
    /// A process that has just begun.
    pub fn new(time: Time, weather: Arc<Weather>) -> Arc<Self> {
        Arc::new(Self {
            time,
            weather,
            alive: watch::Sender::new(true),
            still_until_ms: AtomicU64::new(0),
        })
    }

    /// Passes from the service to a port or back, unless it dies there.
    pub async fn cross(&self) {
        self.go_on().await;
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
