//! What clients do: deploy workflows, start them, publish events, cancel instances.

mod events;

use std::sync::Arc;

use uuid::Uuid;
use weir_bus::{Bus, Outgoing, memory::MemoryBus};
use weir_catalog::Catalog;
use weir_graph::{Limits, Measure, Program};
use weir_protocol::{
    InboxKind, InstanceId, Subject,
    v1::{Cancel, Format, Start},
};

use crate::{chance::Chance, executor::data, generate, time::Time};

/// When the last instance is started, at the latest.
const STARTS_MS: u64 = 60_000;

/// What was deployed, and what is started of it.
pub struct Load {
    pub programs: Vec<Arc<Program>>,
    pub starts: Vec<Started>,
    visits: Vec<(u64, Outgoing)>,
}

/// A start that is acknowledged.
#[derive(Clone, Debug)]
pub struct Started {
    pub instance: InstanceId,
    pub program: usize,
    /// Milliseconds after the begin.
    pub at_ms: u64,
}

/// Small, so that every instance ends soon; but some listens wait until the weather is clear.
fn limits(chance: &mut Chance) -> Limits {
    Limits {
        listen_timeout_ms: chance.pick(&[2_000, 2_000, 110_000]),
        workflow_timeout_ms: 120_000,
        action_timeout_ms: 3_000,
        wait_ms_max: 5_000,
        for_items_max: 3,
        retry_attempts_max: 2,
        ..Limits::default()
    }
}

impl Load {
    /// Deploys the workflows of a seed, and plans what becomes of them.
    pub async fn deploy(chance: &mut Chance, broker: &MemoryBus) -> Self {
        let catalog = Catalog::new(Arc::new(broker.clone()));
        let limits = limits(chance);
        let mut programs = Vec::new();
        for number in 0..=chance.below(2) {
            let source = document(chance, &limits, number);
            let deployed = catalog.deploy(source, limits.clone(), 0).await;
            programs.push(deployed.expect("it compiled before").program);
        }
        let started_by_events = chance.one_in(2);
        if started_by_events {
            let source = events::triggered(&document(chance, &limits, 0));
            let deployed = catalog.deploy(source, limits, 0).await;
            let program = deployed.expect("it compiled before").program;
            let opened = broker.publish(events::trigger(&program.workflow)).await;
            opened.expect("the broker takes subscriptions");
            programs.push(program);
        }
        let mut load = Self {
            programs,
            starts: Vec::new(),
            visits: Vec::new(),
        };
        for number in 0..=chance.below(8) {
            if started_by_events && chance.one_in(3) {
                load.plan_event(chance, number);
            } else {
                load.plan(chance, number);
            }
        }
        load.visits.sort_by_key(|(at_ms, _)| *at_ms);
        load
    }

    /// Sends everything at its time.
    pub async fn send(&self, broker: &MemoryBus, time: Time) {
        for (at_ms, message) in &self.visits {
            time.reach_ms(*at_ms).await;
            let stored = broker.publish(message.clone()).await;
            stored.expect("the broker takes what clients send");
        }
    }

    fn plan(&mut self, chance: &mut Chance, number: u64) {
        let instance = InstanceId(Uuid::from_u64_pair(chance.below(u64::MAX), number));
        let program = chance.below(u64::try_from(self.programs.len()).unwrap());
        let program = usize::try_from(program).unwrap();
        let at_ms = chance.below(STARTS_MS);
        let start = Start {
            workflow: (&self.programs[program].workflow).into(),
            input: data(chance).into(),
            since: None,
            parent: None,
        };
        self.starts.push(Started {
            instance,
            program,
            at_ms,
        });
        let mut visit = |at_ms, kind, id: Option<String>, payload| {
            let workflow = &self.programs[program].workflow;
            let subject = Subject::inbox(workflow, instance, kind).unwrap();
            let mut message = Outgoing::new(subject, payload);
            message.id = id;
            self.visits.push((at_ms, message));
        };
        let id = format!("start/{instance}");
        visit(at_ms, InboxKind::Start, Some(id), start.encode());
        if chance.one_in(3) {
            // Sent again, and not recognised by the broker.
            let again_ms = at_ms + chance.below(150_000);
            visit(again_ms, InboxKind::Start, None, start.encode());
        }
        if chance.one_in(5) {
            let cancel = Cancel { reason: None };
            let sent_ms = at_ms + chance.below(15_000);
            visit(sent_ms, InboxKind::Cancel, None, cancel.encode());
        }
        self.visits.extend(events::around(chance, number, at_ms));
    }

    /// An instance that an event starts.
    fn plan_event(&mut self, chance: &mut Chance, number: u64) {
        let program = self.programs.len() - 1;
        let workflow = &self.programs[program].workflow;
        let at_ms = chance.below(STARTS_MS);
        let (instance, sent) = events::starting(chance, number, at_ms, workflow);
        self.starts.push(Started {
            instance,
            program,
            at_ms,
        });
        self.visits.extend(sent);
        self.visits.extend(events::around(chance, number, at_ms));
    }
}

/// One that does something, and does not take too long.
fn document(chance: &mut Chance, limits: &Limits, number: u64) -> String {
    loop {
        let source = generate::document(chance);
        let source = source.replacen("version: 1.0.0", &format!("version: 1.0.{number}"), 1);
        let program = weir_catalog::compile(&source, "random.yaml", limits);
        let program = program.unwrap_or_else(|wrong| panic!("{wrong:#?}\n{source}"));
        let (steps, actions) = (Measure::Steps, Measure::Actions);
        let [steps, actions] = [steps, actions].map(|measure| program.bound.get(measure));
        let patient = limits.listen_timeout_ms > 10_000;
        let listens = !patient || source.contains("listen:");
        if listens && steps <= 200 && (2..=60).contains(&actions) {
            return source;
        }
    }
}
