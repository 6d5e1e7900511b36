//! What happened to an instance, decision by decision.

use std::{collections::BTreeMap, sync::Arc};

use weir_engine::{Activation, Event, InstanceId, State, Timestamp, WorkflowError};
use weir_protocol::v1;

/// An instance's journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// Whose.
    pub instance: InstanceId,
    /// Its decisions, in order.
    pub chapters: Vec<Chapter>,
}

/// One decision: a record of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Chapter {
    /// 1, 2, …
    pub revision: u64,
    /// When it was decided, by the scheduler's clock.
    pub at: Timestamp,
    /// What kind of message led to it: `start`, `outcome`, `timeout`, `event`, `cancel`.
    pub cause: String,
    /// What happened.
    pub events: Vec<Event>,
}

/// A record that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("record {revision}: {reason}")]
pub struct StoryError {
    revision: u64,
    reason: String,
}

impl Story {
    /// The story that these records, from the first one on, tell.
    ///
    /// # Errors
    /// Says which record is not one of the engine's.
    pub fn of<'r>(
        instance: InstanceId,
        records: impl IntoIterator<Item = &'r v1::Record>,
    ) -> Result<Self, StoryError> {
        let chapters = records.into_iter().map(|record| {
            let events = record.events.iter().map(Event::try_from);
            let events = events
                .collect::<Result<_, _>>()
                .map_err(|error| StoryError {
                    revision: record.revision,
                    reason: error.to_string(),
                })?;
            Ok(Chapter {
                revision: record.revision,
                at: Timestamp(record.at),
                cause: record.cause.kind.clone(),
                events,
            })
        });
        Ok(Self {
            instance,
            chapters: chapters.collect::<Result<_, _>>()?,
        })
    }

    /// What the instance has become.
    pub fn state(&self) -> State {
        self.state_at(u64::MAX)
    }

    /// What it was right after the decision of this revision; 0: before the first.
    pub fn state_at(&self, revision: u64) -> State {
        let until = self.chapters.iter();
        let until = until.take_while(|chapter| chapter.revision <= revision);
        let events = until.flat_map(|chapter| chapter.events.iter().map(|one| (chapter.at, one)));
        State::fold(self.instance, events)
    }

    /// When something happened last.
    pub fn updated_at(&self) -> Timestamp {
        let last = self.chapters.last();
        last.map_or(Timestamp(0), |chapter| chapter.at)
    }

    /// The tasks of all activations so far; that of the workflow is "".
    pub fn references(&self) -> BTreeMap<Activation, Arc<str>> {
        let started = self.events().filter_map(|(_, event)| {
            if let Event::TaskStarted {
                task, reference, ..
            } = event
            {
                Some((*task, reference.clone()))
            } else {
                None
            }
        });
        [(Activation::ROOT, "".into())]
            .into_iter()
            .chain(started)
            .collect()
    }

    /// The error after which a `try` tried again last, and when.
    pub(crate) fn last_failure(&self, attempt: Activation) -> Option<(Timestamp, &WorkflowError)> {
        let mut failures = self.events().filter_map(|(at, event)| {
            if let Event::RetryScheduled { task, error, .. } = event {
                (*task == attempt).then_some((at, error))
            } else {
                None
            }
        });
        failures.next_back()
    }

    pub(crate) fn events(&self) -> impl DoubleEndedIterator<Item = (Timestamp, &Event)> {
        let chapters = self.chapters.iter();
        chapters.flat_map(|chapter| chapter.events.iter().map(|event| (chapter.at, event)))
    }
}
