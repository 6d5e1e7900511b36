//! Whatever happens, what fires is what the simplest possible model fires.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use weir_timer::{Input, Timers};

use crate::support::{armed_by, disarmed, number_of};

#[derive(Clone, Debug)]
enum Step {
    Arm(u64, u64, u64),
    Disarm(u64),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..6_u64, 1..5_u64, 0..60_u64)
            .prop_map(|(number, revision, due)| Step::Arm(number, revision, due)),
        1 => (0..6_u64).prop_map(Step::Disarm),
        2 => (0..10_u64).prop_map(Step::Pass),
    ]
}

/// Instance → revision, when it is due, and whether it fired.
#[derive(Default)]
struct Model(BTreeMap<u64, (u64, u64, bool)>);

impl Model {
    fn arm(&mut self, number: u64, revision: u64, due: u64) {
        let known = self.0.get(&number);
        if known.is_none_or(|known| revision >= known.0 && (revision, due) != (known.0, known.1)) {
            self.0.insert(number, (revision, due, false));
        }
    }

    fn fire(&mut self, now: u64) -> Vec<(u64, u64)> {
        let mut fired = Vec::new();
        for (number, (_, due, done)) in &mut self.0 {
            if *due <= now && !*done {
                *done = true;
                fired.push((*due, *number));
            }
        }
        fired.sort_unstable();
        fired
    }

    fn next_due(&self) -> Option<u64> {
        self.0
            .values()
            .filter(|(.., done)| !done)
            .map(|(_, due, _)| *due)
            .min()
    }
}

proptest! {
    #[test]
    fn it_fires_as_the_model_does(steps in vec(step(), 1..200)) {
        let (mut timers, mut model, mut now) = (Timers::new(), Model::default(), 0);
        timers.step(Input::CaughtUp, now);
        for step in steps {
            let fires = match step {
                Step::Arm(number, revision, due) => {
                    model.arm(number, revision, due);
                    timers.step(armed_by(revision, number, due), now)
                }
                Step::Disarm(number) => {
                    model.0.remove(&number);
                    timers.step(disarmed(number), now)
                }
                Step::Pass(ms) => {
                    now += ms;
                    timers.step(Input::Tick, now)
                }
            };
            let mut fired: Vec<_> =
                fires.iter().map(|fire| (fire.due, number_of(fire))).collect();
            prop_assert!(fired.is_sorted_by_key(|(due, _)| *due));
            fired.sort_unstable();
            prop_assert_eq!(fired, model.fire(now));
            timers.step(Input::Stored, now);
            prop_assert_eq!(timers.next_due(), model.next_due());
            prop_assert_eq!(timers.len(), model.0.len());
        }
    }
}
