//! One workflow of each kind of task.

use serde_json::json;

use crate::world::{Reply, World};

#[test]
fn set_replaces_the_data() {
    let world = World::ran(
        "do:\n- one: {set: {a: '${ .x }'}}\n- two: {set: {b: '${ .a }'}}\n",
        json!({"x": 1}),
    );
    assert_eq!(world.output(), json!({"b": 1}));
}

#[test]
fn a_call_waits_for_its_outcome() {
    let world = World::acted(
        "do:\n- get: {call: http, with: {method: get, endpoint: 'http://x/{id}'}}\n",
        json!({"id": 7}),
        |action| {
            assert_eq!(action.reference, "/do/0/get");
            Reply::DoneAfter(5, json!({"ok": true}))
        },
    );
    assert_eq!(world.output(), json!({"ok": true}));
    assert_eq!(world.elapsed_ms(), 5);
}

#[test]
fn a_wait_takes_its_time() {
    let world = World::ran("do:\n- rest: {wait: {seconds: 3}}\n", json!(1));
    assert_eq!(world.output(), json!(1));
    assert_eq!(world.elapsed_ms(), 3_000);
}
