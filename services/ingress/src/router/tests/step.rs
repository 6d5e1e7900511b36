//! Single messages and what they lead to.

use std::sync::RwLock;

use super::{
    super::{
        index::Index,
        step::{Step, step},
        window::WindowLimits,
    },
    *,
};

/// What the last of these messages leads to, after an index has read all of them.
fn last(messages: &[Stored]) -> Step {
    let mut index = Index::new(WindowLimits::default(), true);
    let programs = Programs::shared();
    for message in messages {
        programs.apply(&mut index, message);
    }
    step(&RwLock::new(index), messages.last().unwrap())
}

#[track_caller]
fn published(step: Step) -> Vec<Outgoing> {
    match step {
        Step::Publish { messages, .. } => messages,
        Step::Bury(_) | Step::Scan(_) => panic!("{step:?}"),
    }
}

/// Numbers of the instances that get the event.
fn received_by(messages: &[Stored]) -> Vec<u64> {
    let published = published(last(messages));
    let to: Vec<String> = published.iter().map(|message| receipt(message).0).collect();
    (0..10)
        .filter(|number| to.contains(&instance(*number).to_string()))
        .collect()
}

#[test]
fn an_event_finds_those_who_expect_its_key() {
    let open =
        |sequence, reference, order| opened(sequence, 10, &listen(sequence, reference, 0, order));
    let history = [
        open(1, KEYED, 7),
        open(2, KEYED, 8),
        open(3, EITHER, 7),
        open(4, EITHER, 8),
        open(5, EVERY, 0),
        open(6, CONTEXTUAL, 0),
    ];
    let and = |message| [&history[..], &[message]].concat();
    assert_eq!(received_by(&and(event(7, 10, "paid", 7))), [1, 3, 5]);
    assert_eq!(received_by(&and(event(7, 10, "paid", 8))), [2, 4, 5]);
    assert_eq!(received_by(&and(event(7, 10, "paid", 9))), [5]);
    // The engine knows the context; and to `either` it is the failure that counts, not the order.
    assert_eq!(received_by(&and(event(7, 10, "failed", 9))), [3, 4, 5, 6]);
    assert_eq!(received_by(&and(event(7, 10, "other", 7))), [5]);
}

#[test]
fn numbers_are_equal_however_they_are_written() {
    let one = opened(1, 10, &listen(1, KEYED, 0, 7));
    let mut paid = event(2, 10, "paid", 7);
    let text = String::from_utf8(paid.payload.to_vec()).unwrap();
    paid.payload = text.replace("\"order\":7", "\"order\":7.0").into();
    assert_eq!(received_by(&[one, paid]), [1]);
}

#[test]
fn a_subscription_finds_the_events_before_it() {
    let history = [
        event(1, 10, "paid", 7),
        event(2, 20, "paid", 8),
        event(3, 20, "paid", 7),
        event(4, 30, "failed", 7),
        event(5, 30, "paid", 7),
    ];
    let finds = |reference, since, order| {
        let open = opened(6, 40, &listen(1, reference, since, order));
        let published = published(last(&[&history[..], &[open]].concat()));
        published
            .iter()
            .map(|message| receipt(message).1)
            .collect::<Vec<_>>()
    };
    assert_eq!(finds(KEYED, 20, 7), ["e3", "e5"]);
    assert_eq!(finds(KEYED, 0, 7), ["e1", "e3", "e5"]);
    assert_eq!(finds(KEYED, 31, 7), Vec::<String>::new());
    assert_eq!(finds(EITHER, 20, 8), ["e2", "e4"]);
    assert_eq!(finds(EVERY, 20, 0), ["e2", "e3", "e4", "e5"]);
    assert_eq!(finds(CONTEXTUAL, 0, 0), ["e4"]);
}

#[test]
fn an_event_starts_an_instance_with_its_data() {
    let history = [
        opened(1, 10, &trigger("1.0.0", None)),
        event(2, 20, "placed", 7),
    ];
    let messages = published(last(&history));
    let id = InstanceId::for_event(&workflow("1.0.0"), "/shop", "e2");
    assert_eq!(messages[0].id, Some(format!("start/{id}")));
    let payload: Value = serde_json::from_slice(&messages[0].payload).unwrap();
    let expected = json!({"workflow": {"namespace": "shop", "name": "order", "version": "1.0.0"},
        "input": [{"order": 7}], "since": 20});
    assert_eq!(payload, expected);
}

#[test]
fn a_trigger_looks_back_only_over_the_one_it_replaced() {
    let starts = |messages: &[Stored], index: usize| {
        let mut index_ = Index::new(WindowLimits::default(), true);
        let programs = Programs::shared();
        for message in messages {
            programs.apply(&mut index_, message);
        }
        let step = step(&RwLock::new(index_), &messages[index]);
        published(step)
            .iter()
            .map(|message| receipt(message).0)
            .collect::<Vec<_>>()
    };
    // Both messages are read, then the event is dealt with.
    let first = [
        event(1, 10, "placed", 7),
        opened(2, 20, &trigger("1.0.0", None)),
    ];
    assert_eq!(starts(&first, 0), Vec::<String>::new());
    let replaced = [
        opened(1, 10, &trigger("1.0.0", None)),
        event(2, 20, "placed", 7),
        opened(3, 30, &trigger("1.1.0", Some(10))),
    ];
    assert_eq!(starts(&replaced, 1), ["start 1.1.0"]);
    assert_eq!(starts(&replaced, 2), Vec::<String>::new());
}

#[test]
fn an_instance_does_not_hear_the_event_that_started_it() {
    let placed = event(1, 10, "placed", 7);
    let mut every = listen(0, EVERY, 10, 0);
    let Listener::Instance { instance, .. } = &mut every.listener else {
        panic!("not an instance's");
    };
    *instance = InstanceId::for_event(&workflow("1.0.0"), "/shop", "e1").to_string();
    let history = [
        placed.clone(),
        event(2, 11, "other", 7),
        opened(3, 12, &every),
    ];
    let messages = published(last(&history));
    let ids: Vec<_> = messages.iter().map(|message| receipt(message).1).collect();
    assert_eq!(ids, ["e2"]);
    // Nor when the broker delivers it once more.
    let mut again = placed;
    again.sequence = 4;
    let messages = published(last(&[&history[..], &[again]].concat()));
    assert_eq!(messages, []);
}

#[test]
fn the_closed_and_the_expired_get_nothing() {
    let one = listen(1, KEYED, 0, 7);
    let history = [
        opened(1, 10, &one),
        closed(2, 20, &one),
        event(3, 30, "paid", 7),
    ];
    assert_eq!(received_by(&history), Vec::<u64>::new());
    assert_eq!(published(last(&history[..2])), []);

    let mut short = opened(1, 10, &one);
    short.headers.insert("Nats-TTL".to_owned(), "2s".to_owned());
    let before = [short.clone(), event(2, 2_009, "paid", 7)];
    assert_eq!(received_by(&before), [1]);
    assert_eq!(
        received_by(&[short, event(2, 2_010, "paid", 7)]),
        Vec::<u64>::new()
    );
}

#[test]
fn what_cannot_be_read_is_buried_with_the_reason() {
    for (message, reason) in [
        (
            stored(1, 0, "weir.events.a", "nonsense"),
            "not a CloudEvent",
        ),
        (stored(1, 0, "weir.events.a", "{}"), "`specversion`"),
        (
            stored(1, 0, "weir.subscriptions.a.1", "{"),
            "unreadable subscription",
        ),
    ] {
        let step = last(&[message]);
        let Step::Bury(said) = &step else {
            panic!("{step:?}");
        };
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn traces_go_on() {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut paid = event(2, 10, "paid", 7);
    paid.headers
        .insert("traceparent".to_owned(), traceparent.to_owned());
    let messages = published(last(&[opened(1, 10, &listen(1, KEYED, 0, 7)), paid]));
    assert_eq!(
        messages[0].headers.get("traceparent").map(String::as_str),
        Some(traceparent)
    );
}
