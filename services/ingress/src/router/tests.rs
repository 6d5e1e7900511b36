//! The router's core on messages made by hand, and a simulation of replicas.

mod past;
mod shell;
mod simulation;
mod step;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use serde_json::{Value, json};
use weir_bus::{Outgoing, Stored};
use weir_engine::InstanceId;
use weir_graph::{Limits, Program, WorkflowRef};
use weir_protocol::{
    InboxKind, InboxSubject, PARTITIONS, Stream, Subject,
    v1::{Format, Listener, OpenSubscription},
};

use super::{
    entry::Entry,
    index::Index,
    site::{Site, SiteKey},
};

const KEYED: &str = "/do/0/keyed";
const EITHER: &str = "/do/1/either";
const EVERY: &str = "/do/2/every";
const CONTEXTUAL: &str = "/do/3/contextual";

fn source(version: &str) -> String {
    let correlate = "correlate: {order: {from: .data.order, expect: '${ .order }'}}";
    format!(
        "document: {{dsl: '1.0.3', namespace: shop, name: order, version: '{version}'}}
schedule: {{on: {{one: {{with: {{type: placed}}}}}}}}
do:
  - keyed: {{listen: {{to: {{one: {{with: {{type: paid}}, {correlate}}}}}}}}}
  - either: {{listen: {{to: {{any: [{{with: {{type: paid}}, {correlate}}}, {{with: {{type: failed}}}}]}}}}}}
  - every: {{listen: {{to: {{any: []}}}}}}
  - contextual: {{listen: {{to: {{one: {{with: {{type: failed, data: '${{ . == $context.x }}'}}}}}}}}}}
"
    )
}

fn program(version: &str) -> Arc<Program> {
    let compiled = weir_catalog::compile(&source(version), "test", &Limits::default());
    Arc::new(compiled.unwrap_or_else(|errors| panic!("{errors:#?}")))
}

fn workflow(version: &str) -> WorkflowRef {
    WorkflowRef {
        namespace: "shop".to_owned(),
        name: "order".to_owned(),
        version: version.to_owned(),
    }
}

fn instance(number: u64) -> InstanceId {
    InstanceId::for_event(&workflow(""), "/tests", &number.to_string())
}

/// An event, stored at a sequence and a time.
fn event(sequence: u64, at_ms: u64, event_type: &str, order: u64) -> Stored {
    let body = json!({"specversion": "1.0", "id": format!("e{sequence}"), "source": "/shop",
        "type": event_type, "data": {"order": order}});
    stored(
        sequence,
        at_ms,
        Subject::event(event_type).as_str(),
        body.to_string(),
    )
}

fn stored(sequence: u64, at_ms: u64, subject: &str, payload: impl Into<String>) -> Stored {
    Stored {
        stream: Stream::Events,
        sequence,
        stored_at_ms: at_ms,
        subject: subject.to_owned(),
        headers: BTreeMap::new(),
        payload: payload.into().into(),
    }
}

/// A listen that wants the events of one order.
fn listen(number: u64, reference: &str, since: u64, order: u64) -> OpenSubscription {
    let keys = BTreeMap::from([("order".to_owned(), json!(order))]);
    let expected = match reference {
        KEYED => vec![keys],
        EITHER => vec![keys, BTreeMap::new()],
        _ => Vec::new(),
    };
    OpenSubscription {
        workflow: (&workflow("1.0.0")).into(),
        listener: Listener::Instance {
            instance: instance(number).to_string(),
            task: 1,
            reference: reference.to_owned(),
            since,
            expected,
        },
    }
}

fn trigger(version: &str, since: Option<u64>) -> OpenSubscription {
    OpenSubscription {
        workflow: (&workflow(version)).into(),
        listener: Listener::Trigger { since },
    }
}

/// The subject of what [`listen`] and [`trigger`] make.
fn subject(subscription: &OpenSubscription) -> Subject {
    match &subscription.listener {
        Listener::Trigger { .. } => Subject::trigger("shop", "order").unwrap(),
        Listener::Instance { instance, task, .. } => {
            let task = weir_engine::Activation(*task);
            Subject::subscription(instance.parse().unwrap(), task)
        }
    }
}

fn opened(sequence: u64, at_ms: u64, subscription: &OpenSubscription) -> Stored {
    let payload = String::from_utf8(subscription.encode()).unwrap();
    stored(sequence, at_ms, subject(subscription).as_str(), payload)
}

fn closed(sequence: u64, at_ms: u64, subscription: &OpenSubscription) -> Stored {
    stored(sequence, at_ms, subject(subscription).as_str(), "")
}

/// Compiled workflows by version.
struct Programs(BTreeMap<String, Arc<Program>>);

impl Programs {
    /// Compiled once.
    fn shared() -> &'static Self {
        static PROGRAMS: LazyLock<Programs> = LazyLock::new(Programs::new);
        &PROGRAMS
    }

    fn new() -> Self {
        let versions = ["1.0.0", "1.1.0"];
        Self(
            versions
                .map(|version| (version.to_owned(), program(version)))
                .into(),
        )
    }

    /// As the follower does it.
    fn apply(&self, index: &mut Index, message: &Stored) {
        let entry = Entry::read(message);
        let site = match &entry {
            Entry::Opened(subscription) => self.site(index, subscription),
            Entry::Event | Entry::Closed | Entry::Unreadable(_) => None,
        };
        index.apply(message, &entry, site);
    }

    fn site(&self, index: &Index, subscription: &OpenSubscription) -> Option<Arc<Site>> {
        let key = SiteKey::of(subscription);
        if let Some(site) = index.subscriptions.site(&key) {
            return Some(site.clone());
        }
        let program = self.0.get(&key.workflow.version)?.clone();
        Site::new(key, program).map(Arc::new)
    }
}

/// To whom a message goes, and which event it is about: `start` or the number of the instance.
fn receipt(message: &Outgoing) -> (String, String) {
    let subject = InboxSubject::parse(message.subject.as_str()).unwrap();
    let payload: Value = serde_json::from_slice(&message.payload).unwrap();
    match subject.kind {
        InboxKind::Start => {
            let version = payload["workflow"]["version"].as_str().unwrap();
            (format!("start {version}"), subject.instance.to_string())
        }
        InboxKind::Event => {
            let id = payload["event"]["id"].as_str().unwrap();
            (subject.instance.to_string(), id.to_owned())
        }
        InboxKind::Outcome | InboxKind::Timeout | InboxKind::Cancel => panic!("{message:?}"),
    }
}
