//! A world around one instance: virtual time, scripted executors, a timer, and an eye on every
//! invariant at every step.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use weir_engine::{
    Activation, Command, Decision, Deferred, ErrorKind, Event, Ignored, InstanceId, Message,
    Outcome, Request, StartInstance, State, Status, Timestamp, WorkflowError, consequences, decide,
};
use weir_expression::Data;
use weir_graph::{Limits, Program, compile};

/// 2026-01-01T00:00:00Z
pub const EPOCH: Timestamp = Timestamp(1_767_225_600_000);

/// What an executor does about an action.
pub enum Reply {
    /// Succeeds at once.
    Done(Value),
    /// Succeeds after so many milliseconds.
    DoneAfter(u64, Value),
    /// Fails at once, with this status.
    Fail(u64),
    /// Fails with this status after so many milliseconds.
    FailAfter(u64, u64),
    /// Is never heard of again.
    Silence,
}

impl Reply {
    fn after_ms(&self) -> u64 {
        match self {
            Self::Done(_) | Self::Fail(_) | Self::Silence => 0,
            Self::DoneAfter(ms, _) | Self::FailAfter(ms, _) => *ms,
        }
    }

    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Done(value) | Self::DoneAfter(_, value) => {
                Some(Outcome::Completed(Data::from(value)))
            }
            Self::Fail(status) | Self::FailAfter(_, status) => {
                Some(Outcome::Failed(failure(status)))
            }
            Self::Silence => None,
        }
    }
}

/// An action somebody asked for.
#[derive(Clone, Debug)]
pub struct Action {
    pub task: Activation,
    pub reference: String,
    pub request: Request,
    pub deferred: Option<Box<Deferred>>,
    pub deadline: Timestamp,
}

pub struct World {
    pub program: Program,
    pub state: State,
    pub now: Timestamp,
    pub history: Vec<(Timestamp, Event)>,
    /// Everything that was asked of the world, in order.
    pub commands: Vec<Command>,
    /// Actions that no executor has taken yet.
    pub actions: Vec<Action>,
    /// When the timer fires.
    pub timer: Option<Timestamp>,
    pub published: Vec<Data>,
    /// How the last decision was refused.
    pub ignored: Option<Ignored>,
    /// What is still to arrive.
    /// How often the timer fired: it is never set to a time that has come, so each may cost 1 ms.
    pub fired: u64,
    inbox: BTreeMap<(Timestamp, usize), Message>,
    sent: usize,
    /// The state as a replay of the history has it.
    replayed: State,
}

/// A document with these tasks, given as YAML, each line at column 0.
pub fn document(rest: &str) -> String {
    format!(
        "document:\n  dsl: '1.0.3'\n  namespace: test\n  name: flow\n  version: '1.0.0'\n{rest}"
    )
}

pub fn program(yaml: &str) -> Program {
    program_under(yaml, &Limits::default())
}

pub fn program_under(yaml: &str, limits: &Limits) -> Program {
    let definition = weir_definition::parse(yaml, "flow.yaml").unwrap_or_else(|errors| {
        panic!("{errors:#?}\n{yaml}");
    });
    compile(&definition, limits).unwrap_or_else(|errors| panic!("{errors:#?}\n{yaml}"))
}

pub fn instance() -> InstanceId {
    "0199f000-0000-7000-8000-000000000001".parse().unwrap()
}

impl World {
    /// Of a workflow with these sections, from `do:` on.
    pub fn new(rest: &str) -> Self {
        Self::of(program(&document(rest)))
    }

    pub fn of(program: Program) -> Self {
        Self {
            program,
            state: State::new(instance()),
            now: EPOCH,
            history: Vec::new(),
            commands: Vec::new(),
            actions: Vec::new(),
            timer: None,
            published: Vec::new(),
            ignored: None,
            fired: 0,
            inbox: BTreeMap::new(),
            sent: 0,
            replayed: State::new(instance()),
        }
    }

    /// Runs a workflow whose actions are not expected to matter.
    pub fn ran(rest: &str, input: Value) -> Self {
        Self::acted(rest, input, |_| Reply::Done(Value::Null))
    }

    /// Runs a workflow to its end, with `script` as the executors.
    pub fn acted(rest: &str, input: Value, script: impl FnMut(&Action) -> Reply) -> Self {
        let mut world = Self::new(rest);
        world.start(input);
        world.run(script);
        world
    }

    pub fn start(&mut self, input: Value) {
        let message = Message::StartInstance(StartInstance {
            instance: instance(),
            workflow: self.program.workflow.clone(),
            input: Data::from(input),
            since: self.now,
            parent: None,
        });
        self.send(&message);
    }

    pub fn report(&mut self, task: Activation, outcome: Outcome) {
        self.send(&Message::ActionReported { task, outcome });
    }

    /// The first action not yet taken succeeds.
    pub fn done(&mut self, output: Value) {
        let action = self.actions.remove(0);
        self.report(action.task, Outcome::Completed(Data::from(output)));
    }

    pub fn receive(&mut self, event: Value) {
        self.send(&Message::EventReceived {
            event: Data::from(event),
        });
    }

    /// Delivers `event` so many milliseconds from now.
    pub fn later(&mut self, ms: u64, event: Value) {
        let event = Data::from(event);
        self.post_later(ms, Message::EventReceived { event });
    }

    /// Says `message` so many milliseconds from now.
    pub fn post_later(&mut self, ms: u64, message: Message) {
        self.post(self.now.plus_ms(ms), message);
    }

    fn post(&mut self, at: Timestamp, message: Message) {
        self.sent += 1;
        self.inbox.insert((at, self.sent), message);
    }

    /// Lets time pass to the timer, and lets it fire.
    pub fn fire(&mut self) {
        let due = self.timer.take().expect("the timer is set");
        self.now = self.now.max(due);
        self.fired += 1;
        self.send(&Message::TimerFired { due });
    }

    /// Runs to the end: whatever comes first happens first.
    pub fn run(&mut self, mut script: impl FnMut(&Action) -> Reply) {
        for _ in 0..100_000 {
            if self.state.status.is_final() {
                return;
            }
            for action in std::mem::take(&mut self.actions) {
                let reply = script(&action);
                let (ms, task) = (reply.after_ms(), action.task);
                if let Some(outcome) = reply.outcome() {
                    self.post_later(ms, Message::ActionReported { task, outcome });
                }
            }
            self.step();
        }
        panic!("the instance does not end");
    }

    /// Lets the next thing happen.
    pub fn step(&mut self) {
        let next = self.inbox.keys().next().copied();
        match next {
            Some((at, sent)) if self.timer.is_none_or(|due| at <= due) => {
                let message = self.inbox.remove(&(at, sent)).unwrap();
                self.now = self.now.max(at);
                self.send(&message);
            }
            _ => self.fire(),
        }
    }

    /// Decides, and checks everything that must always hold.
    pub fn send(&mut self, message: &Message) -> Option<Ignored> {
        let before = self.state.clone();
        let decision = decide(&self.program, before.clone(), message, self.now);
        self.check(&before, message, &decision);
        for event in &decision.events {
            self.history.push((self.now, event.clone()));
        }
        for command in &decision.commands {
            self.obey(command);
        }
        self.commands.extend(decision.commands);
        self.state = decision.state;
        self.ignored = decision.ignored;
        decision.ignored
    }

    fn check(&mut self, before: &State, message: &Message, decision: &Decision) {
        let again = decide(&self.program, before.clone(), message, self.now);
        assert_eq!(&again, decision, "deciding is deterministic");
        assert_eq!(decision.events.is_empty(), decision.ignored.is_some());
        let mut commands = Vec::new();
        for event in &decision.events {
            commands.extend(consequences(&self.replayed, event));
            self.replayed.apply(event, self.now);
        }
        assert_eq!(self.replayed, decision.state, "replay = live");
        assert_eq!(commands, decision.commands, "commands follow from events");
        let state = &decision.state;
        assert!(state.steps <= self.program.bound.steps, "steps");
        assert!(state.actions <= self.program.bound.actions, "actions");
        if !state.status.is_final() && state.status != Status::Pending {
            let armed = state.armed.expect("a timer is set");
            let first = state.due.first().expect("something is due");
            assert!(armed.due <= first.at.max(self.now.plus_ms(1)));
        }
        let twice = decide(&self.program, state.clone(), message, self.now);
        if matches!(message, Message::TimerFired { .. })
            && state.due.first().is_some_and(|due| due.at <= self.now)
        {
            // What was left to the timer that is set happens now.
            return;
        }
        assert_eq!(twice.events, [], "a repeated message does nothing");
        assert!(twice.ignored.is_some());
        assert_eq!(twice.state, decision.state);
    }

    fn obey(&mut self, command: &Command) {
        match command {
            Command::RequestAction {
                task,
                reference,
                request,
                deferred,
                deadline,
            } => self.actions.push(Action {
                task: *task,
                reference: reference.to_string(),
                request: request.clone(),
                deferred: deferred.clone(),
                deadline: *deadline,
            }),
            Command::ArmTimer { due, .. } => self.timer = Some(*due),
            Command::DisarmTimer => self.timer = None,
            Command::PublishEvent { event } => self.published.push(event.clone()),
            Command::OpenSubscription { .. }
            | Command::CloseSubscription { .. }
            | Command::ReportOutcome { .. }
            | Command::CancelWorkflow { .. } => {}
        }
    }

    /// The output; fails the test if the workflow has not completed.
    pub fn output(&self) -> Value {
        assert_eq!(
            self.state.status,
            Status::Completed,
            "{:#?}",
            self.state.error
        );
        self.state.output.clone().unwrap().into_value()
    }

    /// The error; fails the test if the workflow has not faulted.
    pub fn error(&self) -> &WorkflowError {
        assert_eq!(
            self.state.status,
            Status::Faulted,
            "output {:#?}",
            self.state.output
        );
        self.state.error.as_ref().unwrap()
    }

    /// Milliseconds since the start.
    pub fn elapsed_ms(&self) -> u64 {
        self.now.0 - EPOCH.0
    }

    /// References of the tasks started, in order.
    pub fn started(&self) -> Vec<String> {
        let events = self.history.iter().map(|(_, event)| event);
        events
            .filter_map(|event| match event {
                Event::TaskStarted { reference, .. } => Some(reference.to_string()),
                _ => None,
            })
            .collect()
    }
}

pub fn failure(status: u64) -> WorkflowError {
    WorkflowError {
        status,
        ..ErrorKind::Communication.error(format!("answered {status}"))
    }
}

/// A CloudEvent.
pub fn cloud_event(type_: &str, id: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0", "type": type_, "source": "/test", "id": id, "data": data,
    })
}
