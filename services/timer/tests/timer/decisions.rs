//! Given inputs, when time passes, then these fire.

use serde_json::{Value, json};
use weir_protocol::header;
use weir_timer::{Fire, Input, Timers};

use crate::support::{TRACEPARENT, armed, armed_at, armed_by, disarmed, instance, number_of};

/// Timers that have caught up.
fn timers(inputs: impl IntoIterator<Item = Input>) -> Timers {
    let mut timers = Timers::new();
    for input in inputs {
        assert_eq!(timers.step(input, 0), []);
    }
    assert_eq!(timers.step(Input::CaughtUp, 0), []);
    timers
}

fn numbers(fires: &[Fire]) -> Vec<u64> {
    fires.iter().map(number_of).collect()
}

#[test]
fn a_timer_fires_when_it_is_due_and_once() {
    let mut timers = timers([armed(1, 100)]);
    assert_eq!(timers.next_due(), Some(100));
    assert_eq!(timers.step(Input::Tick, 99), []);
    assert_eq!(numbers(&timers.step(Input::Tick, 100)), [1]);
    assert_eq!(timers.next_due(), None);
    assert_eq!(timers.step(Input::Stored, 101), []);
    assert_eq!(timers.step(Input::Tick, 1_000_000), []);
    assert_eq!(timers.next_due(), None);
}

#[test]
fn a_later_message_supersedes_whether_it_is_due_earlier_or_later() {
    let mut timers = timers([armed(1, 100), armed(1, 200), armed(2, 200), armed(2, 100)]);
    assert_eq!(timers.len(), 2);
    assert_eq!(numbers(&timers.step(Input::Tick, 100)), [2]);
    assert_eq!(timers.step(Input::Stored, 199), []);
    assert_eq!(timers.next_due(), Some(200));
    assert_eq!(numbers(&timers.step(Input::Tick, 200)), [1]);
}

#[test]
fn a_disarmed_timer_does_not_fire() {
    let mut timers = timers([armed(1, 100), disarmed(1), disarmed(2), armed(3, 300)]);
    assert_eq!(timers.next_due(), Some(300));
    assert_eq!(timers.step(Input::Tick, 299), []);
    assert_eq!(timers.step(disarmed(3), 299), []);
    assert_eq!(timers.step(Input::Tick, 1000), []);
    assert!(timers.is_empty());
}

#[test]
fn a_timer_that_is_armed_late_fires_at_once() {
    let mut timers = timers([]);
    assert_eq!(numbers(&timers.step(armed(1, 100), 500)), [1]);
}

#[test]
fn nothing_fires_before_all_timers_are_known() {
    let mut timers = Timers::new();
    for input in [
        armed(1, 300),
        armed(2, 100),
        armed(3, 200),
        armed(2, 5000),
        disarmed(1),
    ] {
        assert_eq!(timers.step(input, 1000), []);
        assert_eq!(timers.next_due(), None);
    }
    assert_eq!(timers.step(armed(4, 100), 1000), []);
    assert_eq!(numbers(&timers.step(Input::CaughtUp, 1000)), [4, 3]);
    assert_eq!(timers.step(Input::Stored, 1000), []);
    assert_eq!(timers.next_due(), Some(5000));
}

#[test]
fn a_fired_timer_fires_again_only_if_another_revision_arms_it() {
    let mut timers = timers([armed_by(5, 1, 100)]);
    assert_eq!(numbers(&timers.step(Input::Tick, 100)), [1]);
    assert_eq!(timers.step(Input::Stored, 100), []);
    // The scheduler repeats itself.
    assert_eq!(timers.step(armed_by(5, 1, 100), 200), []);
    let fires = timers.step(armed_by(6, 1, 100), 200);
    assert_eq!(numbers(&fires), [1]);
    assert_eq!(
        fires[0].message().id,
        Some(format!("timeout/{}/100/6", instance(1)))
    );
}

#[test]
fn a_timer_that_is_set_again_after_its_end_was_forgotten_fires_under_another_id() {
    let mut timers = timers([armed_at(8, 5, 1, 100)]);
    let first = timers.step(Input::Tick, 100);
    timers.step(Input::Stored, 100);
    timers.step(disarmed(1), 110);
    let again = timers.step(armed_at(9, 5, 1, 100), 65_000);
    assert_eq!(numbers(&again), [1]);
    assert_ne!(again[0].message().id, first[0].message().id);
}

#[test]
fn a_message_that_was_overtaken_arms_nothing() {
    let mut timers = timers([armed_by(5, 1, 100), armed_by(4, 1, 50)]);
    assert_eq!(timers.next_due(), Some(100));
    assert_eq!(numbers(&timers.step(Input::Tick, 100)), [1]);
    assert_eq!(timers.step(Input::Stored, 100), []);
    assert_eq!(timers.step(armed_by(4, 1, 50), 100), []);
}

#[test]
fn one_batch_after_another_in_order() {
    let count = Timers::BATCH_MAX as u64 * 3 + 1;
    let mut timers = timers((0..count).rev().map(|number| armed(number, 100 + number)));
    let now = 100 + count;
    let mut fired = Vec::new();
    let mut batch = timers.step(Input::Tick, now);
    let mut batches = 0;
    while !batch.is_empty() {
        assert!(batch.len() <= Timers::BATCH_MAX);
        assert_eq!(timers.step(Input::Tick, now), [], "one at a time");
        assert_eq!(timers.next_due(), None);
        batches += 1;
        fired.extend(numbers(&batch));
        batch = timers.step(Input::Stored, now);
    }
    assert_eq!(batches, 4);
    assert!(fired.is_sorted());
    assert_eq!(fired.len() as u64, count);
}

#[test]
fn after_a_restart_what_was_missed_fires_with_the_same_id() {
    let mut first = timers([armed(1, 100), armed(2, 900)]);
    let before = first.step(Input::Tick, 100);
    let mut second = Timers::new();
    for input in [armed(1, 100), armed(2, 900)] {
        assert_eq!(second.step(input, 500), []);
    }
    let after = second.step(Input::CaughtUp, 500);
    assert_eq!(numbers(&after), [1]);
    assert_eq!(after[0].message().id, before[0].message().id);
    assert_eq!(after[0].message().subject, before[0].message().subject);
}

#[test]
fn a_timeout_says_what_is_over_and_since_when() {
    let message = timers([armed(7, 100)]).step(Input::Tick, 103)[0].message();
    let id = instance(7);
    assert_eq!(
        message.subject.as_str(),
        format!("weir.inbox.shop.order.{id}.timeout")
    );
    assert_eq!(message.id, Some(format!("timeout/{id}/100/1")));
    assert_eq!(message.headers[header::TRACEPARENT], TRACEPARENT);
    assert_eq!(
        serde_json::from_slice::<Value>(&message.payload).unwrap(),
        json!({ "due": 100, "reference": "/do/0/wait", "firedAt": 103 })
    );
}

#[test]
fn a_hundred_thousand_timers_fire_in_order_and_never_early() {
    const COUNT: u64 = 100_000;
    // A permutation: the multiplier and the count have no common factor.
    let due = |number: u64| 1 + number * 70_001 % COUNT;
    let mut timers = timers((0..COUNT).map(|number| armed(number, due(number))));
    let mut fired = 0;
    while let Some(now) = timers.next_due() {
        let batch = timers.step(Input::Tick, now);
        assert!(
            batch
                .iter()
                .all(|fire| fire.due == now && fire.fired_at == now)
        );
        fired += batch.len() as u64;
        assert_eq!(timers.step(Input::Stored, now), []);
    }
    assert_eq!(fired, COUNT);
}
