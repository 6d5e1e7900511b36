//! `listen` and `emit`.

use serde_json::{Value, json};
use weir_engine::{Command, Ignored, Status, Subscription};

use crate::world::{EPOCH, World, cloud_event};

fn listening(listen: &str, input: Value) -> World {
    let mut world = World::new(&format!(
        "do:\n- rest: {{wait: {{seconds: 9}}}}\n- hear: {{listen: {listen}}}\n"
    ));
    world.start(input);
    world.fire();
    world
}

fn opened(world: &World) -> Subscription {
    let opened = world.commands.iter().find_map(|command| match command {
        Command::OpenSubscription { subscription, .. } => Some(subscription.clone()),
        _ => None,
    });
    opened.unwrap()
}

#[test]
fn one_event_is_an_array_of_its_data() {
    let mut world = listening("{to: {one: {with: {type: a}}}}", json!(0));
    assert_eq!(world.state.status, Status::Waiting);
    world.receive(cloud_event("b", "1", json!({"n": 1})));
    assert_eq!(world.ignored, Some(Ignored::NotListening));
    world.receive(cloud_event("a", "2", json!({"n": 2})));
    assert_eq!(world.output(), json!([{"n": 2}]));
    assert!(
        world
            .commands
            .iter()
            .any(|command| matches!(command, Command::CloseSubscription { .. }))
    );
}

#[test]
fn events_can_be_read_whole_or_raw() {
    let event = cloud_event("a", "1", json!({"n": 1}));
    let mut world = listening("{to: {one: {with: {type: a}}}, read: envelope}", json!(0));
    world.receive(event.clone());
    assert_eq!(world.output(), json!([event]));
    let mut world = listening("{to: {one: {with: {type: a}}}, read: raw}", json!(0));
    world.receive(event);
    assert_eq!(world.output(), json!(["{\"n\":1}"]));
}

#[test]
fn binary_data_are_read_as_base64() {
    let event = json!({"specversion": "1.0", "type": "a", "source": "/s", "id": "1", "data_base64": "AAE="});
    for read in ["data", "raw"] {
        let mut world = listening(
            &format!("{{to: {{one: {{with: {{type: a}}}}}}, read: {read}}}"),
            json!(0),
        );
        world.receive(event.clone());
        assert_eq!(world.output(), json!(["AAE="]));
    }
}

#[test]
fn any_takes_the_first_and_without_filters_every_event() {
    let mut world = listening(
        "{to: {any: [{with: {type: a}}, {with: {type: b}}]}}",
        json!(0),
    );
    world.receive(cloud_event("b", "1", json!(1)));
    assert_eq!(world.output(), json!([1]));
    let mut world = listening("{to: {any: []}}", json!(0));
    world.receive(cloud_event("whatever", "1", json!(1)));
    assert_eq!(world.output(), json!([1]));
}

#[test]
fn all_takes_one_for_each_filter_in_order_of_arrival() {
    let mut world = listening(
        "{to: {all: [{with: {type: a}}, {with: {type: b}}]}}",
        json!(0),
    );
    world.receive(cloud_event("b", "1", json!("b1")));
    world.receive(cloud_event("b", "2", json!("b2")));
    assert_eq!(world.ignored, Some(Ignored::NotListening));
    world.receive(cloud_event("b", "1", json!("b1")));
    assert_eq!(world.ignored, Some(Ignored::AlreadyConsumed));
    world.receive(cloud_event("a", "3", json!("a3")));
    assert_eq!(world.output(), json!(["b1", "a3"]));
}

#[test]
fn a_filter_can_test_attributes_and_data_and_use_variables() {
    let mut world = listening(
        "{to: {one: {with: {source: /test, data: '${ .n > 38 }', tenant: '${ . == $input }'}}}}",
        json!("me"),
    );
    let event = |id: &str, n: Value, tenant: &str| {
        let mut event = cloud_event("a", id, json!({"n": n}));
        event["tenant"] = tenant.into();
        event
    };
    for wrong in [
        event("1", json!(38), "me"),
        event("2", json!(39), "you"),
        cloud_event("a", "3", json!("no object")),
    ] {
        world.receive(wrong);
        assert_eq!(world.ignored, Some(Ignored::NotListening));
    }
    world.receive(event("4", json!(39), "me"));
    assert_eq!(world.output(), json!([{"n": 39}]));
}

#[test]
fn a_correlation_expects_what_the_input_says() {
    let mut world = listening(
        "{to: {one: {with: {type: paid}, correlate: {order: {from: .data.order, expect: '${ .id }'}}}}}",
        json!({"id": 7}),
    );
    let subscription = opened(&world);
    assert_eq!(subscription.expected[0]["order"], json!(7));
    // It looks back to the instance's start: the answer may be here before the question is over.
    assert_eq!(subscription.since, EPOCH);
    for (id, order) in [("1", json!(8)), ("2", json!(null)), ("3", json!("7"))] {
        world.receive(cloud_event("paid", id, json!({"order": order})));
        assert_eq!(world.ignored, Some(Ignored::NotListening));
    }
    world.receive(cloud_event("paid", "4", json!({"order": 7})));
    assert_eq!(world.output(), json!([{"order": 7}]));
}

#[test]
fn an_expected_null_never_matches() {
    let mut world = listening(
        "{to: {one: {with: {type: a}, correlate: {k: {from: .data, expect: '${ .missing }'}}}}}",
        json!({}),
    );
    world.receive(cloud_event("a", "1", json!(null)));
    assert_eq!(world.ignored, Some(Ignored::NotListening));
}

#[test]
fn the_first_events_key_is_expected_of_the_others() {
    let filter =
        |type_| format!("{{with: {{type: {type_}}}, correlate: {{k: {{from: .data.k}}}}}}");
    let mut world = listening(
        &format!("{{to: {{all: [{}, {}]}}}}", filter("a"), filter("b")),
        json!(0),
    );
    world.receive(cloud_event("b", "1", json!({"k": 1})));
    world.receive(cloud_event("a", "2", json!({"k": 2})));
    assert_eq!(world.ignored, Some(Ignored::NotListening));
    world.receive(cloud_event("a", "3", json!({"k": 1})));
    assert_eq!(world.output(), json!([{"k": 1}, {"k": 1}]));
}

#[test]
fn a_listen_without_correlation_looks_back_for_a_second() {
    let world = listening("{to: {one: {with: {type: a}}}}", json!(0));
    assert_eq!(opened(&world).since, EPOCH.plus_ms(8_000));
    let mut at_once = World::new("do:\n- hear: {listen: {to: {one: {with: {type: a}}}}}\n");
    at_once.start(json!(0));
    assert_eq!(opened(&at_once).since, EPOCH);
}

#[test]
fn one_event_serves_every_open_listen_but_no_later_one() {
    let mut world = World::new(
        "\
do:
- both:
    fork:
      branches:
      - x: {listen: {to: {one: {with: {type: a}}}}}
      - y:
          do:
          - hear: {listen: {to: {any: [{with: {type: b}}, {with: {type: a}}]}}}
          - again: {listen: {to: {one: {with: {type: a}}}}}
",
    );
    world.start(json!(0));
    world.receive(cloud_event("a", "1", json!(1)));
    assert_eq!(world.state.status, Status::Waiting);
    world.receive(cloud_event("a", "1", json!(1)));
    assert_eq!(world.ignored, Some(Ignored::AlreadyConsumed));
    world.receive(cloud_event("a", "2", json!(2)));
    assert_eq!(world.output(), json!([[1], [2]]));
}

#[test]
fn a_listen_times_out() {
    let world = World::ran(
        "do:\n- hear: {listen: {to: {one: {with: {type: a}}}}, timeout: {after: {minutes: 15}}}\n",
        json!(0),
    );
    assert_eq!(world.error().status, 408);
    assert_eq!(world.elapsed_ms(), 900_000);
}

#[test]
fn emit_outputs_the_event_it_publishes() {
    let world = World::ran(
        "do:\n- tell: {emit: {event: {with: {source: 'https://x', type: greeted, data: {hello: '${ .name }'}, tenant: t}}}}\n",
        json!({"name": "Ann"}),
    );
    let event = json!({
        "specversion": "1.0",
        "id": "0199f000-0000-7000-8000-000000000001/1",
        "source": "https://x",
        "type": "greeted",
        "time": "2026-01-01T00:00:00.000Z",
        "data": {"hello": "Ann"},
        "tenant": "t",
    });
    assert_eq!(world.output(), event);
    assert_eq!(world.published.len(), 1);
    assert_eq!(world.published[0].as_value(), &event);
}

#[test]
fn emit_keeps_what_is_given_and_names_the_workflow_as_source() {
    let world = World::ran(
        "do:\n- tell: {emit: {event: {with: {type: t, id: mine, time: '2020-01-01T00:00:00Z'}}}}\n",
        json!(0),
    );
    assert_eq!(
        world.output(),
        json!({
            "specversion": "1.0", "id": "mine", "source": "/test/flow/1.0.0", "type": "t",
            "time": "2020-01-01T00:00:00Z",
        })
    );
}

#[test]
fn emit_refuses_attributes_that_no_event_can_have() {
    for with in [
        "{type: '${ null }'}",
        "{type: '${ 5 }'}",
        "{type: t, source: '${ \"\" }'}",
        "{type: t, x: '${ {} }'}",
    ] {
        let world = World::ran(
            &format!("do:\n- tell: {{emit: {{event: {{with: {with}}}}}}}\n"),
            json!(0),
        );
        assert_eq!(world.error().status, 400, "{with}");
        assert!(world.published.is_empty());
    }
}
