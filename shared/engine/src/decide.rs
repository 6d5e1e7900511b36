//! Deciding what happens next.
//!
//! A [`Decider`] walks the program with a work list, never by recursion over the length of the
//! workflow. Whatever happens, happens by emitting an event: its commands are derived, it is
//! applied to the state, and the walk goes on from there until everything left waits. So the live
//! state is, by construction, the fold of the events.

mod arguments;
mod attempt;
mod call;
mod complete;
mod compose;
mod emit;
mod end;
mod enter;
mod evaluate;
mod event;
mod fault;
mod hear;
mod interval;
mod iterate;
mod listen;
mod pause;
mod raise;
mod shell;
mod start;
mod timer;

use std::{cell::OnceCell, collections::VecDeque, sync::Arc};

use weir_expression::Data;
use weir_graph::{Flow, Program, Task, TaskIndex};

use crate::{
    Activation, Carried, Command, Event, InstanceId, Message, Outcome, Progress, Remaining, State,
    Status, TaskState, Timestamp, consequences,
};

/// What a message leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What happens, in order. Empty: nothing, and `ignored` says why.
    pub events: Vec<Event>,
    /// What the world is asked to do about it, in order.
    pub commands: Vec<Command>,
    /// The state after it.
    pub state: State,
    /// Why nothing happens.
    pub ignored: Option<Ignored>,
    /// Which way each `switch` went, in order: not recorded, since nothing depends on it, but of
    /// use to whoever tests a workflow.
    pub chosen: Vec<Chosen>,
}

/// Which way a `switch` went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// JSON pointer to the `switch`.
    pub reference: Arc<str>,
    /// The index of the case; none: no case matched.
    pub case: Option<usize>,
}

/// Why a message changes nothing. None of these is an error: messages come twice, and late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// A start of an instance that has started.
    AlreadyStarted,
    /// Anything but a start for an instance that has not started.
    NotStarted,
    /// The instance has ended.
    Ended,
    /// The outcome of a task that is not in progress, or has an outcome already.
    TaskNotWaiting,
    /// A timer that nothing waits for any more.
    NothingDue,
    /// An event that no open listen wants.
    NotListening,
    /// An event that was consumed already.
    AlreadyConsumed,
}

/// Decides what `message` leads to, at time `now`, for the instance in `state`.
///
/// The events are to be recorded as decided at `now`: [`State::apply`] with that time gives the
/// decision's state. Of an outcome, an event and a timeout for the same task, whichever is decided
/// first wins, whatever the clock says.
pub fn decide(program: &Program, state: State, message: &Message, now: Timestamp) -> Decision {
    let mut decider = Decider::new(program, state, now);
    let ignored = decider.handle(message).err();
    Decision {
        events: decider.events,
        commands: decider.commands,
        state: decider.state,
        ignored,
        chosen: decider.chosen,
    }
}

/// One decision in the making.
struct Decider<'a> {
    program: &'a Program,
    state: State,
    /// When it is decided.
    now: Timestamp,
    /// The time that deadlines are counted from: `now`, but not before the timer that fired was
    /// due, should this clock be behind the timer's.
    clock: Timestamp,
    work: VecDeque<Work>,
    /// What is left to another decision.
    remaining: Vec<Remaining>,
    events: Vec<Event>,
    /// About how many bytes the events take in a record.
    bytes: usize,
    commands: Vec<Command>,
    chosen: Vec<Chosen>,
    /// What `$workflow` is made of.
    identity: Identity,
    /// `$workflow`, once something used it.
    workflow: OnceCell<Data>,
}

/// What an instance is known by from the first moment, before its first event even.
struct Identity {
    instance: InstanceId,
    input: Data,
    started_at: Timestamp,
}

/// One thing left to do before everything waits.
enum Work {
    /// Start a task as part of `parent`.
    Enter {
        task: TaskIndex,
        parent: Activation,
        branch: usize,
    },
    /// End a task well: its raw output, and where it leads.
    Complete {
        task: Activation,
        raw: Carried,
        flow: Flow,
    },
    /// A list of `parent` is over.
    Leave { parent: Activation },
}

impl<'a> Decider<'a> {
    fn new(program: &'a Program, state: State, now: Timestamp) -> Self {
        let identity = Identity {
            instance: state.instance,
            input: state.input.clone(),
            started_at: state.started_at,
        };
        Self {
            program,
            state,
            now,
            clock: now,
            work: VecDeque::new(),
            remaining: Vec::new(),
            events: Vec::new(),
            bytes: 0,
            commands: Vec::new(),
            chosen: Vec::new(),
            identity,
            workflow: OnceCell::new(),
        }
    }

    fn handle(&mut self, message: &Message) -> Result<(), Ignored> {
        match (self.state.status, message) {
            (Status::Pending, Message::StartInstance(start)) => self.start(start),
            (Status::Pending, Message::FailInstance { error }) => self.refuse_to_start(error),
            (Status::Pending, _) => return Err(Ignored::NotStarted),
            (_, Message::StartInstance(_)) => return Err(Ignored::AlreadyStarted),
            (Status::Completed | Status::Faulted | Status::Cancelled, _) => {
                return Err(Ignored::Ended);
            }
            (Status::Running | Status::Waiting, Message::ActionReported { task, outcome }) => {
                self.report(*task, outcome)?;
            }
            (Status::Running | Status::Waiting, Message::TimerFired { due }) => {
                return self.fire(*due);
            }
            (Status::Running | Status::Waiting, Message::EventReceived { event }) => {
                self.receive(event)?;
            }
            (Status::Running | Status::Waiting, Message::FailInstance { error }) => {
                self.fail(Activation::ROOT, error.clone());
            }
            (Status::Running | Status::Waiting, Message::CancelInstance { reason }) => {
                self.cancel(reason.as_deref());
            }
        }
        self.run();
        self.pause();
        self.arm(false);
        Ok(())
    }

    /// An action's outcome.
    fn report(&mut self, task: Activation, outcome: &Outcome) -> Result<(), Ignored> {
        let (program, state) = self.live(task).ok_or(Ignored::TaskNotWaiting)?;
        if !matches!(state.progress, Progress::Acting { .. }) {
            return Err(Ignored::TaskNotWaiting);
        }
        match outcome {
            Outcome::Completed(output) => self.work.push_front(Work::Complete {
                task,
                raw: Carried::Value(output.clone()),
                flow: program.then,
            }),
            Outcome::Failed(error) => self.fail(task, error.clone()),
        }
        Ok(())
    }

    /// Goes on until everything waits, or until the record is full.
    fn run(&mut self) {
        while let Some(work) = self.work.pop_front() {
            let work = if self.is_full() {
                match self.put_off(work) {
                    Some(work) => work,
                    None => continue,
                }
            } else {
                work
            };
            match work {
                Work::Enter {
                    task,
                    parent,
                    branch,
                } => self.enter(self.program.task(task), parent, branch),
                Work::Complete { task, raw, flow } => self.complete(task, &raw, flow),
                Work::Leave { parent } => self.leave(parent),
            }
        }
    }

    /// Makes `event` happen.
    fn emit(&mut self, event: Event) {
        self.bytes += event.size_bytes();
        self.commands.extend(consequences(&self.state, &event));
        self.state.apply(&event, self.now);
        self.events.push(event);
    }

    /// A live task, with its compiled form. (The workflow itself has none.)
    fn live(&self, task: Activation) -> Option<(&'a Task, &TaskState)> {
        let state = self.state.tasks.get(&task)?;
        Some((self.program.find(&state.reference)?, state))
    }

    fn reference(&self, task: Activation) -> Arc<str> {
        let state = self.state.tasks.get(&task);
        state.map_or_else(|| "".into(), |state| state.reference.clone())
    }
}
