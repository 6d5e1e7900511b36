//! One message of the stream, and what it leads to. Synchronous and pure.

use std::sync::{Arc, RwLock};

use weir_bus::{Outgoing, Stored};

use super::{
    deliver::deliver,
    entry::{Entry, Occurrence},
    index::{Found, Index, look_back, read},
    subscriptions::{Open, WantedBy},
};

/// What a message leads to.
#[derive(Debug)]
pub(crate) enum Step {
    /// Publish these; then it is done.
    Publish {
        messages: Vec<Outgoing>,
        /// Filters that could not be evaluated.
        errors: u64,
    },
    /// It belongs among the dead letters.
    Bury(String),
    /// The subscription wants events from before what is in memory: read the stream up to it.
    Scan(Arc<Open>),
}

/// What `message` leads to, according to an index that has reached it.
pub(crate) fn step(index: &RwLock<Index>, message: &Stored) -> Step {
    match Entry::read(message) {
        Entry::Event => event(index, message),
        Entry::Opened(_) => opened(index, message),
        Entry::Closed => nothing(),
        Entry::Unreadable(reason) => Step::Bury(reason),
    }
}

fn event(index: &RwLock<Index>, message: &Stored) -> Step {
    let occurrence = match Occurrence::read(message) {
        Ok(occurrence) => occurrence,
        Err(error) => return Step::Bury(error.to_string()),
    };
    let matches = read(index).matching(&occurrence);
    match deliver(&occurrence, matches.open.values()) {
        Ok(messages) => Step::Publish {
            messages,
            errors: matches.errors,
        },
        Err(error) => Step::Bury(error.to_string()),
    }
}

fn opened(index: &RwLock<Index>, message: &Stored) -> Step {
    let open = read(index)
        .subscriptions
        .on_subject(&message.subject)
        .cloned();
    // Closed by now, or opened anew: then that one looks back.
    let Some(open) = open.filter(|open| open.sequence == message.sequence) else {
        return nothing();
    };
    if let WantedBy::Trigger { .. } = open.wanted_by {
        return nothing();
    }
    let (events, errors) = match look_back(index, &open) {
        Found::Events(events, errors) => (events, errors),
        Found::TooFar => return Step::Scan(open),
    };
    let mut messages = Vec::new();
    for event in events {
        let Ok(occurrence) = event.read() else {
            continue;
        };
        if open.was_started_by(&occurrence) {
            continue;
        }
        match deliver(&occurrence, std::iter::once(&open)) {
            Ok(delivered) => messages.extend(delivered),
            Err(error) => return Step::Bury(error.to_string()),
        }
    }
    Step::Publish { messages, errors }
}

fn nothing() -> Step {
    Step::Publish {
        messages: Vec::new(),
        errors: 0,
    }
}
