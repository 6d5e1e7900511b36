//! Live updates: server-sent events that hold rendered parts of the page.
//!
//! Every message is a JSON list of `[id, html]`: the element that replaces the one with that id, or
//! null if it is there no more. The first message (`whole`) has all of them, for something may have
//! changed since the page was rendered or while the connection was lost; later ones (`parts`) have
//! what differs.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, stream};
use serde_json::{Value, json};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Interval, MissedTickBehavior},
};
use weir_runtime::Shutdown;

use crate::http::{Api, Problem};

/// Pages that are watched at the same time at most, in one replica.
pub(crate) const WATCHED_MAX: usize = 500;
/// How often it is looked whether something changed.
const TICK: Duration = Duration::from_millis(500);

/// A part of a page: one element, with this id.
pub(super) struct Part {
    pub id: String,
    /// What it shows: as long as that is the same, it is not sent again, even if times in it are
    /// written differently.
    pub version: String,
    pub html: String,
}

/// What is watched.
pub(super) trait Watched: Send + 'static {
    /// The parts as they are, in their order; none if nothing can have changed since last time.
    fn look(&mut self) -> impl Future<Output = Result<Option<Vec<Part>>, Problem>> + Send;
}

/// The changes of what is watched, until the reader goes or the ingress stops.
pub(super) fn stream<W: Watched>(
    api: &Api,
    watched: W,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<W>>, Problem> {
    let permit = api.watchers.clone().try_acquire_owned();
    let permit = permit.map_err(|_| Problem::unavailable("too many pages are being watched"))?;
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let live = Live {
        watched,
        ticks,
        shown: None,
        shutdown: api.shutdown.clone(),
        _permit: permit,
    };
    let events = stream::unfold(live, |mut live| async {
        let event = live.next().await?;
        Some((Ok(event), live))
    });
    // Says now and then that the connection is alive: and notices that it is not.
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

struct Live<W> {
    watched: W,
    ticks: Interval,
    /// Which version of each part the reader sees; none before the first message.
    shown: Option<BTreeMap<String, String>>,
    shutdown: Shutdown,
    _permit: OwnedSemaphorePermit,
}

impl<W: Watched> Live<W> {
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                () = self.shutdown.triggered() => return None,
                _ = self.ticks.tick() => {}
            }
            match self.watched.look().await {
                Ok(Some(parts)) => {
                    if let Some(event) = self.difference(parts) {
                        return Some(event);
                    }
                }
                Ok(None) => {}
                // The next look may be luckier; the page says that it is connected, not that all
                // is well.
                Err(problem) => tracing::debug!(?problem, "a watched page"),
            }
        }
    }

    fn difference(&mut self, parts: Vec<Part>) -> Option<Event> {
        let name = if self.shown.is_some() {
            "parts"
        } else {
            "whole"
        };
        let mut before = self.shown.take().unwrap_or_default();
        let mut changes: Vec<Value> = Vec::new();
        let mut shown = BTreeMap::new();
        for Part { id, version, html } in parts {
            if before.remove(&id).as_ref() != Some(&version) {
                changes.push(json!([id, html]));
            }
            shown.insert(id, version);
        }
        changes.extend(before.keys().map(|id| json!([id, null])));
        self.shown = Some(shown);
        let is_news = name == "whole" || !changes.is_empty();
        is_news.then(|| {
            Event::default()
                .event(name)
                .data(Value::from(changes).to_string())
        })
    }
}
