//! The server is killed and comes back: nothing acknowledged is lost, and all go on.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{sync::mpsc, task::JoinHandle};
use weir_bus::{Bus, Consumer, Deliveries, Follower, From, Outgoing};
use weir_journal::{Journal, Position};
use weir_nats::NatsJournal;
use weir_protocol::{
    InstanceId, PARTITIONS, Revision, Stream, Subject,
    v1::{Cause, Record},
};

use crate::support::{self, ACK_WAIT, Server, http, until, within};

/// Kills of the server.
const KILLS: usize = 3;
/// Messages that must be acknowledged before each kill.
const BETWEEN_KILLS: usize = 500;

/// What can be told apart of a message: its text.
type Seen = mpsc::UnboundedReceiver<String>;

fn text(payload: &[u8]) -> String {
    String::from_utf8(payload.to_vec()).unwrap()
}

fn work(mut replica: Box<dyn Deliveries>) -> (Seen, JoinHandle<()>) {
    let (sender, seen) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        loop {
            let delivery = replica.next().await.unwrap();
            // A lost acknowledgement means another delivery, no more.
            let _ = delivery.ack().await;
            if sender.send(text(&delivery.message.payload)).is_err() {
                return;
            }
        }
    });
    (seen, task)
}

fn follow(
    mut follower: Box<dyn Follower>,
) -> (mpsc::UnboundedReceiver<(u64, String)>, JoinHandle<()>) {
    let (sender, seen) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        loop {
            let message = follower.next().await.unwrap();
            let told = (message.sequence, text(&message.payload));
            if sender.send(told).is_err() {
                return;
            }
        }
    });
    (seen, task)
}

/// Publishes until it is told to stop; sends what was acknowledged.
fn publish(
    bus: Arc<dyn Bus>,
    writer: usize,
    stop: Arc<AtomicBool>,
    acknowledged: mpsc::UnboundedSender<String>,
    make: impl Fn(&str) -> Outgoing + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut n = 0;
        while !stop.load(Ordering::SeqCst) {
            let what = format!("{writer}/{n}");
            let message = make(&what).with_id(what.clone());
            if bus.publish(message).await.is_ok() {
                n += 1;
                acknowledged.send(what).unwrap();
            }
            tokio::task::yield_now().await;
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn consumers_and_idle_followers_outlive_the_server() {
    let (mut server, _nats, bus) = support::bus().await;
    let actions = Consumer::Actions { function: http() };
    let (mut worked, work_one) = work(bus.consume(&actions).await.unwrap());
    let (mut worked_too, work_two) = work(bus.consume(&actions).await.unwrap());
    // One that has nothing to do for long must wake up, too.
    let idle = bus.follow(Stream::Dead, From::Now).await.unwrap();
    let (mut idle_seen, idle) = follow(idle);

    let stop = Arc::new(AtomicBool::new(false));
    let (sender, mut acknowledged) = mpsc::unbounded_channel();
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (bus, stop, sender) = (Arc::clone(&bus), Arc::clone(&stop), sender.clone());
            publish(bus, writer, stop, sender, support::action)
        })
        .collect();
    drop(sender);

    let mut stored = BTreeSet::new();
    for _ in 0..KILLS {
        let goal = stored.len() + BETWEEN_KILLS;
        while stored.len() < goal {
            let next = within("an acknowledgement", acknowledged.recv()).await;
            stored.insert(next.unwrap());
        }
        server.kill_and_restart().await;
    }
    let goal = stored.len() + BETWEEN_KILLS;
    while stored.len() < goal {
        stored.insert(
            within("an acknowledgement", acknowledged.recv())
                .await
                .unwrap(),
        );
    }
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        within("a writer ends", writer).await.unwrap();
    }
    while let Some(what) = acknowledged.recv().await {
        stored.insert(what);
    }

    let mut missing = stored.clone();
    while !missing.is_empty() {
        let next = async {
            tokio::select! {
                what = worked.recv() => what.unwrap(),
                what = worked_too.recv() => what.unwrap(),
            }
        };
        let what = within(&format!("{} deliveries", missing.len()), next).await;
        missing.remove(&what);
    }
    let late = Outgoing::new(Subject::dead(Stream::Events), "late");
    bus.publish(late).await.unwrap();
    let (_, what) = within("an idle follower wakes", idle_seen.recv())
        .await
        .unwrap();
    assert_eq!(what, "late");

    for task in [work_one, work_two, idle] {
        task.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_see_every_message_once_and_in_order() {
    let (mut server, _nats, bus) = support::bus().await;
    let (mut followed, follow) = follow(bus.follow(Stream::Events, From::Start).await.unwrap());
    let stop = Arc::new(AtomicBool::new(false));
    let (sender, mut acknowledged) = mpsc::unbounded_channel();
    let event = |what: &str| Outgoing::new(Subject::event("a"), what.to_owned());
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (bus, stop, sender) = (Arc::clone(&bus), Arc::clone(&stop), sender.clone());
            publish(bus, writer, stop, sender, event)
        })
        .collect();
    drop(sender);
    let mut stored = BTreeSet::new();
    for _ in 0..KILLS {
        for _ in 0..BETWEEN_KILLS {
            let next = within("an acknowledgement", acknowledged.recv()).await;
            stored.insert(next.unwrap());
        }
        server.kill_and_restart().await;
    }
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        within("a writer ends", writer).await.unwrap();
    }
    while let Some(what) = acknowledged.recv().await {
        stored.insert(what);
    }
    let head = bus.head(Stream::Events).await.unwrap();
    // The anchor is the first, and hidden.
    for sequence in 2..=head {
        let (seen, what) = within("a followed message", followed.recv()).await.unwrap();
        assert_eq!(seen, sequence, "gaps and repetitions are excluded");
        stored.remove(&what);
    }
    assert!(stored.is_empty(), "acknowledged, and lost: {stored:?}");
    follow.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_consumer_is_created_again() {
    let (server, _nats, bus) = support::bus().await;
    let actions = Consumer::Actions { function: http() };
    let (mut worked, work) = work(bus.consume(&actions).await.unwrap());
    bus.publish(support::action("before")).await.unwrap();
    assert_eq!(within("the first", worked.recv()).await.unwrap(), "before");

    let client = async_nats::connect(server.process.url()).await.unwrap();
    let context = async_nats::jetstream::new(client);
    let stream = context.get_stream("WEIR_ACTIONS").await.unwrap();
    stream.delete_consumer("executor-http").await.unwrap();
    bus.publish(support::action("after")).await.unwrap();
    assert_eq!(within("the second", worked.recv()).await.unwrap(), "after");
    work.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaving_replica_gives_back_what_it_did_not_look_at() {
    let (_server, nats, _) = support::bus().await;
    let options = weir_nats::BusOptions {
        action_ack_wait: 10 * support::PATIENCE,
        ..weir_nats::BusOptions::default()
    };
    let bus = weir_nats::NatsBus::new(&nats, options);
    let actions = Consumer::Actions { function: http() };
    for n in 0..20 {
        bus.publish(support::action(&n.to_string())).await.unwrap();
    }
    let mut leaving = bus.consume(&actions).await.unwrap();
    let first = within("the first", leaving.next()).await.unwrap();
    first.ack().await.unwrap();
    // All others are on the way or there: the server had them when it was asked.
    nats_settled(&bus).await;
    drop(leaving);
    let mut staying = bus.consume(&actions).await.unwrap();
    let mut seen = BTreeSet::new();
    while seen.len() < 19 {
        let delivery = within("what was given back", staying.next()).await.unwrap();
        seen.insert(delivery.message.sequence);
    }
}

/// A round trip: what the server sent before has arrived.
async fn nats_settled(bus: &weir_nats::NatsBus) {
    bus.head(Stream::Actions).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preferred_replica_is_served_and_the_other_takes_over() {
    let (server, nats, _) = support::bus().await;
    let other_nats = server.connect().await;
    let (one, two) = (
        support::bus_of(&nats, Some(0)),
        support::bus_of(&other_nats, Some(1)),
    );
    let mut seen = Vec::new();
    let mut tasks = Vec::new();
    for bus in [&one, &two] {
        let (sender, receiver) = mpsc::unbounded_channel();
        seen.push(receiver);
        let mut of_replica = Vec::new();
        for partition in 0..PARTITIONS {
            let mut replica = bus.consume(&Consumer::Inbox { partition }).await.unwrap();
            let sender = sender.clone();
            of_replica.push(tokio::spawn(async move {
                loop {
                    let delivery = replica.next().await.unwrap();
                    delivery.ack().await.unwrap();
                    sender.send(delivery.message.subject).unwrap();
                }
            }));
        }
        tasks.push(of_replica);
    }
    // Both must have asked, or whoever is there first is served.
    let client = async_nats::connect(server.process.url()).await.unwrap();
    let context = async_nats::jetstream::new(client);
    let stream = context.get_stream("WEIR_INBOX").await.unwrap();
    for partition in 0..PARTITIONS {
        let name = format!("scheduler-{partition}");
        until("both replicas ask", || async {
            let info = stream.consumer_info(&name).await.unwrap();
            (info.num_waiting == 2).then_some(())
        })
        .await;
    }
    let send = |count: u64| {
        let bus = Arc::clone(&one);
        async move {
            for n in 0..count {
                let subject = format!("weir.inbox.a.b.00000000-0000-7000-8000-{n:012}.start");
                let subject = weir_protocol::InboxSubject::parse(&subject)
                    .unwrap()
                    .subject();
                bus.publish(Outgoing::new(subject, "x")).await.unwrap();
            }
        }
    };
    send(200).await;
    for _ in 0..200 {
        // Replica 0 prefers partitions 0 to 3, replica 1 the others.
        let next = async {
            let (one, two) = seen.split_at_mut(1);
            tokio::select! {
                subject = one[0].recv() => (0, subject.unwrap()),
                subject = two[0].recv() => (1, subject.unwrap()),
            }
        };
        let (replica, subject) = within("a delivery", next).await;
        let partition: u8 = subject.split('.').nth(2).unwrap().parse().unwrap();
        assert_eq!(replica, partition / 4, "{subject}");
    }
    for task in tasks.remove(0) {
        task.abort();
        let _ = task.await;
    }
    send(200).await;
    for _ in 0..200 {
        within("a delivery to who is left", seen[1].recv())
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_goes_on_after_the_server_was_killed() {
    let (mut server, nats, _) = support::bus().await;
    let journal = NatsJournal::new(&nats);
    let instance: InstanceId = "0190b2a8-0000-7000-8000-000000000001".parse().unwrap();
    let mut end = Position::default();
    for n in 0..60 {
        if n % 20 == 10 {
            server.kill_and_restart().await;
        }
        let record = record(end, n);
        end = until("an append", || async {
            match journal.append(instance, end, &record).await {
                Ok(position) => Some(position),
                // It may have happened: what is there decides.
                Err(_) => found(&journal, instance, &record).await,
            }
        })
        .await;
        assert_eq!(end.revision.0, n + 1);
    }
    let entries = journal.read(instance, Revision(0)).await.unwrap();
    assert_eq!(entries.len(), 60);
    assert!(ACK_WAIT < support::PATIENCE);
    drop::<Server>(server);
}

fn record(end: Position, n: u64) -> Record {
    Record {
        revision: end.revision.next().0,
        previous: end.sequence,
        at: n,
        cause: Cause {
            kind: "start".to_owned(),
            id: n.to_string(),
        },
        traceparent: None,
        events: Vec::new(),
    }
}

async fn found(journal: &NatsJournal, instance: InstanceId, record: &Record) -> Option<Position> {
    let entries = journal.read(instance, Revision(0)).await.ok()?;
    let last = entries.last()?;
    (last.record == *record).then_some(last.position)
}
