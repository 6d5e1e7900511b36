//! Containers that have had their time: those of executors that died, and those that are removed a
//! while after their end. What there is to know stands on their labels, so that any executor does.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    asked::{ACTION, CLEANUP, DEADLINE},
    engine::{Engine, EngineError, Listed},
};

/// An executor removes its containers itself at their deadline; this much later it is dead.
const GRACE_MS: u64 = 10_000;

/// Removes what is due, and tells when the next is.
pub(super) async fn sweep(engine: &Engine, now_ms: u64) -> Result<Option<u64>, EngineError> {
    let mut next_ms = None;
    for container in engine.list(ACTION).await? {
        let Some(due_ms) = due(engine, &container).await? else {
            continue;
        };
        if due_ms <= now_ms {
            tracing::debug!(id = container.id, "a container has had its time");
            engine.remove(&container.id).await?;
        } else {
            next_ms = Some(next_ms.map_or(due_ms, |next: u64| next.min(due_ms)));
        }
    }
    Ok(next_ms)
}

async fn due(engine: &Engine, container: &Listed) -> Result<Option<u64>, EngineError> {
    let label = |name: &str| container.labels.get(name).and_then(Value::as_str);
    let deadline_ms = label(DEADLINE).and_then(|text| text.parse::<u64>().ok());
    let has_ended = ["exited", "dead"].contains(&container.state.as_str());
    match label(CLEANUP) {
        Some("never") if has_ended => Ok(None),
        Some(after) if has_ended && after != "always" => {
            let Ok(after_ms) = after.parse::<u64>() else {
                return Ok(None);
            };
            let finished = match engine.finished_at(&container.id).await {
                Ok(finished) => finished,
                // Somebody else was faster.
                Err(EngineError::Refused { .. }) => return Ok(None),
                Err(error) => return Err(error),
            };
            let finished_ms = finished
                .parse()
                .ok()
                .and_then(|finished: Timestamp| u64::try_from(finished.as_millisecond()).ok());
            Ok(finished_ms.map(|finished_ms| finished_ms.saturating_add(after_ms)))
        }
        Some(_) | None => Ok(deadline_ms.map(|deadline_ms| deadline_ms.saturating_add(GRACE_MS))),
    }
}
