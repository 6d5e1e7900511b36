//! Promises about what is kept, and for how long.

use weir_protocol::{Stream, Subject};

use super::{Harness, body, inbox, journal, text, texts, trigger, until};
use crate::Ttl;

pub async fn all(harness: &dyn Harness) {
    last_and_all_are_of_one_subject(harness).await;
    latest_is_one_of_each_subject(harness).await;
    timers_keep_the_newest(harness).await;
    rollup_replaces(harness).await;
    tombstones_vanish(harness).await;
    its_time_is_what_messages_are_stamped_with(harness).await;
    what_is_removed_is_gone_and_nothing_else(harness).await;
}

async fn what_is_removed_is_gone_and_nothing_else(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let subject = Subject::dead(Stream::Inbox);
    let mut sequences = Vec::new();
    for body in ["1", "2", "3"] {
        let published = bus.publish(text(&subject, body)).await.unwrap();
        sequences.push(published.sequence);
    }
    assert!(bus.remove(Stream::Dead, sequences[1]).await.unwrap());
    let kept = bus.all(Stream::Dead, &subject).await.unwrap();
    assert_eq!(texts(&kept), ["1", "3"]);
    assert!(!bus.remove(Stream::Dead, sequences[1]).await.unwrap());
    assert!(!bus.remove(Stream::Dead, sequences[2] + 7).await.unwrap());
}

async fn its_time_is_what_messages_are_stamped_with(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let before_ms = bus.time_ms().await.unwrap();
    bus.publish(text(&journal(1), "now")).await.unwrap();
    let after_ms = bus.time_ms().await.unwrap();
    let stored = bus.last(Stream::Journal, &journal(1)).await.unwrap();
    let stored_at_ms = stored.unwrap().stored_at_ms;
    assert!(
        (before_ms..=after_ms).contains(&stored_at_ms),
        "{stored_at_ms} is not between {before_ms} and {after_ms}"
    );
}

async fn last_and_all_are_of_one_subject(harness: &dyn Harness) {
    let bus = harness.bus().await;
    assert_eq!(bus.last(Stream::Journal, &journal(1)).await.unwrap(), None);
    assert_eq!(bus.all(Stream::Journal, &journal(1)).await.unwrap(), []);
    for n in 0..30_u64 {
        let message = text(&journal(n % 3), &n.to_string());
        bus.publish(message).await.unwrap();
    }
    let last = bus.last(Stream::Journal, &journal(1)).await.unwrap();
    assert_eq!(body(&last.unwrap()), "28");
    let kept = bus.all(Stream::Journal, &journal(1)).await.unwrap();
    let expected: Vec<String> = (0..10).map(|n| (n * 3 + 1).to_string()).collect();
    assert_eq!(texts(&kept), expected);
    assert!(kept.is_sorted_by_key(|message| message.sequence));
}

async fn latest_is_one_of_each_subject(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let filter = Subject::SUBSCRIPTIONS;
    assert_eq!(bus.latest(Stream::Events, filter).await.unwrap(), []);
    let publish = async |subject: &Subject, body: &str| {
        bus.publish(text(subject, body)).await.unwrap();
    };
    for body in ["1", "2", "3"] {
        publish(&trigger(1), body).await;
        publish(&Subject::event("other"), body).await;
    }
    publish(&trigger(2), "4").await;
    publish(&trigger(3), "5").await;
    bus.publish(text(&trigger(1), "6").rolling_up())
        .await
        .unwrap();
    let latest = bus.latest(Stream::Events, filter).await.unwrap();
    assert_eq!(texts(&latest), ["4", "5", "6"]);
    assert_eq!(latest[2].subject, trigger(1).as_str());
    let other = bus.latest(Stream::Events, "weir.events.*").await.unwrap();
    assert_eq!(texts(&other), ["3"]);
}

async fn timers_keep_the_newest(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let (one, two) = (inbox(1).instance, inbox(2).instance);
    for (instance, at) in [(one, "1"), (two, "2"), (one, "3")] {
        let message = text(&Subject::timer(instance), at);
        bus.publish(message).await.unwrap();
    }
    for (instance, at) in [(one, "3"), (two, "2")] {
        let subject = Subject::timer(instance);
        let kept = bus.all(Stream::Timers, &subject).await.unwrap();
        assert_eq!(texts(&kept), [at]);
    }
}

async fn rollup_replaces(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let subject = trigger(1);
    let neighbour = trigger(2);
    bus.publish(text(&neighbour, "stays")).await.unwrap();
    bus.publish(text(&subject, "open")).await.unwrap();
    let closed = text(&subject, "closed").rolling_up();
    bus.publish(closed).await.unwrap();
    let kept = bus.all(Stream::Events, &subject).await.unwrap();
    assert_eq!(texts(&kept), ["closed"]);
    let kept = bus.all(Stream::Events, &neighbour).await.unwrap();
    assert_eq!(texts(&kept), ["stays"]);
}

async fn tombstones_vanish(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let subject = Subject::timer(inbox(1).instance);
    let open = text(&subject, "open").with_ttl(Ttl::Never);
    bus.publish(open).await.unwrap();
    let closed = text(&subject, "").with_ttl(Ttl::Seconds(1)).rolling_up();
    let closed = bus.publish(closed).await.unwrap();
    let there = bus.last(Stream::Timers, &subject).await.unwrap();
    assert_eq!(there.map(|m| m.sequence), Some(closed.sequence));

    until(harness, "the tombstone vanishes", || async {
        let there = bus.all(Stream::Timers, &subject).await.unwrap();
        there.is_empty()
    })
    .await;
    assert_eq!(bus.head(Stream::Timers).await.unwrap(), closed.sequence);
    // An empty subject is as one that never had a message.
    let anew = text(&subject, "anew").expecting(0);
    bus.publish(anew).await.unwrap();
}
