//! Why an instance is where it is: what it waits for, until when, and what happens then.

mod action;
mod deadline;
mod event;

use std::{fmt::Write as _, sync::Arc};

use weir_engine::{Activation, Event, Progress, State, Status, TaskState, Timestamp, TryPhase};
use weir_graph::{Flow, Kind, Program, Task, span};

use crate::{Story, words};

/// A timer is late if it has not fired so long after its time.
const LATE_MS: u64 = 5_000;

/// Why an instance is where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// How it is, in a sentence or two.
    pub summary: String,
    /// Everything it waits for, in the order in which it began.
    pub waits: Vec<Wait>,
}

/// Something that an instance waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Which start of the task.
    pub activation: Activation,
    /// JSON pointer to the task.
    pub reference: Arc<str>,
    /// For what.
    pub kind: WaitKind,
    /// Since when.
    pub since: Timestamp,
    /// Until when, at the latest.
    pub until: Timestamp,
    /// All of it in words: for what, until when, and what happens then.
    pub text: String,
    /// A command that gives it what it waits for, if there is one.
    pub command: Option<String>,
}

/// What can be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitKind {
    /// Events from outside.
    Event,
    /// The outcome of an action.
    Action,
    /// A point in time.
    Time,
    /// The next attempt.
    Retry,
}

impl WaitKind {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Action => "action",
            Self::Time => "time",
            Self::Retry => "retry",
        }
    }
}

impl Why {
    /// Everything as text, in lines of at most `width` characters where words allow it; commands
    /// stand on lines of their own.
    pub fn text(&self, width: usize) -> String {
        let mut text = words::wrapped(&self.summary, width);
        for wait in &self.waits {
            text.push_str("\n\n");
            text.push_str(&words::wrapped(&wait.text, width));
            if let Some(command) = &wait.command {
                // Writing to a string does not fail.
                let _ = write!(
                    text,
                    "\nPublish it on any subject below `weir.events`, over HTTP, or with\n  {command}"
                );
            }
        }
        text
    }
}

/// Why an instance is where it is at the time `now`. The program must be the one it runs.
pub fn why(program: &Program, story: &Story, now: Timestamp) -> Why {
    let state = story.state();
    let asked = Asked {
        program,
        story,
        state: &state,
        now,
    };
    let waits = if state.status.is_final() {
        Vec::new()
    } else {
        let tasks = state.tasks.iter();
        tasks
            .filter_map(|(activation, task)| asked.wait(*activation, task))
            .collect()
    };
    Why {
        summary: asked.summary(&waits),
        waits,
    }
}

/// A question, and all that an answer needs.
struct Asked<'a> {
    program: &'a Program,
    story: &'a Story,
    state: &'a State,
    now: Timestamp,
}

impl Asked<'_> {
    fn summary(&self, waits: &[Wait]) -> String {
        let state = self.state;
        let ended = self.story.updated_at();
        let steps = format!(
            "{} of at most {} steps",
            state.steps, self.program.bound.steps
        );
        let lasted = span(ended.0.saturating_sub(state.started_at.0));
        let at = words::time(ended);
        match state.status {
            Status::Pending => "It has not begun: no scheduler has dealt with its start yet. If \
                                that lasts, look whether one runs."
                .to_owned(),
            Status::Completed => format!("It completed at {at}, after {lasted} and {steps}."),
            Status::Faulted => {
                let error = state.error.as_ref();
                let error = error.map_or_else(String::new, |error| format!(": {error}"));
                format!(
                    "It faulted at {at}, after {lasted} and {steps}{error}. Nothing caught that \
                     error{}.",
                    self.attempts()
                )
            }
            Status::Cancelled => {
                format!(
                    "It was cancelled at {at}, after {lasted} and {steps}{}.",
                    self.reason()
                )
            }
            Status::Running | Status::Waiting => {
                let deadline = state.deadline_of(Activation::ROOT);
                let until = words::ahead(deadline, self.now);
                let what = match waits.len() {
                    0 => "is being worked on: it waits for nothing from outside".to_owned(),
                    1 => "waits for one thing".to_owned(),
                    count => format!("waits for {count} things at the same time"),
                };
                format!(
                    "It has run for {}, {steps}, and {what}. It ends by {until} at the latest.{}",
                    words::since(state.started_at, self.now),
                    self.lateness()
                )
            }
        }
    }

    /// Retries before the error that ended it.
    fn attempts(&self) -> String {
        let retries = self
            .story
            .events()
            .filter(|(_, event)| matches!(event, Event::RetryScheduled { .. }));
        match retries.count() {
            0 => String::new(),
            1 => ", after 1 retry in all".to_owned(),
            count => format!(", after {count} retries in all"),
        }
    }

    fn reason(&self) -> String {
        let last = self.story.events().next_back();
        match last {
            Some((_, Event::WorkflowCancelled { reason: Some(why) })) => format!(": {why}"),
            _ => ", without a reason given".to_owned(),
        }
    }

    /// That a timer is overdue, which is no fault of the workflow.
    fn lateness(&self) -> String {
        let due = self.state.due.first().map(|due| due.at);
        match due.and_then(|due| self.now.0.checked_sub(due.0)) {
            Some(late_ms) if late_ms > LATE_MS => format!(
                " Its timer is {} late: look whether a timer service and a scheduler run.",
                span(late_ms)
            ),
            Some(_) | None => String::new(),
        }
    }

    fn wait(&self, activation: Activation, task: &TaskState) -> Option<Wait> {
        let compiled = self.program.find(&task.reference)?;
        let name = format!("{} ({})", words::task(&task.reference), task.reference);
        let mut command = None;
        let mut until = self.state.deadline_of(activation);
        let (kind, what) = match &task.progress {
            Progress::Sleeping { until: over } => {
                until = until.min(*over);
                let over = words::ahead(*over, self.now);
                (WaitKind::Time, format!("{name} waits until {over}."))
            }
            Progress::Listening {
                subscription,
                received,
                keys,
                ..
            } => {
                let Kind::Listen(listen) = &compiled.kind else {
                    return None;
                };
                let heard = event::Heard {
                    listen,
                    subscription,
                    received,
                    keys,
                };
                command = heard.command();
                (WaitKind::Event, format!("{name} {}", heard.text()))
            }
            Progress::Acting { request } => {
                let what = self.action(activation, task, request);
                (WaitKind::Action, format!("{name} {what}"))
            }
            Progress::Try {
                retries,
                phase: TryPhase::Backoff { due },
                ..
            } => {
                until = until.min(*due);
                let most = attempts_max(compiled);
                let due = words::ahead(*due, self.now);
                let attempt = retries + 1;
                let mut text = format!("{name} tries again at {due}: attempt {attempt}{most}.");
                if let Some((at, error)) = self.story.last_failure(activation) {
                    let ago = words::since(at, self.now);
                    let _ = write!(text, " The one before failed {ago} ago: {error}.");
                }
                (WaitKind::Retry, text)
            }
            Progress::Try { .. }
            | Progress::Instant
            | Progress::Emitted { .. }
            | Progress::Sequence { .. }
            | Progress::Iterate { .. }
            | Progress::Branches { .. } => return None,
        };
        let next = match kind {
            WaitKind::Event | WaitKind::Action => self.next(compiled),
            WaitKind::Time | WaitKind::Retry => String::new(),
        };
        Some(Wait {
            activation,
            reference: task.reference.clone(),
            kind,
            since: task.started_at,
            until,
            text: format!("{what}{next} {}", self.otherwise(activation, kind)),
            command,
        })
    }

    /// What comes if all goes well, as far as the program alone tells.
    fn next(&self, task: &Task) -> String {
        match task.then {
            Flow::To(next) => {
                let name = &self.program.task(next).name;
                format!(" Then comes `{name}`.")
            }
            Flow::End => " Then the workflow ends.".to_owned(),
            Flow::Exit | Flow::Out(_) => String::new(),
        }
    }
}

/// ` of at most 6`: the attempts of a `try`; empty if it does not retry.
fn attempts_max(attempt: &Task) -> String {
    let Kind::Try(attempt) = &attempt.kind else {
        return String::new();
    };
    let retry = attempt.catch.retry.as_ref();
    retry.map_or_else(String::new, |retry| {
        format!(" of at most {}", retry.attempts_max.saturating_add(1))
    })
}
