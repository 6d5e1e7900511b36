//! What became of all instances: by the trace, by their journals, by the events they emitted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::Value;
use tokio::task::JoinSet;
use weir_integration_tests::{Cluster, Traced};
use weir_protocol::{Stream, Subject};

#[derive(Debug)]
pub struct Account {
    started: usize,
    completed: usize,
    /// Started and not completed.
    lost: Vec<String>,
    /// On the trace, but never started.
    strangers: Vec<String>,
    /// Begun or ended by more than one lifecycle event.
    twice: Vec<String>,
    /// Whose trace is not in the order of its journal.
    disordered: Vec<String>,
    /// What is wrong with which journal.
    defects: Vec<String>,
    emitted: usize,
    emitted_twice: usize,
    traced: usize,
    traced_again: usize,
    records: usize,
}

impl Account {
    /// Draws the account of the instances that were `started`.
    pub async fn draw(cluster: &Cluster, started: &BTreeSet<String>, messages: &[Traced]) -> Self {
        let mut seen = BTreeMap::<&str, Seen>::new();
        for message in messages {
            seen.entry(&message.instance).or_default().take(message);
        }
        let of = |instance: &String| seen.get(instance.as_str());
        let whose = |wrong: fn(&Seen) -> bool| {
            let wrong = seen.iter().filter(|(_, seen)| wrong(seen));
            wrong.map(|(instance, _)| (*instance).to_owned()).collect()
        };
        let lost = started
            .iter()
            .filter(|id| !of(id).is_some_and(Seen::completed));
        let strangers = seen.keys().filter(|id| !started.contains(**id));
        let (records, defects) = journals(cluster, started).await;
        let emitted = emitted(cluster).await;
        let distinct = seen.values().map(|seen| seen.ids.len()).sum();
        Self {
            started: started.len(),
            completed: seen.values().filter(|seen| seen.completed()).count(),
            lost: lost.cloned().collect(),
            strangers: strangers.map(|id| (*id).to_owned()).collect(),
            twice: whose(|seen| seen.begins.len() > 1 || seen.ends.len() > 1),
            disordered: whose(|seen| !seen.places.is_sorted()),
            defects,
            emitted: emitted.len(),
            emitted_twice: emitted.values().filter(|ids| ids.len() > 1).count(),
            traced: distinct,
            traced_again: messages.len() - distinct,
            records,
        }
    }

    pub fn check(&self) {
        assert_eq!(self.completed, self.started, "{self:#?}");
        assert_eq!(self.emitted, self.started, "{self:#?}");
        assert_eq!(self.emitted_twice, 0, "{self:#?}");
        let wrong = [
            &self.lost,
            &self.strangers,
            &self.twice,
            &self.disordered,
            &self.defects,
        ];
        assert!(wrong.iter().all(|wrong| wrong.is_empty()), "{self:#?}");
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "instances: {} started, {} completed, {} lost, {} twice, {} strangers",
            self.started,
            self.completed,
            self.lost.len(),
            self.twice.len(),
            self.strangers.len()
        )?;
        writeln!(
            f,
            "journals: {} records, {} defects; events emitted: {}, by an instance twice: {}",
            self.records,
            self.defects.len(),
            self.emitted,
            self.emitted_twice
        )?;
        write!(
            f,
            "trace: {} messages, {} of them again, {} instances out of order",
            self.traced,
            self.traced_again,
            self.disordered.len()
        )
    }
}

/// What the trace told of one instance.
#[derive(Default)]
struct Seen<'a> {
    ids: BTreeSet<&'a str>,
    /// Where in the history each message stands that came for the first time.
    places: Vec<(u64, u64)>,
    begins: BTreeSet<&'a str>,
    ends: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Seen<'a> {
    fn take(&mut self, message: &'a Traced) {
        let id = message.event["id"].as_str().unwrap();
        if self.ids.insert(id) {
            self.places.push(message.place());
        }
        if message.name == "workflow-started" {
            self.begins.insert(id);
        }
        if message.is_end() {
            self.ends.insert((&message.name, id));
        }
    }

    fn completed(&self) -> bool {
        self.ends
            .iter()
            .any(|(name, _)| *name == "workflow-completed")
    }
}

/// How many records there are, and what is wrong with which journal.
async fn journals(cluster: &Cluster, started: &BTreeSet<String>) -> (usize, Vec<String>) {
    let mut reading = JoinSet::new();
    for id in started.iter().cloned() {
        let api = cluster.api();
        reading.spawn(async move { (api.history(&id).await, id) });
    }
    let (mut records, mut defects) = (0, Vec::new());
    for (history, id) in reading.join_all().await {
        records += history.records();
        if let Some(defect) = history.defect() {
            defects.push(format!("{id}: {defect}"));
        }
        if history.end() != "workflow-completed" {
            defects.push(format!("{id} ends with {}", history.end()));
        }
    }
    (records, defects)
}

/// The events that the instances emitted: by the number of the instance, their ids.
async fn emitted(cluster: &Cluster) -> BTreeMap<u64, BTreeSet<String>> {
    let subject = Subject::event("com.example.test.ended");
    let mut emitted = BTreeMap::<u64, BTreeSet<String>>::new();
    for stored in cluster.stored(Stream::Events, &subject).await {
        let event: Value = serde_json::from_slice(&stored.payload).unwrap();
        let number = event["data"]["number"].as_u64().unwrap();
        let id = event["id"].as_str().unwrap().to_owned();
        emitted.entry(number).or_default().insert(id);
    }
    emitted
}
