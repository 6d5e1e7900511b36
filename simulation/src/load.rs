//! What clients do: deploy workflows, start them, send them events, cancel them.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;
use weir_bus::{Bus, Outgoing, memory::MemoryBus};
use weir_catalog::Catalog;
use weir_graph::{Limits, Measure, Program};
use weir_protocol::{
    InboxKind, InstanceId, Subject,
    v1::{Cancel, EventReceived, Format, Start},
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

/// Small, so that every instance ends soon.
fn limits() -> Limits {
    Limits {
        workflow_timeout_ms: 120_000,
        action_timeout_ms: 3_000,
        listen_timeout_ms: 2_000,
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
        let mut programs = Vec::new();
        for number in 0..=chance.below(2) {
            let source = document(chance, number);
            let deployed = catalog.deploy(source, limits(), 0).await;
            programs.push(deployed.expect("it compiled before").program);
        }
        let mut load = Self {
            programs,
            starts: Vec::new(),
            visits: Vec::new(),
        };
        for number in 0..=chance.below(8) {
            load.plan(chance, number);
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
        for event in 0..chance.below(8) {
            let received = EventReceived {
                event: json!({
                    "specversion": "1.0", "source": "/test", "id": event.to_string(),
                    "type": chance.pick(&["a", "b", "c"]), "data": data(chance),
                })
                .into(),
            };
            for _ in 0..=chance.below(2) {
                let sent_ms = at_ms + chance.below(20_000);
                visit(sent_ms, InboxKind::Event, None, received.encode());
            }
        }
        if chance.one_in(5) {
            let cancel = Cancel { reason: None };
            let sent_ms = at_ms + chance.below(15_000);
            visit(sent_ms, InboxKind::Cancel, None, cancel.encode());
        }
    }
}

/// One that does something, and does not take too long.
fn document(chance: &mut Chance, number: u64) -> String {
    loop {
        let source = generate::document(chance);
        let source = source.replacen("version: 1.0.0", &format!("version: 1.0.{number}"), 1);
        let program = weir_catalog::compile(&source, "random.yaml", &limits());
        let program = program.unwrap_or_else(|wrong| panic!("{wrong:#?}\n{source}"));
        let (steps, actions) = (Measure::Steps, Measure::Actions);
        let [steps, actions] = [steps, actions].map(|measure| program.bound.get(measure));
        if steps <= 200 && (2..=60).contains(&actions) {
            return source;
        }
    }
}
