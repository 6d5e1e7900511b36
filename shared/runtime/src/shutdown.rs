//! How a process ends: once, in order, within a bounded time.

use std::future::Future;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The wish that a process, or a part of it, ends. Clones share the wish.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// A token that only [`Shutdown::trigger`] triggers.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that SIGTERM or SIGINT triggers. A second signal ends the process at once, with
    /// the exit code that shells give a process killed by it (128 + number).
    ///
    /// # Errors
    /// The system refuses to install the handlers. Needs a tokio runtime.
    pub fn on_signals() -> std::io::Result<Self> {
        let mut signals = Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        };
        let shutdown = Self::new();
        let trigger = shutdown.clone();
        tokio::spawn(async move {
            let first = signals.next().await;
            tracing::info!(
                signal = first.name,
                "stopping; a second signal ends the process at once"
            );
            trigger.trigger();
            let second = signals.next().await;
            tracing::warn!(
                signal = second.name,
                "stopped at once, work in flight is redelivered"
            );
            std::process::exit(second.exit_code);
        });
        Ok(shutdown)
    }

    /// Triggers this token and its children.
    pub fn trigger(&self) {
        self.0.cancel();
    }

    /// Whether the token was triggered.
    pub fn is_triggered(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Ends when the token is triggered. Cancel safe; borrows nothing, so it can be given to
    /// servers as their shutdown signal.
    pub fn triggered(&self) -> WaitForCancellationFutureOwned {
        self.0.clone().cancelled_owned()
    }

    /// A token that is triggered with this one and can also be triggered alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }
}

/// The work did not end within the grace period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("did not stop within the grace period of {} ms; work in flight is redelivered", .0.as_millis())]
pub struct Overrun(pub Duration);

/// Runs `work` to its end; once `shutdown` is triggered, for at most `grace` more, then drops it.
///
/// `work` must watch the same token to end in order: this is only the limit.
pub async fn run_until_shutdown<F: Future>(
    shutdown: &Shutdown,
    grace: Duration,
    work: F,
) -> Result<F::Output, Overrun> {
    let limit = async {
        shutdown.triggered().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        biased;
        output = work => Ok(output),
        () = limit => Err(Overrun(grace)),
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

struct Caught {
    name: &'static str,
    exit_code: i32,
}

impl Signals {
    async fn next(&mut self) -> Caught {
        tokio::select! {
            _ = self.terminate.recv() => Caught { name: "SIGTERM", exit_code: 128 + 15 },
            _ = self.interrupt.recv() => Caught { name: "SIGINT", exit_code: 128 + 2 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(10);
    const LATER: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    async fn work_that_ends_by_itself_needs_no_shutdown() {
        let shutdown = Shutdown::new();
        assert_eq!(
            run_until_shutdown(&shutdown, GRACE, async { 7 }).await,
            Ok(7)
        );
        assert!(!shutdown.is_triggered());
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_trigger_work_has_the_grace_period_and_no_longer() {
        for (needed_ms, expected) in [(9_999, Ok(())), (10_001, Err(Overrun(GRACE)))] {
            let shutdown = Shutdown::new();
            let watched = shutdown.child();
            let trigger = shutdown.clone();
            tokio::spawn(async move {
                // sleep: the clock is virtual
                tokio::time::sleep(LATER).await;
                trigger.trigger();
            });
            let started = tokio::time::Instant::now();
            let work = async {
                watched.triggered().await;
                // sleep: the clock is virtual
                tokio::time::sleep(Duration::from_millis(needed_ms)).await;
            };
            assert_eq!(run_until_shutdown(&shutdown, GRACE, work).await, expected);
            let expected_end = LATER + GRACE.min(Duration::from_millis(needed_ms));
            assert_eq!(started.elapsed(), expected_end, "the clock is virtual");
        }
    }

    #[tokio::test]
    async fn a_child_is_triggered_with_its_parent_and_not_the_reverse() {
        let parent = Shutdown::new();
        let child = parent.child();
        parent.child().trigger();
        assert!(!parent.is_triggered() && !child.is_triggered());
        parent.trigger();
        child.triggered().await;
        assert!(child.is_triggered());
    }
}
