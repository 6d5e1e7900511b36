//! Promises about durable consumers.

use std::{collections::BTreeSet, time::Duration};

use weir_protocol::{InboxSubject, PARTITIONS, Stream, Subject};

use super::{
    Harness, SILENCE, body, function, inbox, journal, nothing_is_delivered, outcome, take, text,
    trigger, until, within,
};
use crate::{Bus, Consumer};

pub async fn all(harness: &dyn Harness) {
    what_is_acknowledged_is_gone(harness).await;
    what_is_dropped_comes_again(harness).await;
    retry_and_progress_set_the_time(harness).await;
    replicas_share(harness).await;
    what_one_has_no_room_for_is_for_others(harness).await;
    partitions_part_by_instance(harness).await;
    functions_have_their_own(harness).await;
    the_router_sees_events_and_subscriptions(harness).await;
    waiting_may_be_given_up(harness).await;
}

fn http() -> Consumer {
    let function = function("http");
    Consumer::Actions { function }
}

async fn act(bus: &dyn Bus, what: &str) {
    let subject = Subject::actions(&function("http"));
    bus.publish(text(&subject, what)).await.unwrap();
}

async fn what_is_acknowledged_is_gone(harness: &dyn Harness) {
    let bus = harness.bus().await;
    act(&*bus, "before joining").await;
    let mut replica = bus.consume(&http()).await.unwrap();
    act(&*bus, "after joining").await;
    for what in ["before joining", "after joining"] {
        let delivery = take(&mut replica).await;
        assert_eq!(body(&delivery.message), what);
        assert_eq!(delivery.attempt, 1);
        assert_eq!(delivery.message.stream, Stream::Actions);
        delivery.ack().await.unwrap();
    }
    let subject = Subject::actions(&function("http"));
    until(harness, "a work queue lets go", || async {
        let left = bus.all(Stream::Actions, &subject).await.unwrap();
        left.is_empty()
    })
    .await;
    harness.pass(harness.ack_wait_ms()).await;
    nothing_is_delivered(&mut replica, "all was acknowledged").await;

    // The consumer outlives its replicas.
    drop(replica);
    act(&*bus, "meanwhile").await;
    let mut successor = bus.consume(&http()).await.unwrap();
    assert_eq!(body(&take(&mut successor).await.message), "meanwhile");
}

async fn what_is_dropped_comes_again(harness: &dyn Harness) {
    let bus = harness.bus().await;
    act(&*bus, "again and again").await;
    let mut replica = bus.consume(&http()).await.unwrap();
    for attempt in 1..=3 {
        let delivery = take(&mut replica).await;
        assert_eq!(body(&delivery.message), "again and again");
        assert_eq!(delivery.attempt, attempt);
        if attempt < 3 {
            drop(delivery);
            harness.pass(harness.ack_wait_ms()).await;
        } else {
            delivery.ack().await.unwrap();
        }
    }
    // A late acknowledgement of an earlier delivery, or a second one, does no harm.
    act(&*bus, "slow").await;
    let first = take(&mut replica).await;
    harness.pass(harness.ack_wait_ms()).await;
    let second = take(&mut replica).await;
    assert_eq!(second.message.sequence, first.message.sequence);
    first.ack().await.unwrap();
    second.ack().await.unwrap();
    harness.pass(harness.ack_wait_ms()).await;
    nothing_is_delivered(&mut replica, "it was acknowledged late").await;
}

async fn retry_and_progress_set_the_time(harness: &dyn Harness) {
    let bus = harness.bus().await;
    act(&*bus, "soon").await;
    let mut replica = bus.consume(&http()).await.unwrap();
    let delivery = take(&mut replica).await;
    delivery.acknowledge.retry(0).await.unwrap();
    let delivery = take(&mut replica).await;
    assert_eq!(delivery.attempt, 2);

    // Twice two thirds of the wait pass, with a sign of life between them.
    let part_ms = harness.ack_wait_ms() * 2 / 3;
    harness.pass(part_ms).await;
    delivery.acknowledge.progress().await.unwrap();
    harness.pass(part_ms).await;
    if part_ms > 250 {
        nothing_is_delivered(&mut replica, "it is being worked on").await;
    }
    delivery.acknowledge.retry(300).await.unwrap();
    harness.pass(300).await;
    let delivery = take(&mut replica).await;
    assert_eq!(delivery.attempt, 3);
    delivery.ack().await.unwrap();
}

async fn replicas_share(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let mut one = bus.consume(&http()).await.unwrap();
    let mut two = bus.consume(&http()).await.unwrap();
    let messages = (0..100).map(|n| text(&Subject::actions(&function("http")), &n.to_string()));
    bus.publish_all(messages.collect()).await.unwrap();
    let mut seen = BTreeSet::new();
    while seen.len() < 100 {
        let next = async {
            tokio::select! {
                delivery = one.next() => delivery.unwrap(),
                delivery = two.next() => delivery.unwrap(),
            }
        };
        let delivery = within("a delivery to one of two", next).await;
        delivery.ack().await.unwrap();
        assert!(
            seen.insert(delivery.message.sequence),
            "delivered twice: {delivery:?}"
        );
    }
}

async fn what_one_has_no_room_for_is_for_others(harness: &dyn Harness) {
    let bus = harness.bus().await;
    for number in 0..8 {
        act(&*bus, &number.to_string()).await;
    }
    let mut busy = bus.consume(&http()).await.unwrap();
    busy.room(1);
    let long = take(&mut busy).await;
    busy.room(0);
    let mut idle = bus.consume(&http()).await.unwrap();
    for _ in 0..7 {
        let delivery = take(&mut idle).await;
        assert_eq!(delivery.attempt, 1, "nobody held it back");
        delivery.ack().await.unwrap();
    }
    long.ack().await.unwrap();
}

async fn partitions_part_by_instance(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let instances = 64;
    for n in 0..instances {
        for subject in [inbox(n).subject(), outcome(n)] {
            bus.publish(text(&subject, "x")).await.unwrap();
        }
    }
    let mut seen = BTreeSet::new();
    let mut used = 0;
    for partition in 0..PARTITIONS {
        let consumer = Consumer::Inbox { partition };
        let mut replica = bus.consume(&consumer).await.unwrap();
        let mut here = BTreeSet::new();
        while let Ok(delivery) = tokio::time::timeout(SILENCE, replica.next()).await {
            let delivery = delivery.unwrap();
            let subject = &delivery.message.subject;
            let prefix = format!("weir.partition.{partition}.contract.flow.");
            assert!(subject.starts_with(&prefix), "{subject} in {partition}");
            let parsed = InboxSubject::parse(subject).unwrap();
            here.insert((parsed.instance, parsed.kind));
            delivery.ack().await.unwrap();
        }
        used += usize::from(!here.is_empty());
        seen.append(&mut here);
    }
    assert_eq!(seen.len(), 2 * usize::try_from(instances).unwrap());
    assert!(used > 1, "all instances are in one partition");

    // An instance is in the same partition on every broker.
    for (n, partition) in [(0, 6), (1, 1), (2, 0), (3, 3)] {
        bus.publish(text(&outcome(n), "x")).await.unwrap();
        let consumer = Consumer::Inbox { partition };
        let delivery = take(&mut bus.consume(&consumer).await.unwrap()).await;
        let parsed = InboxSubject::parse(&delivery.message.subject).unwrap();
        assert_eq!(parsed.instance, inbox(n).instance);
    }
}

async fn functions_have_their_own(harness: &dyn Harness) {
    let bus = harness.bus().await;
    act(&*bus, "over HTTP").await;
    let shell = function("tools/shell%");
    bus.publish(text(&Subject::actions(&shell), "in a shell"))
        .await
        .unwrap();
    let mut http = bus.consume(&http()).await.unwrap();
    let function = shell;
    let shell = Consumer::Actions { function };
    let mut shell = bus.consume(&shell).await.unwrap();
    for (replica, what) in [(&mut http, "over HTTP"), (&mut shell, "in a shell")] {
        let delivery = take(replica).await;
        assert_eq!(body(&delivery.message), what);
        delivery.ack().await.unwrap();
    }
    nothing_is_delivered(&mut http, "only the other function had work").await;
}

async fn the_router_sees_events_and_subscriptions(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let subscription = trigger(1);
    let mut last = 0;
    for subject in [Subject::event("com.example.a"), subscription] {
        let published = bus.publish(text(&subject, subject.as_str())).await;
        last = published.unwrap().sequence;
    }
    bus.publish(text(&journal(1), "elsewhere")).await.unwrap();
    let mut router = bus.consume(&Consumer::Router).await.unwrap();
    for _ in 0..2 {
        let delivery = take(&mut router).await;
        assert_eq!(body(&delivery.message), delivery.message.subject);
        delivery.ack().await.unwrap();
    }
    nothing_is_delivered(&mut router, "that was all").await;
    // Acknowledged events stay: others may look for them.
    assert_eq!(bus.head(Stream::Events).await.unwrap(), last);
    let event = Subject::event("com.example.a");
    assert_eq!(bus.all(Stream::Events, &event).await.unwrap().len(), 1);
}

async fn waiting_may_be_given_up(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let mut replica = bus.consume(&http()).await.unwrap();
    for n in 0..20 {
        // Polled once, then dropped: nothing may be lost with it.
        let once = tokio::time::timeout(Duration::ZERO, replica.next()).await;
        let what = n.to_string();
        assert!(once.is_err(), "nothing is there yet");
        act(&*bus, &what).await;
        let delivery = take(&mut replica).await;
        assert_eq!(body(&delivery.message), what);
        delivery.ack().await.unwrap();
    }
}
