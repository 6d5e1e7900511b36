//! Random programs in random worlds: whatever the definition, the outcomes and the timing, all
//! that [`World::send`] checks at each decision holds, the run ends, and within its bound.

mod generate;

use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value, json};
use weir_engine::{Message, State, Status};
use weir_expression::Data;
use weir_graph::{Limits, compile};

use crate::world::{Reply, World, cloud_event, instance};

/// What the world does, as a sequence of draws.
#[derive(Clone, Debug)]
struct Chance {
    seed: u64,
}

impl Chance {
    /// From 0 to `below`, not included.
    fn draw(&mut self, below: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn reply(&mut self) -> Reply {
        let ms = self.draw(4) * 700;
        match self.draw(10) {
            0..=5 => Reply::DoneAfter(ms, json!({"n": self.draw(5)})),
            6..=7 => Reply::FailAfter(ms, 500 + self.draw(4)),
            8 => Reply::FailAfter(ms, 404),
            _ => Reply::Silence,
        }
    }

    fn event(&mut self) -> Value {
        let type_ = ["a", "b", "c"][usize::try_from(self.draw(3)).unwrap()];
        let id = self.draw(6).to_string();
        cloud_event(type_, &id, json!({"k": self.draw(2)}))
    }
}

proptest! {
    #![proptest_config(Config { cases: 96, ..Config::default() })]

    #[test]
    fn every_run_keeps_every_promise(document in generate::document(), seed: u64) {
        let definition = weir_definition::parse(&document.to_string(), "random.json");
        let definition = definition.unwrap_or_else(|errors| panic!("{errors:#?}\n{document:#}"));
        let program = compile(&definition, &Limits::default());
        let program = program.unwrap_or_else(|errors| panic!("{errors:#?}\n{document:#}"));
        let mut chance = Chance { seed };
        let mut world = World::of(program);
        world.start(json!({"n": chance.draw(3)}));
        for _ in 0..chance.draw(8) {
            let (ms, event) = (chance.draw(6_000), chance.event());
            world.later(ms, event);
        }
        if chance.draw(20) == 0 {
            world.post_later(chance.draw(6_000), Message::CancelInstance { reason: None });
        }
        live(&mut world, &mut chance);
        let elapsed_ms = world.elapsed_ms();
        prop_assert!(
            elapsed_ms.saturating_sub(world.fired) <= world.program.bound.duration_ms,
            "{elapsed_ms} ms, bound {:?}",
            world.program.bound
        );
        prop_assert_eq!(State::fold(instance(), world.history.clone()), world.state);
    }

    /// A world whose timer is late and whose messages come again at any time.
    #[test]
    fn a_bad_world_does_no_harm(document in generate::document(), seed: u64) {
        let definition = weir_definition::parse(&document.to_string(), "random.json").unwrap();
        let program = compile(&definition, &Limits::default()).unwrap();
        let mut chance = Chance { seed };
        let mut world = World::of(program);
        world.start(json!({"n": chance.draw(3)}));
        let mut said = Vec::new();
        for _ in 0..10_000 {
            if world.state.status.is_final() {
                break;
            }
            said.push(next(&mut world, &mut chance));
            if chance.draw(3) == 0 {
                let again = usize::try_from(chance.draw(said.len() as u64)).unwrap();
                world.send(&said[again].clone());
            }
        }
        prop_assert!(world.state.status.is_final());
        prop_assert_ne!(world.state.status, Status::Pending);
        prop_assert_eq!(State::fold(instance(), world.history.clone()), world.state);
    }
}

/// To the end, everything in time.
fn live(world: &mut World, chance: &mut Chance) {
    world.run(|_| chance.reply());
}

/// Says something that may or may not fit.
fn next(world: &mut World, chance: &mut Chance) -> Message {
    let message = match chance.draw(4) {
        0 => Message::EventReceived {
            event: Data::from(chance.event()),
        },
        1 if !world.actions.is_empty() => {
            let place = usize::try_from(chance.draw(world.actions.len() as u64)).unwrap();
            let action = world.actions.remove(place);
            match chance.reply().outcome() {
                Some(outcome) => Message::ActionReported {
                    task: action.task,
                    outcome,
                },
                None => Message::TimerFired { due: world.now },
            }
        }
        _ => match world.timer {
            Some(due) => {
                world.now = world
                    .now
                    .max(due)
                    .plus_ms(chance.draw(2) * chance.draw(5_000));
                Message::TimerFired { due }
            }
            None => Message::TimerFired { due: world.now },
        },
    };
    world.send(&message);
    message
}
