//! What the world is asked to do: always a consequence of an event, never stored.

use std::sync::Arc;

use weir_expression::Data;

use crate::{
    Activation, Activity, Deferred, Event, Progress, Request, State, Subscription, Timestamp,
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
        Event::TaskCompleted { task, .. }
        | Event::TaskFaulted { task, .. }
        | Event::TaskCancelled { task } => {
            let listening = before
                .tasks
                .get(task)
                .is_some_and(|task| matches!(task.progress, Progress::Listening { .. }));
            if listening {
                vec![Command::CloseSubscription { task: *task }]
            } else {
                Vec::new()
            }
        }
        Event::WorkflowCompleted { .. }
        | Event::WorkflowFaulted { .. }
        | Event::WorkflowCancelled { .. } => vec![Command::DisarmTimer],
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
