//! An instance as it went: every run of every task.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use weir_engine::{
    Activation, Activity, Event, Progress as TaskProgress, State, TaskState, Timestamp, TryPhase,
};
use weir_insight::Story;

use super::{part::Look, text};

/// What the journal of an instance tells, up to one of its revisions.
pub(super) struct Progress {
    pub state: State,
    /// Every run of a task, those of a composite task after it.
    pub runs: Vec<Run>,
    /// References of tasks whose `if` was false.
    skipped: BTreeSet<Arc<str>>,
    /// The last revision that was folded.
    pub revision: u64,
    /// When that was decided.
    pub updated_at: Timestamp,
}

/// One activation of a task.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub activation: Activation,
    parent: Activation,
    pub reference: Arc<str>,
    /// 0 for the tasks of the main `do`.
    pub depth: usize,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub look: Look,
    /// When it is over at the latest, while it runs.
    pub deadline: Option<Timestamp>,
    /// Between attempts: from, to.
    pub pauses: Vec<(Timestamp, Timestamp)>,
    /// Attempts so far, of a `try`.
    pub attempts: u64,
    /// What it waits for, or what it failed with.
    pub note: Option<String>,
    /// When the wait ends by itself.
    pub until: Option<Timestamp>,
}

impl Progress {
    /// Folds the story of an instance.
    pub fn of(story: &Story) -> Self {
        let mut folding = Folding {
            state: State::new(story.instance),
            runs: BTreeMap::new(),
            skipped: BTreeSet::new(),
        };
        for chapter in &story.chapters {
            for event in &chapter.events {
                folding.apply(event, chapter.at);
            }
        }
        let Folding {
            state,
            mut runs,
            skipped,
        } = folding;
        for (activation, task) in &state.tasks {
            if let Some(run) = runs.get_mut(activation) {
                run.live(&state, task);
            }
        }
        Self {
            runs: in_tree_order(runs),
            state,
            skipped,
            revision: story.chapters.last().map_or(0, |chapter| chapter.revision),
            updated_at: story.updated_at(),
        }
    }

    /// How each task is that was come to, by reference: as its last run is.
    pub fn looks(&self) -> BTreeMap<&str, Look> {
        let skipped = self.skipped.iter().map(|it| (&**it, Look::Skipped));
        let mut looks: BTreeMap<&str, Look> = skipped.collect();
        let mut runs: Vec<&Run> = self.runs.iter().collect();
        runs.sort_by_key(|run| run.activation);
        looks.extend(runs.iter().map(|run| (&*run.reference, run.look)));
        // One that is alive counts more than what came after it in another branch or iteration.
        let alive = runs.iter().filter(|run| run.ended_at.is_none());
        looks.extend(alive.map(|run| (&*run.reference, run.look)));
        looks
    }
}

struct Folding {
    state: State,
    runs: BTreeMap<Activation, Run>,
    skipped: BTreeSet<Arc<str>>,
}

impl Folding {
    fn apply(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::TaskStarted {
                task,
                parent,
                reference,
                activity,
                ..
            } => {
                let depth = self.runs.get(parent).map_or(0, |run| run.depth + 1);
                let attempts = u64::from(matches!(activity, Activity::Attempt { .. }));
                self.runs.insert(
                    *task,
                    Run {
                        activation: *task,
                        parent: *parent,
                        reference: reference.clone(),
                        depth,
                        started_at: at,
                        ended_at: None,
                        look: Look::Running,
                        deadline: None,
                        pauses: Vec::new(),
                        attempts,
                        note: None,
                        until: None,
                    },
                );
            }
            Event::TaskSkipped { reference, .. } => {
                self.skipped.insert(reference.clone());
            }
            Event::TaskCompleted { task, .. } => self.end(*task, at, Look::Completed),
            Event::TaskFaulted { task, error } => {
                self.end(*task, at, Look::Faulted);
                self.note(*task, text::fault(error));
            }
            Event::TaskCancelled { task } => self.end(*task, at, Look::Cancelled),
            Event::RetryScheduled {
                task, error, due, ..
            } => {
                self.note(*task, format!("caught: {}", text::fault(error)));
                if let Some(run) = self.runs.get_mut(task) {
                    run.pauses.push((at, *due));
                }
            }
            Event::TaskRetried { task, .. } => {
                if let Some(run) = self.runs.get_mut(task) {
                    run.attempts += 1;
                    if let Some((_, to)) = run.pauses.last_mut() {
                        *to = at;
                    }
                }
            }
            Event::ErrorCaught { task, error } => {
                self.note(*task, format!("caught: {}", text::fault(error)));
            }
            Event::WorkflowStarted { .. }
            | Event::WorkflowCompleted { .. }
            | Event::WorkflowFaulted { .. }
            | Event::WorkflowCancelled { .. }
            | Event::IterationStarted { .. }
            | Event::IterationCompleted { .. }
            | Event::EventConsumed { .. }
            | Event::DecisionPaused { .. }
            | Event::DecisionResumed
            | Event::TimerArmed { .. } => {}
        }
        self.state.apply(event, at);
    }

    fn end(&mut self, task: Activation, at: Timestamp, look: Look) {
        if let Some(run) = self.runs.get_mut(&task) {
            run.ended_at = Some(at);
            run.look = look;
        }
    }

    fn note(&mut self, task: Activation, note: String) {
        if let Some(run) = self.runs.get_mut(&task) {
            run.note = Some(note);
        }
    }
}

impl Run {
    /// What is known only while it runs.
    fn live(&mut self, state: &State, task: &TaskState) {
        self.deadline = Some(state.deadline_of(self.activation));
        match &task.progress {
            TaskProgress::Sleeping { until } => {
                self.look = Look::Waiting;
                self.note = Some("waits for the time".to_owned());
                self.until = Some(*until);
            }
            TaskProgress::Listening { received, .. } => {
                self.look = Look::Waiting;
                let so_far = match received.len() {
                    0 => String::new(),
                    count => format!(", {count} so far"),
                };
                self.note = Some(format!("waits for events{so_far}"));
            }
            TaskProgress::Acting { request } => {
                self.note = Some(format!("{} is at work", request.function()));
            }
            TaskProgress::Try {
                phase: TryPhase::Backoff { due },
                ..
            } => {
                self.look = Look::Waiting;
                self.until = Some(*due);
            }
            TaskProgress::Try { .. }
            | TaskProgress::Instant
            | TaskProgress::Emitted { .. }
            | TaskProgress::Sequence { .. }
            | TaskProgress::Iterate { .. }
            | TaskProgress::Branches { .. } => {}
        }
    }

    /// Its task's name.
    pub fn name(&self) -> String {
        text::name(&self.reference)
    }
}

/// What a task ran after it, in the order of their starts.
fn in_tree_order(runs: BTreeMap<Activation, Run>) -> Vec<Run> {
    let mut parts: BTreeMap<Activation, Vec<Activation>> = BTreeMap::new();
    for run in runs.values() {
        // A part of what is not known counts as one of the workflow.
        let is_known = runs.contains_key(&run.parent);
        let parent = if is_known {
            run.parent
        } else {
            Activation::ROOT
        };
        parts.entry(parent).or_default().push(run.activation);
    }
    let mut runs = runs;
    let mut ordered = Vec::with_capacity(runs.len());
    let mut open = parts.remove(&Activation::ROOT).unwrap_or_default();
    open.reverse();
    while let Some(activation) = open.pop() {
        ordered.extend(runs.remove(&activation));
        let within = parts.remove(&activation).unwrap_or_default();
        open.extend(within.into_iter().rev());
    }
    ordered
}
