//! One run, in virtual time, with a world that does what it likes: outcomes at any time or never,
//! events that fit or do not.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use weir_engine::{
    Command, ErrorKind, InstanceId, Message, Outcome, StartInstance, State, Timestamp, decide,
};
use weir_expression::Data;
use weir_graph::{Bound, Program};

use crate::chance::Chance;

/// The run's begin: any time.
const EPOCH: Timestamp = Timestamp(1_000_000);

/// How executors are in a run.
#[derive(Clone, Copy)]
enum Mood {
    Random,
    /// They never answer.
    Silent,
    /// They succeed at once.
    Prompt,
    /// They fail at once.
    Refusing,
    /// They answer in the last millisecond.
    Late,
}

struct World<'a> {
    mood: Mood,
    program: &'a Program,
    state: State,
    now: Timestamp,
    inbox: BTreeMap<(Timestamp, u64), Message>,
    sent: u64,
    timer: Option<Timestamp>,
    used: Bound,
    fired: u64,
}

/// What a run used of each measure, and by how many milliseconds its timers were late: none is
/// ever set to a time that has come.
pub fn run(program: &Program, chance: &mut Chance) -> (Bound, u64) {
    let instance: InstanceId = "0199f000-0000-7000-8000-000000000001".parse().unwrap();
    let moods = [
        Mood::Random,
        Mood::Random,
        Mood::Silent,
        Mood::Prompt,
        Mood::Refusing,
        Mood::Late,
    ];
    let mut world = World {
        mood: chance.pick(&moods),
        program,
        state: State::new(instance),
        now: EPOCH,
        inbox: BTreeMap::new(),
        sent: 0,
        timer: None,
        used: Bound::default(),
        fired: 0,
    };
    let start = Message::StartInstance(StartInstance {
        instance,
        workflow: program.workflow.clone(),
        input: Data::from(data(chance)),
        since: EPOCH,
        parent: None,
    });
    world.send(&start, chance);
    if chance.one_in(40) {
        world.post(
            chance.below(9_000),
            Message::CancelInstance { reason: None },
        );
    }
    for _ in 0..20_000 {
        if world.state.status.is_final() {
            world.used.steps = world.state.steps;
            world.used.actions = world.state.actions;
            world.used.emits = world.state.usage.emits;
            world.used.events = world.state.usage.bounded_events();
            world.used.duration_ms = world.now.0 - EPOCH.0;
            return (world.used, world.fired);
        }
        world.step(chance);
    }
    panic!("the instance does not end");
}

impl World<'_> {
    fn step(&mut self, chance: &mut Chance) {
        // So many are listening that events come all the time.
        if chance.one_in(3) {
            let delay_ms = chance.pick(&[0, 0, 500, 1_999, 2_000]);
            let event = event(self.sent, chance);
            self.post(delay_ms, Message::EventReceived { event });
        }
        let next = self.inbox.keys().next().copied();
        match next {
            Some(key) if self.timer.is_none_or(|due| key.0 <= due) => {
                let message = self.inbox.remove(&key).unwrap();
                self.now = self.now.max(key.0);
                self.send(&message, chance);
            }
            _ => {
                let due = self.timer.take().expect("a timer is set");
                self.now = self.now.max(due);
                self.fired += 1;
                self.send(&Message::TimerFired { due }, chance);
            }
        }
    }

    fn post(&mut self, delay_ms: u64, message: Message) {
        self.sent += 1;
        self.inbox
            .insert((self.now.plus_ms(delay_ms), self.sent), message);
    }

    fn send(&mut self, message: &Message, chance: &mut Chance) {
        let mut folded = self.state.clone();
        let decision = decide(self.program, self.state.clone(), message, self.now);
        for event in &decision.events {
            folded.apply(event, self.now);
            self.used.branches = self.used.branches.max(folded.usage.branches);
            self.used.values += event.values();
            self.used.bytes += event.frame_bytes();
        }
        self.state = decision.state;
        for command in decision.commands {
            self.obey(&command, chance);
        }
    }

    fn obey(&mut self, command: &Command, chance: &mut Chance) {
        match command {
            Command::RequestAction { task, deadline, .. } => {
                let left_ms = deadline.0.saturating_sub(self.now.0);
                let delay_ms = match self.mood {
                    Mood::Silent => return,
                    Mood::Prompt | Mood::Refusing => 0,
                    Mood::Late => left_ms.saturating_sub(1),
                    Mood::Random => match chance.below(6) {
                        0 => 0,
                        1 => left_ms.saturating_sub(1),
                        2 => left_ms,
                        3 => return,
                        _ => chance.below(left_ms + 1),
                    },
                };
                let fails = match self.mood {
                    Mood::Prompt => false,
                    Mood::Refusing => true,
                    Mood::Silent | Mood::Late | Mood::Random => chance.one_in(3),
                };
                let outcome = if fails {
                    let status = chance.pick(&[404, 500, 503]);
                    let mut error = ErrorKind::Communication.error("refused");
                    error.status = status;
                    Outcome::Failed(error)
                } else {
                    Outcome::Completed(Data::from(data(chance)))
                };
                self.post(
                    delay_ms,
                    Message::ActionReported {
                        task: *task,
                        outcome,
                    },
                );
            }
            Command::ArmTimer { due, .. } => self.timer = Some(*due),
            Command::DisarmTimer => self.timer = None,
            Command::PublishEvent { .. }
            | Command::OpenSubscription { .. }
            | Command::ReportOutcome { .. }
            | Command::CancelWorkflow { .. }
            | Command::CloseSubscription { .. } => {}
        }
    }
}

/// What expressions of the generated documents look at.
fn data(chance: &mut Chance) -> Value {
    let items = ["a", "b", "c", "d"];
    let count = usize::try_from(chance.pick(&[0, 1, 2, 3, 3, 3, 3, 4])).unwrap();
    json!({"x": chance.one_in(2), "items": items[..count], "two": items[..count.min(2)]})
}

fn event(id: u64, chance: &mut Chance) -> Data {
    Data::from(json!({
        "specversion": "1.0", "source": "/test", "id": id.to_string(),
        "type": chance.pick(&["a", "b", "c"]), "data": data(chance),
    }))
}
