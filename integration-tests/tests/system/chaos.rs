//! Processes are killed at random moments, and every workflow ends, once.

mod account;
mod load;

use std::{collections::BTreeSet, time::Instant};

use tokio::task::JoinSet;
use weir_integration_tests::{Cluster, Dice, Journals, Replica, Trace};
use weir_protocol::Stream;

use self::{
    account::Account,
    load::{Load, TRACED_MIN},
};
use crate::PROGRAMS;

#[tokio::test]
async fn nothing_is_lost_and_nothing_happens_twice() {
    survive(Journals::Nats, 1, 500, 3, &[]).await;
}

#[tokio::test]
async fn nothing_is_lost_and_nothing_happens_twice_with_two_of_each() {
    survive(Journals::Nats, 2, 300, 2, &[]).await;
}

/// The broker's memory of message ids spares work; nothing may depend on it.
#[tokio::test]
async fn nothing_happens_twice_though_the_broker_drops_no_duplicates() {
    survive(
        Journals::Nats,
        2,
        200,
        2,
        &["streams.duplicate_window_ms=100"],
    )
    .await;
}

/// All messages on NATS, all journals on EventStoreDB: that is, on its double, which is killed too.
#[tokio::test]
async fn nothing_is_lost_and_nothing_happens_twice_with_journals_on_eventstoredb() {
    survive(Journals::EventStoreDouble, 1, 500, 3, &[]).await;
}

/// What can be killed.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Service(Replica),
    Nats,
    Store,
}

/// Starts `instances` in batches; while they run, kills every process `rounds` times in random
/// order at random moments.
async fn survive(
    journals: Journals,
    replicas: u8,
    instances: usize,
    rounds: usize,
    settings: &[&str],
) {
    let mut dice = Dice::new();
    println!("seed: WEIR_SEED={}", dice.seed());
    let mut cluster = Cluster::start_with(&PROGRAMS, journals, replicas, settings).await;
    let load = Load::prepare(&cluster).await;
    let mut trace = cluster.trace();
    let begun = Instant::now();

    let mut starts = JoinSet::new();
    let victims = victims(&cluster, &mut dice, rounds);
    let batch = instances / victims.len();
    for victim in &victims {
        load.start(batch, &mut starts);
        let moment = trace.count() + dice.below(batch * TRACED_MIN);
        trace
            .until("the moment to kill", |traced| {
                (traced.len() >= moment).then_some(())
            })
            .await;
        match victim {
            Victim::Service(replica) => cluster.kill_and_restart(*replica).await,
            Victim::Nats => cluster.kill_and_restart_nats().await,
            Victim::Store => cluster.kill_and_restart_store().await,
        }
    }
    load.start(instances - batch * victims.len(), &mut starts);
    let started: BTreeSet<String> = starts.join_all().await.into_iter().collect();
    let killing = begun.elapsed();
    assert_eq!(started.len(), instances);

    all_ended(&mut trace, &started).await;
    println!(
        "killed: {} processes while instances were started within {killing:.1?}; all have ended \
         after {:.1?}",
        victims.len(),
        begun.elapsed()
    );
    let account = Account::draw(&cluster, &started, &trace.messages()).await;
    println!("{account}\n{}", load.calls());
    account.check();
    load.calls().check(&started);
    let letters = cluster.dead_letters().await;
    assert!(letters.is_empty(), "dead letters: {letters:#?}");
    let journaled = cluster.head(Stream::Journal).await;
    assert_eq!(
        journaled > 0,
        journals == Journals::Nats,
        "{journaled} on NATS"
    );
    cluster.pids();
}

fn victims(cluster: &Cluster, dice: &mut Dice, rounds: usize) -> Vec<Victim> {
    let mut victims = Vec::new();
    for _ in 0..rounds {
        let services = cluster.replicas().into_iter().map(Victim::Service);
        let mut round: Vec<Victim> = services.chain([Victim::Nats]).collect();
        if cluster.journals() == Journals::EventStoreDouble {
            round.push(Victim::Store);
        }
        dice.shuffle(&mut round);
        victims.extend(round);
    }
    victims
}

/// Waits until the trace has told the end of every instance.
async fn all_ended(trace: &mut Trace, started: &BTreeSet<String>) {
    let mut left = started.clone();
    let mut read = 0;
    trace
        .until("the end of all instances", |traced| {
            for message in &traced[read..] {
                if message.is_end() {
                    left.remove(&message.instance);
                }
            }
            read = traced.len();
            left.is_empty().then_some(())
        })
        .await;
}
