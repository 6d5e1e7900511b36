//! One instance, virtual time, and everything that is under way.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use uuid::Uuid;
use weir_engine::{
    Activation, Chosen, Command, Decision, Event, InstanceId, Message, Request, StartInstance,
    State, Timestamp, decide,
};
use weir_expression::Data;
use weir_graph::Program;

/// When every rehearsal begins: 2026-01-01T00:00:00Z.
pub const EPOCH: Timestamp = Timestamp(1_767_225_600_000);

/// The id of every rehearsed instance.
const INSTANCE: u128 = 0x0199_f000_0000_7000_8000_0000_0000_0001;

/// An action somebody asked for.
#[derive(Clone, Debug)]
pub struct Action {
    /// For which activation.
    pub task: Activation,
    /// JSON pointer to the task.
    pub reference: Arc<str>,
    /// What.
    pub request: Request,
    /// After this nobody waits for the outcome any more.
    pub deadline: Timestamp,
}

/// One instance and what is under way to it.
#[derive(Clone, Debug)]
pub struct Stage {
    /// What it runs.
    pub program: Arc<Program>,
    /// What it has become.
    pub state: State,
    /// The virtual time.
    pub now: Timestamp,
    /// Everything that happened, each with its time.
    pub history: Vec<(Timestamp, Event)>,
    /// Which way each `switch` went.
    pub chosen: Vec<Chosen>,
    /// Actions that nobody has answered yet.
    pub actions: Vec<Action>,
    /// Events that the instance published.
    pub published: Vec<Data>,
    /// When the timer fires.
    pub timer: Option<Timestamp>,
    /// Messages under way, by when they arrive and in the order they were sent.
    under_way: BTreeMap<(Timestamp, usize), Message>,
    sent: usize,
    /// Events of the world so far, for a `listen` that looks back.
    happened: Vec<(Timestamp, Data)>,
}

impl Stage {
    /// Before the start.
    pub fn new(program: Arc<Program>) -> Self {
        Self {
            program,
            state: State::new(instance()),
            now: EPOCH,
            history: Vec::new(),
            chosen: Vec::new(),
            actions: Vec::new(),
            published: Vec::new(),
            timer: None,
            under_way: BTreeMap::new(),
            sent: 0,
            happened: Vec::new(),
        }
    }

    /// What starts the instance with this raw input.
    pub fn start(&self, input: Value) -> Message {
        Message::StartInstance(StartInstance {
            instance: instance(),
            workflow: self.program.workflow.clone(),
            input: Data::from(input),
            since: self.now,
            parent: None,
        })
    }

    /// Sends a message that arrives at a time.
    pub fn post(&mut self, at: Timestamp, message: Message) {
        self.sent += 1;
        self.under_way.insert((at, self.sent), message);
    }

    /// Takes what arrives next, and lets its time come. What arrives when the timer fires comes
    /// before it. None: nothing will ever happen again.
    pub fn next_message(&mut self) -> Option<Message> {
        let first = self.under_way.keys().next().copied();
        match (first, self.timer) {
            (Some(key), timer) if timer.is_none_or(|due| key.0 <= due) => {
                self.now = self.now.max(key.0);
                let message = self.under_way.remove(&key)?;
                if let Message::EventReceived { event } = &message
                    && !self.happened.iter().any(|(_, known)| known == event)
                {
                    self.happened.push((self.now, event.clone()));
                }
                Some(message)
            }
            (_, Some(due)) => {
                self.now = self.now.max(due);
                self.timer = None;
                Some(Message::TimerFired { due })
            }
            (_, None) => None,
        }
    }

    /// What `message` leads to, were it to arrive now.
    pub fn decide(&self, message: &Message) -> Decision {
        decide(&self.program, self.state.clone(), message, self.now)
    }

    /// Lets a decision take effect.
    pub fn take(&mut self, decision: Decision) {
        let events = decision.events.into_iter();
        self.history.extend(events.map(|event| (self.now, event)));
        self.state = decision.state;
        self.chosen.extend(decision.chosen);
        for command in decision.commands {
            self.obey(command);
        }
    }

    /// Milliseconds since the beginning.
    pub fn elapsed_ms(&self) -> u64 {
        self.now.0 - EPOCH.0
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::RequestAction {
                task,
                reference,
                request,
                deferred: _,
                deadline,
            } => self.actions.push(Action {
                task,
                reference,
                request,
                deadline,
            }),
            Command::ArmTimer { due, .. } => self.timer = Some(due),
            Command::DisarmTimer => self.timer = None,
            Command::PublishEvent { event } => {
                self.published.push(event.clone());
                // Whoever listens hears it, the instance itself too.
                self.post(self.now, Message::EventReceived { event });
            }
            Command::OpenSubscription { subscription, .. } => {
                let earlier = self.happened.clone().into_iter();
                for (_, event) in earlier.filter(|(at, _)| *at >= subscription.since) {
                    self.post(self.now, Message::EventReceived { event });
                }
            }
            Command::CloseSubscription { .. }
            | Command::ReportOutcome { .. }
            | Command::CancelWorkflow { .. } => {}
        }
    }
}

fn instance() -> InstanceId {
    InstanceId(Uuid::from_u128(INSTANCE))
}
