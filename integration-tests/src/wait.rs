//! Waiting for conditions.

use std::time::Duration;

/// Longer than anything takes, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_mins(1);

const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What `future` yields, in time.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(PATIENCE, future).await;
    result.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// Looks until there is something to see.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    within(what, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            pause().await;
        }
    })
    .await
}

/// Between two looks at something that tells nobody.
pub(crate) async fn pause() {
    // sleep: there is nothing to wait on
    tokio::time::sleep(LOOK_AGAIN).await;
}
