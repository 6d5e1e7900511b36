//! Folding what happens to tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use weir_expression::Data;

use crate::{
    Activation, Activity, Carried, Consumed, Course, Event, Iterations, Progress, State, TaskState,
    Timestamp, TryPhase, WorkflowError,
};

impl State {
    pub(super) fn task_started(&mut self, event: &Event, at: Timestamp) {
        let Event::TaskStarted {
            task,
            parent,
            branch,
            reference,
            input,
            deadline,
            activity,
        } = event
        else {
            return;
        };
        let raw = self.tasks.get(parent).and_then(TaskState::handed_down);
        let Some(raw) = raw.cloned().filter(|_| task.0 == self.steps + 1) else {
            return;
        };
        let input = input.as_ref().unwrap_or(&raw).clone();
        self.steps += 1;
        self.actions += u64::from(matches!(activity, Activity::Action { .. }));
        let state = TaskState {
            reference: reference.clone(),
            parent: Some(*parent),
            branch: *branch,
            progress: progress(activity, &input),
            raw,
            input,
            started_at: at,
            deadline: *deadline,
            course: Course::default(),
        };
        self.insert(*task, state);
        self.come_to(*parent, *branch, reference);
    }

    fn come_to(&mut self, parent: Activation, branch: usize, reference: &Arc<str>) {
        if let Some(parent) = self.tasks.get_mut(&parent) {
            parent.course.come_to(branch, reference);
        }
    }

    /// A list of `task` begins, perhaps again, if it is of the right kind.
    fn begin_anew(&mut self, task: Activation, fits: impl FnOnce(&Progress) -> bool) {
        if let Some(task) = self.tasks.get_mut(&task)
            && fits(&task.progress)
        {
            task.course = Course::default();
        }
    }

    pub(super) fn task_skipped(&mut self, parent: Activation, branch: usize, reference: &Arc<str>) {
        if let Some(parent) = self.tasks.get_mut(&parent)
            && let Some(raw) = parent.handed_down().cloned()
        {
            parent.course.come_to(branch, reference);
            parent.take(branch, raw);
        }
    }

    pub(super) fn task_completed(
        &mut self,
        task: Activation,
        output: &Carried,
        context: Option<&Data>,
    ) {
        let Some(ended) = self.remove(task) else {
            return;
        };
        if let Some(context) = context {
            self.context = context.clone();
        }
        if let Some(parent) = ended.parent.and_then(|parent| self.tasks.get_mut(&parent)) {
            parent.take(ended.branch, ended.resolve(output));
        }
    }

    pub(super) fn task_faulted(&mut self, task: Activation) {
        let Some(ended) = self.remove(task) else {
            return;
        };
        if let Some(parent) = ended.parent.and_then(|parent| self.tasks.get_mut(&parent))
            && let Progress::Branches { faulted, .. } = &mut parent.progress
        {
            faulted.insert(ended.branch);
        }
    }

    pub(super) fn iteration_started(&mut self, task: Activation, index: u64) {
        self.begin_anew(task, |progress| {
            matches!(
                progress,
                Progress::Iterate { .. } | Progress::Listening { .. }
            )
        });
        self.change(task, |progress, _| match progress {
            Progress::Iterate { index: current, .. } => *current = index,
            Progress::Listening {
                subscription,
                received,
                iterations,
                ..
            } => {
                iterations.started = index + 1;
                iterations.value = subscription.item(received, index);
            }
            Progress::Instant
            | Progress::Emitted { .. }
            | Progress::Sequence { .. }
            | Progress::Branches { .. }
            | Progress::Try { .. }
            | Progress::Sleeping { .. }
            | Progress::Acting { .. } => {}
        });
    }

    pub(super) fn iteration_completed(
        &mut self,
        task: Activation,
        output: Option<&Data>,
        context: Option<&Data>,
    ) {
        if let Some(context) = context {
            self.context = context.clone();
        }
        self.change(task, |progress, _| {
            if let Progress::Listening { iterations, .. } = progress {
                let output = output.unwrap_or(&iterations.value).clone();
                iterations.outputs.push(output);
            }
        });
    }

    pub(super) fn retry_scheduled(&mut self, task: Activation, retry: u64, due: Timestamp) {
        self.change(task, |progress, input| {
            if let Progress::Try {
                retries,
                value,
                phase,
                ..
            } = progress
            {
                *retries = retry;
                *value = input.clone();
                *phase = TryPhase::Backoff { due };
            }
        });
    }

    pub(super) fn task_retried(&mut self, task: Activation, attempt_deadline: Option<Timestamp>) {
        self.begin_anew(task, |progress| matches!(progress, Progress::Try { .. }));
        self.change(task, |progress, _| {
            if let Progress::Try { phase, .. } = progress {
                *phase = TryPhase::Trying {
                    deadline: attempt_deadline,
                };
            }
        });
    }

    pub(super) fn error_caught(&mut self, task: Activation, error: &WorkflowError) {
        self.begin_anew(task, |progress| matches!(progress, Progress::Try { .. }));
        self.change(task, |progress, input| {
            if let Progress::Try { value, phase, .. } = progress {
                *value = input.clone();
                *phase = TryPhase::Catching {
                    error: error.clone(),
                };
            }
        });
    }

    pub(super) fn event_consumed(
        &mut self,
        by: &[(Activation, usize)],
        event: &Data,
        new_keys: &BTreeMap<Activation, BTreeMap<String, Value>>,
    ) {
        for (task, filter) in by {
            self.change(*task, |progress, _| {
                if let Progress::Listening { received, keys, .. } = progress {
                    received.push(Consumed {
                        filter: *filter,
                        event: event.clone(),
                    });
                    keys.extend(new_keys.get(task).cloned().unwrap_or_default());
                }
            });
        }
        self.consumed.extend(identity(event));
    }
}

/// What makes a CloudEvent the same as another: its source and id.
pub(crate) fn identity(event: &Data) -> Option<(String, String)> {
    let attribute = |name| event.as_value().get(name)?.as_str().map(str::to_owned);
    Some((attribute("source")?, attribute("id")?))
}

fn progress(activity: &Activity, input: &Data) -> Progress {
    match activity {
        Activity::Instant => Progress::Instant,
        Activity::Emit { event } => Progress::Emitted {
            event: event.clone(),
        },
        Activity::Sequence => Progress::Sequence {
            value: input.clone(),
        },
        Activity::Invoke { arguments } => Progress::Sequence {
            value: arguments.clone(),
        },
        Activity::Iterate { items } => Progress::Iterate {
            items: items.clone(),
            index: 0,
            value: input.clone(),
        },
        Activity::Branches { count, compete } => Progress::Branches {
            count: *count,
            outputs: BTreeMap::new(),
            compete: *compete,
            faulted: BTreeSet::new(),
        },
        Activity::Attempt {
            attempt_deadline,
            retry_deadline,
        } => Progress::Try {
            retries: 0,
            value: input.clone(),
            phase: TryPhase::Trying {
                deadline: *attempt_deadline,
            },
            retry_deadline: *retry_deadline,
        },
        Activity::Sleep { until } => Progress::Sleeping { until: *until },
        Activity::Listen(subscription) => Progress::Listening {
            subscription: subscription.clone(),
            received: Vec::new(),
            keys: BTreeMap::new(),
            iterations: Iterations::default(),
        },
        Activity::Action { request, deferred } => Progress::Acting {
            request: request.for_view(deferred.as_deref()),
        },
    }
}
