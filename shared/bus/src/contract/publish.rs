//! Promises about publishing.

use weir_protocol::{Stream, Subject};

use super::{Harness, body, function, journal, outcome, text, texts};
use crate::{BusError, Outgoing, Published};

pub async fn all(harness: &dyn Harness) {
    sequences_rise(harness).await;
    what_was_sent_is_stored(harness).await;
    an_id_counts_once(harness).await;
    expectations_fence(harness).await;
    batches_keep_their_order(harness).await;
    one_refusal_holds_back_no_other(harness).await;
    too_large_is_refused(harness).await;
}

async fn sequences_rise(harness: &dyn Harness) {
    let bus = harness.bus().await;
    assert_eq!(bus.head(Stream::Journal).await.unwrap(), 0);
    let mut before = 0;
    for n in [1, 2, 1] {
        let published = bus.publish(text(&journal(n), "x")).await.unwrap();
        assert!(published.sequence > before, "{published:?} after {before}");
        assert!(!published.duplicate);
        before = published.sequence;
        assert_eq!(bus.head(Stream::Journal).await.unwrap(), before);
    }
    assert_eq!(bus.head(Stream::Trace).await.unwrap(), 0);
}

async fn what_was_sent_is_stored(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let subject = Subject::event("com.example.made");
    let payload = vec![0, 159, 146, 150];
    let sent = Outgoing::new(subject.clone(), payload.clone())
        .with_header("ce-source", "/käse?a=1")
        .with_header("Weir-Mixed", "a: b");
    let published = bus.publish(sent).await.unwrap();
    let stored = bus.last(Stream::Events, &subject).await.unwrap().unwrap();
    assert_eq!(stored.stream, Stream::Events);
    assert_eq!(stored.sequence, published.sequence);
    assert_eq!(stored.subject, subject.as_str());
    assert_eq!(stored.payload, payload);
    assert_eq!(stored.header("CE-Source"), Some("/käse?a=1"));
    assert!(
        stored.headers.contains_key("Weir-Mixed"),
        "header names keep their case: {:?}",
        stored.headers
    );
    assert_eq!(stored.header("Weir-None"), None);
    assert!(stored.stored_at_ms > 0);

    bus.publish(text(&subject, "")).await.unwrap();
    let stored = bus.last(Stream::Events, &subject).await.unwrap().unwrap();
    assert_eq!(body(&stored), "");
    assert!(stored.headers.is_empty(), "{:?}", stored.headers);
}

async fn an_id_counts_once(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let subject = Subject::actions(&function("http"));
    let first = text(&subject, "first").with_id("same");
    let first = bus.publish(first).await.unwrap();
    let again = text(&subject, "again").with_id("same");
    let again = bus.publish(again).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(again.sequence, first.sequence);
    let other = text(&subject, "other").with_id("other");
    assert!(!bus.publish(other).await.unwrap().duplicate);
    let kept = bus.all(Stream::Actions, &subject).await.unwrap();
    assert_eq!(texts(&kept), ["first", "other"]);
}

async fn expectations_fence(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let subject = journal(1);
    let first = text(&subject, "1").expecting(0);
    let first = bus.publish(first).await.unwrap().sequence;
    bus.publish(text(&journal(2), "x")).await.unwrap();

    for stale in [0, first + 1, first + 1000] {
        let refused = bus.publish(text(&subject, "no").expecting(stale)).await;
        assert!(
            matches!(refused, Err(BusError::Conflict(_))),
            "expecting {stale} while the last is {first}: {refused:?}"
        );
    }
    let second = text(&subject, "2").expecting(first).with_id("second");
    let sequence = bus.publish(second.clone()).await.unwrap().sequence;
    // Which of the two is looked at first depends on the broker: a sender that cannot know whether
    // it was heard must read.
    match bus.publish(second).await {
        Ok(repeated) => {
            let duplicate = true;
            let original = Published {
                sequence,
                duplicate,
            };
            assert_eq!(repeated, original);
        }
        Err(BusError::Conflict(_)) => {}
        Err(error) => panic!("a repetition of a fenced message: {error}"),
    }
    let kept = bus.all(Stream::Journal, &subject).await.unwrap();
    assert_eq!(texts(&kept), ["1", "2"]);
}

async fn batches_keep_their_order(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let subject = journal(1);
    let numbers: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    let batch = numbers.iter().map(|n| text(&subject, n)).collect();
    bus.publish_all(batch).await.unwrap();
    bus.publish_all(Vec::new()).await.unwrap();
    let kept = bus.all(Stream::Journal, &subject).await.unwrap();
    assert_eq!(texts(&kept), numbers);
}

async fn one_refusal_holds_back_no_other(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let subject = journal(1);
    let batch = vec![
        text(&subject, "before"),
        text(&journal(2), "fenced").expecting(7),
        text(&subject, "after"),
    ];
    let refused = bus.publish_all(batch).await;
    assert!(matches!(refused, Err(BusError::Conflict(_))), "{refused:?}");
    let kept = bus.all(Stream::Journal, &subject).await.unwrap();
    assert_eq!(texts(&kept), ["before", "after"]);
}

async fn too_large_is_refused(harness: &dyn Harness) {
    let bus = harness.bus().await;
    let max = bus.payload_bytes_max();
    let of_size = |size| Outgoing::new(outcome(1), vec![b'x'; size]).with_id("large");
    let refused = bus.publish(of_size(max + 1)).await;
    match refused {
        Err(BusError::TooLarge { size, size_max }) => {
            assert_eq!((size, size_max), (max + 1, max));
        }
        other => panic!("one byte too many: {other:?}"),
    }
    let refused = bus.publish_all(vec![of_size(max + 1)]).await;
    assert!(
        matches!(refused, Err(BusError::TooLarge { .. })),
        "{refused:?}"
    );
    bus.publish(of_size(max)).await.unwrap();
}
