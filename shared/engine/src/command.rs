//! What the world is asked to do: always a consequence of an event, never stored.

use std::sync::Arc;

use weir_expression::Data;
use weir_graph::WorkflowRef;

use crate::{
    Activation, Activity, Deferred, ErrorKind, Event, Outcome, Parent, Progress, Request, State,
    Subscription, Timestamp, WorkflowError,
};

/// An effect outside the instance.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// An executor shall do this.
    RequestAction {
        /// For which activation.
        task: Activation,
        /// JSON pointer to the task.
        reference: Arc<str>,
        /// What.
        request: Request,
        /// What the executor puts into it first.
        deferred: Option<Box<Deferred>>,
        /// After this nobody waits for the outcome any more.
        deadline: Timestamp,
    },
    /// The instance's timer shall fire then, and at no earlier time set before.
    ArmTimer {
        /// When.
        due: Timestamp,
        /// Whose deadline it is, for people: a task's reference, or "" for the workflow.
        reference: Arc<str>,
    },
    /// The instance needs no timer any more.
    DisarmTimer,
    /// Matching events shall be delivered.
    OpenSubscription {
        /// To which activation.
        task: Activation,
        /// JSON pointer to the `listen`: its filters.
        reference: Arc<str>,
        /// The rest.
        subscription: Subscription,
        /// It ends then at the latest.
        deadline: Timestamp,
    },
    /// No more events.
    CloseSubscription {
        /// For which activation.
        task: Activation,
    },
    /// Whoever waits for this instance shall know how it ended.
    ReportOutcome {
        /// Who.
        parent: Parent,
        /// How.
        outcome: Outcome,
    },
    /// Nobody waits for a workflow that was run any more.
    CancelWorkflow {
        /// The activation that ran it.
        task: Activation,
        /// JSON pointer to the task.
        reference: Arc<str>,
        /// Which workflow.
        workflow: WorkflowRef,
    },
    /// The world shall know.
    PublishEvent {
        /// The CloudEvent, as JSON.
        event: Data,
    },
}

/// The commands that `event` implies for an instance in the state `before` it.
pub fn consequences(before: &State, event: &Event) -> Vec<Command> {
    match event {
        Event::TaskStarted {
            task,
            parent,
            reference,
            activity,
            deadline,
            ..
        } => started(before, *task, *parent, reference, *deadline, activity)
            .into_iter()
            .collect(),
        Event::TimerArmed { due, task } => {
            let reference = before
                .tasks
                .get(task)
                .map_or_else(|| "".into(), |t| t.reference.clone());
            vec![Command::ArmTimer {
                due: *due,
                reference,
            }]
        }
        Event::TaskCompleted { task, .. } => ended(before, *task, false).into_iter().collect(),
        Event::TaskFaulted { task, .. } | Event::TaskCancelled { task } => {
            ended(before, *task, true).into_iter().collect()
        }
        Event::WorkflowCompleted { output } => over(before, || Outcome::Completed(output.clone())),
        Event::WorkflowFaulted { error } => over(before, || {
            // It was raised in the other workflow, not where that was run.
            Outcome::Failed(WorkflowError {
                instance: None,
                ..error.clone()
            })
        }),
        Event::WorkflowCancelled { reason } => over(before, || {
            let reason = reason.as_deref().unwrap_or("no reason given");
            let what = format!("workflow {} was cancelled: {reason}", before.workflow);
            Outcome::Failed(ErrorKind::Runtime.error(what))
        }),
        Event::WorkflowStarted { .. }
        | Event::TaskSkipped { .. }
        | Event::IterationStarted { .. }
        | Event::IterationCompleted { .. }
        | Event::RetryScheduled { .. }
        | Event::TaskRetried { .. }
        | Event::ErrorCaught { .. }
        | Event::EventConsumed { .. }
        | Event::DecisionPaused { .. }
        | Event::DecisionResumed => Vec::new(),
    }
}

fn over(before: &State, outcome: impl FnOnce() -> Outcome) -> Vec<Command> {
    let report = before.parent.as_ref().map(|parent| Command::ReportOutcome {
        parent: parent.clone(),
        outcome: outcome(),
    });
    report.into_iter().chain([Command::DisarmTimer]).collect()
}

/// What the end of a task implies; what it ran may have gone on, if it was `cut` off.
fn ended(before: &State, task: Activation, is_cut: bool) -> Option<Command> {
    let state = before.tasks.get(&task)?;
    match &state.progress {
        Progress::Listening { .. } => Some(Command::CloseSubscription { task }),
        Progress::Acting {
            request: Request::Workflow(run),
            ..
        } if is_cut && run.is_awaited => Some(Command::CancelWorkflow {
            task,
            reference: state.reference.clone(),
            workflow: run.workflow.clone(),
        }),
        Progress::Instant
        | Progress::Emitted { .. }
        | Progress::Sequence { .. }
        | Progress::Iterate { .. }
        | Progress::Branches { .. }
        | Progress::Try { .. }
        | Progress::Sleeping { .. }
        | Progress::Acting { .. } => None,
    }
}

fn started(
    before: &State,
    task: Activation,
    parent: Activation,
    reference: &Arc<str>,
    own_deadline: Option<Timestamp>,
    activity: &Activity,
) -> Option<Command> {
    let inherited = before.deadline_of(parent);
    let deadline = own_deadline.map_or(inherited, |own| own.min(inherited));
    match activity {
        Activity::Action { request, deferred } => Some(Command::RequestAction {
            task,
            reference: reference.clone(),
            request: request.clone(),
            deferred: deferred.clone(),
            deadline,
        }),
        Activity::Listen(subscription) => Some(Command::OpenSubscription {
            task,
            reference: reference.clone(),
            subscription: subscription.clone(),
            deadline,
        }),
        Activity::Emit { event } => Some(Command::PublishEvent {
            event: event.clone(),
        }),
        Activity::Instant
        | Activity::Sequence
        | Activity::Invoke { .. }
        | Activity::Iterate { .. }
        | Activity::Branches { .. }
        | Activity::Attempt { .. }
        | Activity::Sleep { .. } => None,
    }
}
