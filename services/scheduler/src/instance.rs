//! An instance in memory: its state and where its journal ends.

use weir_engine::{Event, InstanceId, Revision, State, Timestamp};
use weir_journal::{Entry, JournalError, Position};
use weir_protocol::v1;

use crate::{Outputs, outputs};

/// An instance as its journal tells it.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The fold of its records.
    pub state: State,
    /// Where its journal ends.
    pub position: Position,
    /// W3C trace context of the instance; none before it has started.
    pub traceparent: Option<String>,
    /// Sequence of its last timer message, if this scheduler knows it.
    pub timer_sequence: Option<u64>,
}

impl Instance {
    /// An instance without a journal.
    pub fn new(id: InstanceId) -> Self {
        Self {
            state: State::new(id),
            position: Position::default(),
            traceparent: None,
            // Its first timer is the first message on its subject.
            timer_sequence: Some(0),
        }
    }

    /// Folds `entries`, all of its journal, and says what its last record implied: that may not
    /// have been published.
    ///
    /// # Errors
    /// If a record cannot be read.
    pub fn load(
        id: InstanceId,
        entries: &[Entry],
    ) -> Result<(Self, Option<Outputs>), JournalError> {
        let mut instance = Self::new(id);
        let mut last = None;
        if !entries.is_empty() {
            instance.timer_sequence = None;
        }
        for (index, Entry { position, record }) in entries.iter().enumerate() {
            let events = read(id, *position, record)?;
            if instance.traceparent.is_none() {
                instance.traceparent.clone_from(&record.traceparent);
            }
            let at = Timestamp(record.at);
            if index + 1 == entries.len() {
                let revision = Revision(record.revision);
                let traceparent = instance.traceparent.as_deref();
                last = Some(outputs(&instance.state, &events, revision, at, traceparent));
            }
            for event in &events {
                instance.state.apply(event, at);
            }
            instance.position = *position;
        }
        Ok((instance, last))
    }
}

fn read(
    id: InstanceId,
    position: Position,
    record: &v1::Record,
) -> Result<Vec<Event>, JournalError> {
    record
        .events
        .iter()
        .map(Event::try_from)
        .collect::<Result<_, _>>()
        .map_err(|error| JournalError::Unreadable {
            instance: id.to_string(),
            sequence: position.sequence,
            reason: error.to_string(),
        })
}
