//! Decisions that are too large for one record.

use serde_json::{Value, json};
use weir_engine::{Event, Message, Status};

use crate::world::{Reply, World};

const LOOP: &str = "\
do:
- loop:
    for: {in: '[range(1000)]'}
    do:
    - one: {set: '${ . + 1 }'}
    - two: {if: $index % 2 == 0, set: '${ . + 1 }'}
";

fn paused(world: &World) -> usize {
    let pause = |event: &Event| matches!(event, Event::DecisionPaused { .. });
    world
        .history
        .iter()
        .filter(|(_, event)| pause(event))
        .count()
}

#[test]
fn a_long_loop_is_several_decisions() {
    let mut world = World::new(LOOP);
    world.start(json!(0));
    assert_eq!(world.state.status, Status::Running);
    assert!(world.history.len() < 1_100);
    world.run(|_| Reply::Silence);
    assert_eq!(world.output(), json!(1_500));
    assert_eq!(paused(&world), 4);
    assert_eq!(world.elapsed_ms(), 4);
}

#[test]
fn a_fork_of_long_loops_is_several_decisions() {
    let each = "{for: {in: '[range(400)]'}, do: [{one: {set: '${ . + 1 }'}}]}";
    let world = World::ran(
        &format!(
            "do:\n- both:\n    fork:\n      branches:\n      - a: {each}\n      - b: {each}\n      - c: {{set: '${{ . }}'}}\n"
        ),
        json!(0),
    );
    assert_eq!(world.output(), json!([400, 400, 0]));
    assert!(paused(&world) >= 2);
}

#[test]
fn large_data_are_recorded_one_by_one() {
    let world = World::ran(
        "do:\n- a: {set: '${ . + \"a\" }'}\n- b: {set: '${ . + \"b\" }'}\n",
        Value::from("x".repeat(300_000)),
    );
    assert_eq!(world.output().as_str().unwrap().len(), 300_002);
    // After the start, after each task, and before the end.
    assert_eq!(paused(&world), 3);
}

#[test]
fn what_a_pause_left_is_forgotten_with_what_it_was_part_of() {
    let mut world = World::new(&format!("timeout: {{after: {{seconds: 1}}}}\n{LOOP}"));
    world.start(json!(0));
    world.now = world.now.plus_ms(1_000);
    let due = world.timer.unwrap();
    world.send(&Message::TimerFired { due });
    assert_eq!(world.state.status, Status::Running, "first things first");
    world.fire();
    assert_eq!(world.error().status, 408);
    assert_eq!(world.state.paused, None);
    let mut cancelled = World::new(LOOP);
    cancelled.start(json!(0));
    cancelled.send(&Message::CancelInstance { reason: None });
    assert_eq!(cancelled.state.status, Status::Cancelled);
}

#[test]
fn the_timer_is_never_set_to_a_time_that_has_come() {
    let mut world = World::new(LOOP);
    world.start(json!(0));
    let mut last = world.now;
    while !world.state.status.is_final() {
        let due = world.timer.unwrap();
        assert!(due > last);
        last = due;
        world.fire();
    }
}
