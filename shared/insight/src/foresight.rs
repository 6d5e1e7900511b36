//! What happens if nothing comes: the engine decides, on a copy, with the time put forward.
//!
//! What else is under way, in other branches, is taken to come some time: its own timeouts are left
//! out of the copy.

use std::sync::Arc;

use weir_engine::{
    Activation, Due, DueKind, Event, Message, Progress, State, Timestamp, TryPhase, decide,
};
use weir_graph::Program;

use crate::words;

/// Timers that are fired at most: those of other tasks come first, too.
const TIMERS_MAX: usize = 10_000;

/// What happens in the moment in which a wait is over.
pub(crate) struct Outlook {
    pub at: Timestamp,
    pub events: Vec<Event>,
    /// The state right before.
    before: State,
}

/// What happens once the wait of `task` is over because nothing came; none if no timer is set.
pub(crate) fn foresee(program: &Program, state: &State, task: Activation) -> Option<Outlook> {
    let mut state = alone(state, task);
    for _ in 0..TIMERS_MAX {
        let due = state.armed?.due;
        let decision = decide(program, state.clone(), &Message::TimerFired { due }, due);
        if !waits(&decision.state, task) {
            return Some(Outlook {
                at: due,
                events: decision.events,
                before: state,
            });
        }
        if decision.events.is_empty() {
            return None;
        }
        state = decision.state;
    }
    None
}

/// The state in which nothing but `task`, and what it is part of, ever times out.
fn alone(state: &State, task: Activation) -> State {
    let mut state = state.clone();
    let others = state.tasks.keys().copied();
    let others: Vec<_> = others
        .filter(|other| *other != task && waits(&state, *other))
        .collect();
    for other in others {
        let times_out = |due: &Due| due.task == other && due.kind == DueKind::TaskTimeout;
        state.due.retain(|due| !times_out(due));
        if let Some(live) = state.tasks.get_mut(&other) {
            live.deadline = None;
        }
    }
    state
}

/// Whether an activation waits for something from outside, or for a time.
fn waits(state: &State, task: Activation) -> bool {
    state.tasks.get(&task).is_some_and(|task| {
        matches!(
            task.progress,
            Progress::Sleeping { .. }
                | Progress::Listening { .. }
                | Progress::Acting { .. }
                | Progress::Try {
                    phase: TryPhase::Backoff { .. },
                    ..
                }
        )
    })
}

impl Outlook {
    /// In words: who catches the error, which tasks follow, or how it ends.
    pub fn text(&self) -> String {
        let mut parts = Vec::new();
        let mut started: Vec<Arc<str>> = Vec::new();
        for event in &self.events {
            if let Event::TaskStarted { reference, .. } = event {
                started.push(reference.clone());
            } else if let Event::ErrorCaught { task, error } = event {
                let by = words::named(&self.before, *task);
                parts.push(format!("{by} catches the error: {error}"));
            } else if let Event::RetryScheduled {
                task,
                error,
                retry,
                due,
            } = event
            {
                let by = words::named(&self.before, *task);
                let due = words::time(*due);
                parts.push(format!(
                    "{by} catches the error ({error}), for retry {retry} at {due}"
                ));
            } else if let Event::TaskRetried { task, .. } = event {
                parts.push(format!("{} tries again", words::named(&self.before, *task)));
            }
        }
        if !started.is_empty() {
            let verb = if started.len() == 1 { "comes" } else { "come" };
            parts.push(format!("{} {verb} next", words::some(&started)));
        }
        for event in &self.events {
            if let Event::WorkflowCompleted { .. } = event {
                parts.push("the workflow completes".to_owned());
            } else if let Event::WorkflowFaulted { error } = event {
                parts.push(format!(
                    "the workflow faults, as nothing catches the error: {error}"
                ));
            }
        }
        if parts.is_empty() {
            "what it is part of goes on".to_owned()
        } else {
            parts.join("; ")
        }
    }
}
