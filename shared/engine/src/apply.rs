//! Folding events into the state.
//!
//! No expression is evaluated and no program is needed: whatever was computed is in the events.
//! What an event leaves out, because the state holds it already, is looked up here: the raw input
//! of a task that starts is what its list was left with, and [`crate::Carried`] names outputs.

mod task;

pub(crate) use task::identity;

use weir_expression::Data;

use crate::{
    Activation, Armed, Course, Event, Paused, Progress, Remaining, State, Status, TaskState,
    Timestamp,
};

impl State {
    /// Folds `event`, which was decided at `at`. Total: an event that does not fit changes
    /// nothing.
    pub fn apply(&mut self, event: &Event, at: Timestamp) {
        match (self.status, event) {
            (Status::Pending, Event::WorkflowStarted { .. }) => {
                self.usage.count(event);
                self.started(event, at);
            }
            (Status::Running | Status::Waiting, _) => {
                self.usage.count(event);
                self.proceeded(event, at);
            }
            (Status::Pending | Status::Completed | Status::Faulted | Status::Cancelled, _) => {}
        }
    }

    fn started(&mut self, event: &Event, at: Timestamp) {
        let Event::WorkflowStarted {
            instance,
            workflow,
            input,
            transformed,
            deadline,
            since,
            parent,
        } = event
        else {
            return;
        };
        let transformed = transformed.as_ref().unwrap_or(input);
        self.instance = *instance;
        self.workflow = workflow.clone();
        self.status = Status::Running;
        self.input = input.clone();
        self.context = transformed.clone();
        self.started_at = at;
        self.since = *since;
        self.parent.clone_from(parent);
        let root = TaskState {
            reference: "".into(),
            parent: None,
            branch: 0,
            raw: input.clone(),
            input: transformed.clone(),
            started_at: at,
            deadline: Some(*deadline),
            progress: Progress::Sequence {
                value: transformed.clone(),
            },
            course: Course::default(),
        };
        self.insert(Activation::ROOT, root);
    }

    fn proceeded(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::WorkflowStarted { .. } => {}
            Event::WorkflowCompleted { output } => {
                self.end(Status::Completed);
                self.output = Some(output.clone());
            }
            Event::WorkflowFaulted { error } => {
                self.end(Status::Faulted);
                self.error = Some(error.clone());
            }
            Event::WorkflowCancelled { .. } => self.end(Status::Cancelled),
            Event::TaskStarted { .. } => self.task_started(event, at),
            Event::TaskSkipped {
                parent,
                branch,
                reference,
            } => self.task_skipped(*parent, *branch, reference),
            Event::TaskCompleted {
                task,
                output,
                context,
            } => self.task_completed(*task, output, context.as_ref()),
            Event::TaskFaulted { task, .. } => self.task_faulted(*task),
            Event::TaskCancelled { task } => {
                self.remove(*task);
            }
            Event::IterationStarted { task, index } => self.iteration_started(*task, *index),
            Event::IterationCompleted {
                task,
                output,
                context,
                ..
            } => self.iteration_completed(*task, output.as_ref(), context.as_ref()),
            Event::RetryScheduled {
                task, retry, due, ..
            } => self.retry_scheduled(*task, *retry, *due),
            Event::TaskRetried {
                task,
                attempt_deadline,
            } => self.task_retried(*task, *attempt_deadline),
            Event::ErrorCaught { task, error } => self.error_caught(*task, error),
            Event::EventConsumed { by, event, keys } => self.event_consumed(by, event, keys),
            Event::DecisionPaused { remaining } => self.paused(remaining, at),
            Event::DecisionResumed => self.resumed(),
            Event::TimerArmed { due, .. } => self.armed = Some(Armed { due: *due }),
        }
        if !self.status.is_final() {
            let waits = self.acting == 0 && self.paused.is_none() && self.tasks.len() > 1;
            self.status = if waits {
                Status::Waiting
            } else {
                Status::Running
            };
        }
    }

    fn paused(&mut self, remaining: &[Remaining], at: Timestamp) {
        let paused = self.paused.get_or_insert(Paused {
            since: at,
            remaining: Vec::new(),
        });
        paused.remaining.extend_from_slice(remaining);
        self.due.insert(paused.due());
    }

    fn resumed(&mut self) {
        if let Some(paused) = self.paused.take() {
            self.due.remove(&paused.due());
        }
    }

    fn end(&mut self, status: Status) {
        self.status = status;
        self.tasks.clear();
        self.acting = 0;
        self.usage.branches = 0;
        self.due.clear();
        self.paused = None;
        self.armed = None;
    }

    /// Adds a live task: the only place, with [`State::remove`] and [`State::change`], where what
    /// is derived from the tasks changes.
    fn insert(&mut self, activation: Activation, task: TaskState) {
        self.acting += u64::from(matches!(task.progress, Progress::Acting { .. }));
        self.usage.branches += u64::from(task.progress.is_leaf());
        self.due.extend(task.due(activation));
        self.tasks.insert(activation, task);
    }

    fn remove(&mut self, activation: Activation) -> Option<TaskState> {
        if activation == Activation::ROOT {
            return None;
        }
        let task = self.tasks.remove(&activation)?;
        for due in task.due(activation) {
            self.due.remove(&due);
        }
        self.acting -= u64::from(matches!(task.progress, Progress::Acting { .. }));
        self.usage.branches -= u64::from(task.progress.is_leaf());
        Some(task)
    }

    /// Changes a live task's progress. Its kind stays, so [`State::acting`] does too.
    fn change(&mut self, activation: Activation, change: impl FnOnce(&mut Progress, &Data)) {
        if let Some(task) = self.tasks.get_mut(&activation) {
            for due in task.due(activation) {
                self.due.remove(&due);
            }
            change(&mut task.progress, &task.input);
            self.due.extend(task.due(activation));
        }
    }
}
