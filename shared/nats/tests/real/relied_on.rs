//! What Weir relies on and only a real server can tell.

use std::{collections::BTreeSet, time::Duration};

use weir_bus::{Consumer, From, Outgoing, Ttl};
use weir_nats::{StreamLimits, StreamOptions, provision};
use weir_protocol::{Activation, InstanceId, Stream, Subject};

use crate::support::{self, Server, until, within};

#[tokio::test(flavor = "multi_thread")]
async fn what_lives_for_ever_outlives_the_age_of_its_stream() {
    let mut server = Server::start().await;
    let nats = server.connect().await;
    let mut options = StreamOptions::default();
    let age_max = Some(Duration::from_secs(1));
    let limits = StreamLimits {
        age_max,
        bytes_max: None,
    };
    options.limits.insert(Stream::Events, limits);
    provision(&nats, &options).await.unwrap();
    let bus = support::bus_of(&nats, None);
    let (aged, kept) = (Subject::event("aged"), Subject::event("kept"));
    let for_ever = Outgoing::new(kept.clone(), "x").with_ttl(Ttl::Never);
    bus.publish(for_ever).await.unwrap();
    bus.publish(Outgoing::new(aged.clone(), "x")).await.unwrap();
    let gone = |subject: Subject| {
        let bus = &bus;
        async move {
            let kept = bus.last(Stream::Events, &subject).await;
            matches!(kept, Ok(None)).then_some(())
        }
    };
    until("the aged one goes", || gone(aged.clone())).await;
    let found = bus.last(Stream::Events, &kept).await.unwrap();
    assert!(found.is_some(), "it lives for ever");

    server.kill_and_restart().await;
    // Once a message that came after the restart has aged, the old one would have, too.
    let another = Outgoing::new(aged.clone(), "x");
    until("a publish", || async {
        bus.publish(another.clone()).await.ok().map(drop)
    })
    .await;
    until("another one goes", || gone(aged.clone())).await;
    let found = bus.last(Stream::Events, &kept).await.unwrap();
    assert!(found.is_some(), "it lives for ever, across restarts");

    // The server marks subjects that became empty; nobody sees it.
    let mut follower = bus.follow(Stream::Events, From::Start).await.unwrap();
    let mut replica = bus.consume(&Consumer::Router).await.unwrap();
    let last = Subject::event("last");
    bus.publish(Outgoing::new(last, "last")).await.unwrap();
    for expected in ["x", "last"] {
        let seen = within("a followed message", follower.next()).await.unwrap();
        let delivery = within("a delivery", replica.next()).await.unwrap();
        assert_eq!(seen.payload, expected, "{seen:?}");
        assert_eq!(delivery.message, seen);
        assert_eq!(seen.header("Nats-Marker-Reason"), None);
    }
    assert!(bus.all(Stream::Events, &aged).await.unwrap().is_empty());
}

/// See `anchor.rs`: without the anchor, this server loses all but one of the deliveries.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_subscription_takes_no_delivery_with_it() {
    let (_server, _, bus) = support::bus().await;
    let instance: InstanceId = "0193a0b0-0000-7000-8000-000000000001".parse().unwrap();
    let subject = |task| Subject::subscription(instance, Activation(task));
    for task in 0..10 {
        let opened = Outgoing::new(subject(task), "opened");
        bus.publish(opened).await.unwrap();
    }
    let mut replica = bus.consume(&Consumer::Router).await.unwrap();
    let mut deliveries = Vec::new();
    for _ in 0..10 {
        deliveries.push(within("a delivery", replica.next()).await.unwrap());
    }
    let closed = Outgoing::new(subject(6), "closed").rolling_up();
    bus.publish(closed).await.unwrap();
    for delivery in &deliveries[7..] {
        delivery.ack().await.unwrap();
    }
    let mut again = BTreeSet::new();
    while again.len() < 7 {
        let delivery = within("what was not acknowledged", replica.next())
            .await
            .unwrap();
        delivery.ack().await.unwrap();
        again.insert(delivery.message.subject);
    }
    let expected = (0..7).map(|task| subject(task).to_string());
    assert_eq!(again, expected.collect());
}
