//! How far a replica has read the stream, and who waits for it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// The sequence that was reached.
#[derive(Debug, Default)]
pub(crate) struct Reached(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    sequence: u64,
    /// By the sequence they wait for: nobody is woken in vain.
    waiting: BTreeMap<u64, Vec<oneshot::Sender<()>>>,
}

impl Reached {
    /// It is reached: wakes those who waited for it.
    pub fn set(&self, sequence: u64) {
        let mut state = self.state();
        state.sequence = sequence;
        while let Some(waiting) = state.waiting.first_entry()
            && *waiting.key() <= sequence
        {
            for waiting in waiting.remove() {
                // Who waits no more does not mind.
                let _ = waiting.send(());
            }
        }
    }

    /// Waits until `sequence` is reached.
    pub async fn wait(&self, sequence: u64) {
        let woken = {
            let mut state = self.state();
            if state.sequence >= sequence {
                return;
            }
            let (wake, woken) = oneshot::channel();
            state.waiting.entry(sequence).or_default().push(wake);
            woken
        };
        // The sender is kept until it is used.
        let _ = woken.await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
