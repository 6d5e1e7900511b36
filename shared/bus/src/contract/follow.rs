//! Promises about followers.

use weir_protocol::{Stream, Subject};

use super::{Harness, body, inbox, journal, see, text};
use crate::{Bus, BusError, From};

pub async fn all(harness: &dyn Harness) {
    followers_see_all_in_order(harness).await;
    followers_begin_where_they_are_told(harness).await;
    followers_see_what_is_left(harness).await;
    work_queues_have_no_followers(harness).await;
}

async fn record(bus: &dyn Bus, what: u64) -> u64 {
    let message = text(&journal(what % 5), &what.to_string());
    bus.publish(message).await.unwrap().sequence
}

async fn followers_see_all_in_order(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let mut early = bus.follow(Stream::Journal, From::Start).await.unwrap();
    let batch = (0..700).map(|n: u64| text(&journal(n % 5), &n.to_string()));
    bus.publish_all(batch.collect()).await.unwrap();
    let mut late = bus.follow(Stream::Journal, From::Start).await.unwrap();
    record(&*bus, 700).await;
    for follower in [&mut early, &mut late] {
        for n in 0..=700_u64 {
            let message = see(follower).await;
            assert_eq!(body(&message), n.to_string());
            assert_eq!(message.sequence, n + 1);
            assert_eq!(message.subject, journal(n % 5).as_str());
            assert_eq!(message.stream, Stream::Journal);
        }
    }
    // What is there now is seen without a word about the future: it goes on.
    record(&*bus, 701).await;
    assert_eq!(body(&see(&mut early).await), "701");
}

async fn followers_begin_where_they_are_told(harness: &dyn Harness) {
    let bus = harness.bus().await;
    for n in 1..=3 {
        assert_eq!(record(&*bus, n).await, n);
        harness.pass(20).await;
    }
    let third = bus.last(Stream::Journal, &journal(3)).await.unwrap();
    let at_ms = third.unwrap().stored_at_ms;
    for (from, first) in [
        (From::Start, "1"),
        (From::Sequence(0), "1"),
        (From::Sequence(2), "2"),
        (From::Time(0), "1"),
        (From::Time(at_ms), "3"),
    ] {
        let mut follower = bus.follow(Stream::Journal, from).await.unwrap();
        assert_eq!(body(&see(&mut follower).await), first, "{from:?}");
    }
    for from in [From::Now, From::Sequence(4)] {
        let mut follower = bus.follow(Stream::Journal, from).await.unwrap();
        if from == From::Now {
            record(&*bus, 4).await;
        }
        assert_eq!(body(&see(&mut follower).await), "4", "{from:?}");
    }
}

async fn followers_see_what_is_left(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let (one, two) = (inbox(1).instance, inbox(2).instance);
    for (instance, at) in [(one, "1"), (two, "2"), (one, "3")] {
        let message = text(&Subject::timer(instance), at);
        bus.publish(message).await.unwrap();
    }
    let mut follower = bus.follow(Stream::Timers, From::Start).await.unwrap();
    for at in ["2", "3"] {
        assert_eq!(body(&see(&mut follower).await), at);
    }
}

async fn work_queues_have_no_followers(harness: &dyn Harness) {
    let bus = harness.bus().await;
    for stream in [Stream::Inbox, Stream::Actions] {
        let refused = bus.follow(stream, From::Start).await;
        assert!(matches!(refused, Err(BusError::Refused(_))), "{stream}");
    }
}
