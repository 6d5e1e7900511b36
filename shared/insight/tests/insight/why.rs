//! Given a history, when somebody asks, then this is said.

use insta::assert_snapshot;
use serde_json::json;
use weir_engine::Message;
use weir_insight::WaitKind;

use crate::{Told, done, event, refused};

const ORDER: &str = include_str!("../../../../examples/order.yaml");

fn order() -> Told {
    let placed = json!([{"orderId": "o'1", "shop": "http://shop", "amount": 7, "items": []}]);
    Told::started(ORDER, placed)
}

const RETRIED: &str = "
do:
- buy:
    try:
    - pay: {call: http, with: {method: post, endpoint: 'http://shop/pay'}, timeout: {after: PT10S}}
    catch:
      errors: {with: {status: 503}}
      retry: {delay: PT30S, limit: {attempt: {count: 2}}}
- ship: {run: {shell: {command: 'ship it'}}}
";

#[test]
fn an_action_is_named_with_its_attempt_and_what_comes_if_nothing_does() {
    assert_snapshot!(order().why(1_500).text(92), @r"
    It has run for 1.5 s, 2 of at most 15 steps, and waits for one thing. It ends by
    2026-01-01T01:00:00Z (in 59 min 58.5 s) at the latest.

    `reserve` (/do/0/reserveStock/try/0/reserve) asked for `POST http://shop/stock/reservations`
    1.5 s ago and has no outcome yet: whoever serves `weir.actions.http` does it (action
    0199f000-0000-7000-8000-000000000001/do/0/reserveStock/try/0/reserve/2). It is attempt 1 of
    at most 5 of `reserveStock`. If nothing comes by 2026-01-01T00:00:10Z (in 8.5 s), its
    timeout passes: the workflow faults, as nothing catches the error: the task took longer than
    its timeout (status 408) at /do/0/reserveStock/try/0/reserve.
    ");
}

#[test]
fn two_branches_wait_for_two_things() {
    let told = order()
        .answered("reserve", 200, done(json!({"id": "r-1"})))
        .answered("capture", 300, done(json!({})));
    let why = told.why(60_000);
    assert_snapshot!(why.text(92), @r#"
    It has run for 1 min 500 ms, 7 of at most 15 steps, and waits for 2 things at the same time.
    It ends by 2026-01-01T01:00:00Z (in 58 min 59.5 s) at the latest.

    `label` (/do/1/settle/fork/branches/1/label) asked for the command `printf 'Order %s, %s
    items' "$1" "$2"` 1 min 300 ms ago and has no outcome yet: whoever serves
    `weir.actions.shell` does it (action
    0199f000-0000-7000-8000-000000000001/do/1/settle/fork/branches/1/label/5). If nothing comes
    by 2026-01-01T00:05:00.200Z (in 3 min 59.7 s), its timeout passes: the workflow faults, as
    nothing catches the error: the task took longer than its timeout (status 408) at
    /do/1/settle/fork/branches/1/label.

    `confirmation` (/do/1/settle/fork/branches/0/payment/try/1/confirmation) waits for an event
    of the type `com.example.payment.captured`, where `.data.orderId` is "o'1" (`order`). If
    nothing comes by 2026-01-01T00:15:00.500Z (in 14 min), its timeout passes: `payment` catches
    the error: the task took longer than its timeout (status 408) at
    /do/1/settle/fork/branches/0/payment/try/1/confirmation; `notCaptured` comes next.
    Publish it on any subject below `weir.events`, over HTTP, or with
      weir send com.example.payment.captured --data '{"orderId":"o'\''1"}'
    "#);
    let kinds: Vec<_> = why.waits.iter().map(|wait| wait.kind).collect();
    assert_eq!(kinds, [WaitKind::Action, WaitKind::Event]);
}

#[test]
fn between_attempts_the_last_error_and_the_next_attempt_are_said() {
    let told = Told::started(RETRIED, json!(null)).answered("pay", 1_000, refused(503));
    assert_snapshot!(told.why(10_000).text(92), @r"
    It has run for 11 s, 2 of at most 5 steps, and waits for one thing. It ends by
    2026-01-08T00:00:00Z (in 6 d 23 h) at the latest.

    `buy` (/do/0/buy) tries again at 2026-01-01T00:00:31Z (in 20 s): attempt 2 of at most 3. The
    one before failed 10 s ago: the shop is closed (status 503) at /do/0/buy/try/0/pay. Then:
    `buy` tries again; `pay` comes next.
    ");
    // The timer of the attempt that failed fires for nothing first.
    let again = told.next().next();
    assert_snapshot!(again.why(1_000).text(92), @r"
    It has run for 32 s, 3 of at most 5 steps, and waits for one thing. It ends by
    2026-01-08T00:00:00Z (in 6 d 23 h) at the latest.

    `pay` (/do/0/buy/try/0/pay) asked for `POST http://shop/pay` 1 s ago and has no outcome yet:
    whoever serves `weir.actions.http` does it (action
    0199f000-0000-7000-8000-000000000001/do/0/buy/try/0/pay/3). It is attempt 2 of at most 3 of
    `buy`. The one before failed 31 s ago: the shop is closed (status 503) at
    /do/0/buy/try/0/pay. If nothing comes by 2026-01-01T00:00:41Z (in 9 s), its timeout passes:
    the workflow faults, as nothing catches the error: the task took longer than its timeout
    (status 408) at /do/0/buy/try/0/pay.
    ");
}

#[test]
fn what_nothing_catches_faults_the_workflow() {
    let told = Told::started(RETRIED, json!(null)).answered("pay", 1_000, refused(500));
    assert_snapshot!(told.why(0).text(92), @r"
    It faulted at 2026-01-01T00:00:01Z, after 1 s and 2 of at most 5 steps: the shop is closed
    (status 500) at /do/0/buy/try/0/pay. Nothing caught that error.
    ");
    let cancel = Message::CancelInstance {
        reason: Some("closed".to_owned()),
    };
    let cancelled = Told::started(RETRIED, json!(null)).then(5_000, cancel);
    assert_snapshot!(cancelled.why(0).text(92), @r"
    It was cancelled at 2026-01-01T00:00:05Z, after 5 s and 2 of at most 5 steps: closed.
    ");
    let completed = Told::started("do: [a: {wait: PT1S}]", json!(1)).next();
    assert_snapshot!(completed.why(0).text(92), @r"
    It completed at 2026-01-01T00:00:01Z, after 1 s and 1 of at most 1 steps.
    ");
}

#[test]
fn a_wait_says_what_follows() {
    let told = Told::started(
        "do: [a: {wait: PT1H}, b: {set: {x: 1}}, c: {wait: PT1H}]",
        json!(1),
    );
    assert_snapshot!(told.why(600_000).text(92), @r"
    It has run for 10 min, 1 of at most 3 steps, and waits for one thing. It ends by
    2026-01-08T00:00:00Z (in 6 d 23 h) at the latest.

    `a` (/do/0/a) waits until 2026-01-01T01:00:00Z (in 50 min). Then: `b` and `c` come next.
    ");
}

#[test]
fn a_timer_that_is_late_is_told() {
    let told = Told::started("do: [a: {wait: PT1S}]", json!(1));
    let summary = told.why(61_000).summary;
    assert!(summary.contains("Its timer is 1 min late"), "{summary}");
    assert!(!told.why(3_000).summary.contains("Its timer"));
}

#[test]
fn of_several_events_those_that_are_missing_are_named() {
    let both = "
do:
- both:
    listen:
      to:
        all:
        - with: {type: heat, data: '${ . > 38 }'}
        - with: {type: pulse, source: /ward/7, subject: bed 1}
          correlate: {room: {from: .room}, patient: {from: .data.who.id, expect: '${ .id }'}}
";
    let told = Told::started(both, json!({"id": 7}));
    assert_snapshot!(told.why(0).text(92), @r#"
    It has run for 0 ms, 1 of at most 1 steps, and waits for one thing. It ends by
    2026-01-08T00:00:00Z (in 7 d) at the latest.

    `both` (/do/0/both) waits for 2 more events: an event of the type `heat`, where `data`
    satisfies `. > 38` and an event of the type `pulse`, where `source` is "/ward/7", `subject`
    is "bed 1", `.data.who.id` is 7 (`patient`) and `.room` has a value (`room`, the same for
    all). If nothing comes by 2026-01-02T00:00:00Z (in 1 d), its timeout passes: the workflow
    faults, as nothing catches the error: the task took longer than its timeout (status 408) at
    /do/0/both.
    Publish it on any subject below `weir.events`, over HTTP, or with
      weir send heat
    "#);
    let told = told.then(5_000, event("heat", &json!(39)));
    assert_snapshot!(told.why(0).text(92), @r#"
    It has run for 5 s, 1 of at most 1 steps, and waits for one thing. It ends by
    2026-01-08T00:00:00Z (in 6 d 23 h) at the latest.

    `both` (/do/0/both) waits for an event of the type `pulse`, where `source` is "/ward/7",
    `subject` is "bed 1", `.data.who.id` is 7 (`patient`) and `.room` has a value (`room`, the
    same for all). So far it has taken 1 event. If nothing comes by 2026-01-02T00:00:00Z (in 23
    h 59 min), its timeout passes: the workflow faults, as nothing catches the error: the task
    took longer than its timeout (status 408) at /do/0/both.
    Publish it on any subject below `weir.events`, over HTTP, or with
      weir send pulse --source /ward/7 --subject 'bed 1' --data '{"who":{"id":7}}'
    "#);
}

#[test]
fn what_ends_a_listen_is_said() {
    let until = "
do:
- hear: {listen: {to: {any: [{with: {type: 'a.*'}}], until: 'length > 3'}}, foreach: {do: [{note: {wait: PT1S}}]}}
";
    let told = Told::started(until, json!(null)).then(5_000, event("ab", &json!(39)));
    assert_snapshot!(told.why(0).text(92), @r"
    It has run for 5 s, 2 of at most 1001 steps, and waits for 2 things at the same time. It
    ends by 2026-01-08T00:00:00Z (in 6 d 23 h) at the latest.

    `hear` (/do/0/hear) waits for an event whose type matches `a.*`. So far it has taken 1
    event. It goes on until `length > 3` is true of what came, or 1000 events have come. If
    nothing comes by 2026-01-02T00:00:00Z (in 23 h 59 min), its timeout passes: the workflow
    faults, as nothing catches the error: the task took longer than its timeout (status 408) at
    /do/0/hear.
    Publish it on any subject below `weir.events`, over HTTP, or with
      weir send TYPE

    `note` (/do/0/hear/foreach/do/0/note) waits until 2026-01-01T00:00:06Z (in 1 s). Then: what
    it is part of goes on.
    ");
    let until = "do: [hear: {listen: {to: {any: [], until: {one: {with: {type: stop}}}}}}]";
    assert_snapshot!(Told::started(until, json!(null)).why(0).text(92), @r"
    It has run for 0 ms, 1 of at most 1 steps, and waits for one thing. It ends by
    2026-01-08T00:00:00Z (in 7 d) at the latest.

    `hear` (/do/0/hear) waits for an event. It ends with an event of the type `stop`. If nothing
    comes by 2026-01-02T00:00:00Z (in 1 d), its timeout passes: the workflow faults, as nothing
    catches the error: the task took longer than its timeout (status 408) at /do/0/hear.
    Publish it on any subject below `weir.events`, over HTTP, or with
      weir send TYPE
    ");
}
