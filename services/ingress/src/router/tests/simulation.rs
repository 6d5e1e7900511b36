//! Replicas that follow, stop, crash and repeat themselves in any order lose no wakeup.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::RwLock,
};

use proptest::prelude::*;

use super::{
    super::{
        index::{Index, write},
        scan::Scan,
        step::{Step, step},
        window::WindowLimits,
    },
    *,
};

const REPLICAS: usize = 2;
/// Small, so that looking back often goes beyond it.
const LIMITS: WindowLimits = WindowLimits {
    events_max: 3,
    bytes_max: usize::MAX,
};

#[derive(Clone, Copy, Debug)]
enum Act {
    /// Time passes.
    Wait(u64),
    /// An event is stored.
    Event {
        event_type: usize,
        order: u64,
    },
    /// A listen opens; it looks back so far.
    Open {
        number: u64,
        place: usize,
        order: u64,
        back_ms: u64,
    },
    /// A scheduler that comes back publishes it again.
    Reopen {
        number: u64,
    },
    Close {
        number: u64,
    },
    /// A version with a trigger is deployed.
    Deploy {
        newer: bool,
    },
    /// A replica reads on.
    Follow {
        replica: usize,
        count: usize,
    },
    /// A replica takes a message and deals with it as far as this.
    Handle {
        replica: usize,
        which: usize,
        how_far: HowFar,
    },
    /// A replica forgets everything.
    Crash {
        replica: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum HowFar {
    /// It crashes before it has published.
    Taken,
    /// It crashes before it has acknowledged.
    Published,
    Acknowledged,
}

fn act() -> impl Strategy<Value = Act> {
    let replica = 0..REPLICAS;
    let how_far = prop_oneof![
        1 => Just(HowFar::Taken),
        1 => Just(HowFar::Published),
        4 => Just(HowFar::Acknowledged),
    ];
    prop_oneof![
        2 => (1..5_u64).prop_map(Act::Wait),
        6 => (0..4_usize, 0..2_u64).prop_map(|(event_type, order)| Act::Event { event_type, order }),
        4 => (0..6_u64, 0..4_usize, 0..2_u64, 0..12_u64).prop_map(
            |(number, place, order, back_ms)| Act::Open { number, place, order, back_ms }),
        1 => (0..6_u64).prop_map(|number| Act::Reopen { number }),
        1 => (0..6_u64).prop_map(|number| Act::Close { number }),
        1 => any::<bool>().prop_map(|newer| Act::Deploy { newer }),
        6 => (replica.clone(), 1..6_usize).prop_map(|(replica, count)| Act::Follow { replica, count }),
        8 => (replica.clone(), any::<usize>(), how_far).prop_map(
            |(replica, which, how_far)| Act::Handle { replica, which, how_far }),
        1 => replica.prop_map(|replica| Act::Crash { replica }),
    ]
}

struct World {
    programs: &'static Programs,
    now_ms: u64,
    head: u64,
    /// The stream: what was not replaced.
    stream: BTreeMap<u64, Stored>,
    /// What the consumer has yet to see acknowledged.
    unacknowledged: BTreeSet<u64>,
    replicas: [Replica; REPLICAS],
    /// Instance and event, or version and started instance.
    received: BTreeSet<(String, String)>,
    /// Everything that was stored, for the oracle.
    events: Vec<(u64, u64, &'static str, u64)>,
    opened: BTreeMap<u64, Vec<Opened>>,
    trigger: Option<(u64, &'static str)>,
    first_trigger: Option<u64>,
}

struct Replica {
    index: RwLock<Index>,
    reached: u64,
}

#[derive(Clone, Debug)]
struct Opened {
    sequence: u64,
    place: &'static str,
    since: u64,
    order: u64,
    closed: bool,
}

impl World {
    fn new() -> Self {
        let replica = || Replica {
            index: RwLock::new(Index::new(LIMITS, true)),
            reached: 0,
        };
        Self {
            programs: Programs::shared(),
            now_ms: 100,
            head: 0,
            stream: BTreeMap::new(),
            unacknowledged: BTreeSet::new(),
            replicas: [replica(), replica()],
            received: BTreeSet::new(),
            events: Vec::new(),
            opened: BTreeMap::new(),
            trigger: None,
            first_trigger: None,
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Wait(ms) => self.now_ms += ms,
            Act::Event { event_type, order } => {
                let name = ["paid", "failed", "other", "placed"][event_type];
                let message = event(self.head + 1, self.now_ms, name, order);
                self.events
                    .push((message.sequence, self.now_ms, name, order));
                self.store(message, false);
            }
            Act::Open {
                number,
                place,
                order,
                back_ms,
            } => {
                let place = [KEYED, EITHER, EVERY, CONTEXTUAL][place];
                let since = self.now_ms - back_ms;
                // An activation listens once.
                if self.opened.contains_key(&number) {
                    return;
                }
                let message = opened(
                    self.head + 1,
                    self.now_ms,
                    &listen(number, place, since, order),
                );
                let open = Opened {
                    sequence: message.sequence,
                    place,
                    since,
                    order,
                    closed: false,
                };
                self.opened.entry(number).or_default().push(open);
                self.store(message, false);
            }
            Act::Reopen { number } => {
                let open = self
                    .opened
                    .get(&number)
                    .and_then(|all| all.first())
                    .cloned();
                if let Some(open) = open.filter(|open| !open.closed) {
                    let again = listen(number, open.place, open.since, open.order);
                    self.store(opened(self.head + 1, self.now_ms, &again), false);
                }
            }
            Act::Close { number } => {
                for open in self.opened.get_mut(&number).into_iter().flatten() {
                    open.closed = true;
                }
                let message = closed(self.head + 1, self.now_ms, &listen(number, KEYED, 0, 0));
                self.store(message, true);
            }
            Act::Deploy { newer } => self.deploy(if newer { "1.1.0" } else { "1.0.0" }),
            Act::Follow { replica, count } => self.follow(replica, count),
            Act::Handle {
                replica,
                which,
                how_far,
            } => self.handle(replica, which, how_far),
            Act::Crash { replica } => self.crash(replica),
        }
    }

    /// As deploying does it: never back to an older version.
    fn deploy(&mut self, version: &'static str) {
        if self.trigger.is_some_and(|(_, there)| there >= version) {
            return;
        }
        let since = self.trigger.map(|(at_ms, _)| at_ms);
        let message = opened(self.head + 1, self.now_ms, &trigger(version, since));
        self.first_trigger.get_or_insert(message.sequence);
        self.trigger = Some((since.unwrap_or(self.now_ms), version));
        self.store(message, false);
    }

    fn store(&mut self, message: Stored, rollup: bool) {
        if rollup {
            self.stream
                .retain(|_, there| there.subject != message.subject);
        }
        self.head = message.sequence;
        self.unacknowledged.insert(message.sequence);
        self.stream.insert(message.sequence, message);
    }

    fn follow(&mut self, replica: usize, count: usize) {
        let Replica { index, reached } = &mut self.replicas[replica];
        for (sequence, message) in self.stream.range(*reached + 1..).take(count) {
            self.programs.apply(&mut write(index), message);
            *reached = *sequence;
        }
    }

    fn handle(&mut self, replica: usize, which: usize, how_far: HowFar) {
        // What was replaced is not delivered again.
        self.unacknowledged
            .retain(|sequence| self.stream.contains_key(sequence));
        let count = self.unacknowledged.len().max(1);
        let Some(sequence) = self.unacknowledged.iter().nth(which % count).copied() else {
            return;
        };
        let Replica { index, reached } = &self.replicas[replica];
        if *reached < sequence || how_far == HowFar::Taken {
            return;
        }
        match step(index, &self.stream[&sequence]) {
            Step::Publish { messages, .. } => self.received.extend(messages.iter().map(receipt)),
            Step::Scan(open) => {
                let mut scan = Scan::new(&[open]);
                let since_ms = scan.since_ms;
                let rest = self
                    .stream
                    .values()
                    .skip_while(|m| m.stored_at_ms < since_ms);
                for message in rest.take_while(|message| message.sequence < sequence) {
                    self.received.extend(scan.next(message).iter().map(receipt));
                }
            }
            Step::Bury(reason) => panic!("{reason}"),
        }
        if how_far == HowFar::Acknowledged {
            self.unacknowledged.remove(&sequence);
        }
    }

    /// As the follower begins: with the last message of each subscription, and the recent events.
    fn crash(&mut self, replica: usize) {
        let first = self.head.saturating_sub(2) + 1;
        let mut index = Index::new(LIMITS, first == 1);
        let mut latest: BTreeMap<&str, &Stored> = BTreeMap::new();
        for message in self.stream.values() {
            latest.insert(&message.subject, message);
        }
        for message in latest.into_values() {
            if let Entry::Opened(subscription) = Entry::read(message)
                && let Some(site) = self.programs.site(&index, &subscription)
            {
                index.open(message, &subscription, site);
            }
        }
        self.replicas[replica] = Replica {
            index: RwLock::new(index),
            reached: first - 1,
        };
    }

    /// Everything is read and dealt with.
    fn settle(&mut self) {
        self.follow(0, usize::MAX);
        while !self.unacknowledged.is_empty() {
            self.handle(0, 0, HowFar::Acknowledged);
        }
    }

    /// What must have been received by now; and whether something was that must not be.
    fn judge(&self) -> Result<(), TestCaseError> {
        let wants = |open: &Opened, name: &str, order: u64| match open.place {
            KEYED => name == "paid" && order == open.order,
            EITHER => (name == "paid" && order == open.order) || name == "failed",
            CONTEXTUAL => name == "failed",
            _ => true,
        };
        for (number, all) in &self.opened {
            let open = &all[0];
            for (sequence, at_ms, name, order) in &self.events {
                let receipt = (instance(*number).to_string(), format!("e{sequence}"));
                let received = self.received.contains(&receipt);
                let wanted = wants(open, name, *order)
                    && (*sequence > open.sequence || *at_ms >= open.since);
                prop_assert!(!received || wanted, "{number} got e{sequence}");
                prop_assert!(
                    received || !wanted || open.closed,
                    "{number} lost e{sequence}"
                );
            }
        }
        for (sequence, _, name, _) in &self.events {
            let id = InstanceId::for_event(&workflow(""), "/shop", &format!("e{sequence}"));
            let started = self
                .received
                .iter()
                .any(|(what, instance)| what.starts_with("start ") && *instance == id.to_string());
            if *name == "placed" && self.first_trigger.is_some_and(|first| first < *sequence) {
                prop_assert!(started, "e{sequence} started nothing");
            }
            prop_assert!(
                *name == "placed" || !started,
                "e{sequence} started something"
            );
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_wakeup_is_lost(acts in prop::collection::vec(act(), 0..120)) {
        let mut world = World::new();
        for act in acts {
            world.act(act);
        }
        world.settle();
        world.judge()?;
    }
}
