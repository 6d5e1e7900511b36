//! `listen` with `until` and `foreach` (specification: Listen, Event Consumption Strategy,
//! Subscription Iterator).

use serde_json::{Value, json};
use weir_engine::{Command, Ignored};
use weir_graph::Limits;

use crate::world::{World, cloud_event, document, program_under};

fn listening(task: &str) -> World {
    let mut world = World::new(&format!("do:\n- hear: {task}\n"));
    world.start(json!({}));
    world
}

fn event(type_: &str, id: u64) -> Value {
    cloud_event(type_, &id.to_string(), json!({"n": id}))
}

fn closed(world: &World) -> bool {
    let mut commands = world.commands.iter();
    commands.any(|command| matches!(command, Command::CloseSubscription { .. }))
}

#[test]
fn until_is_asked_after_each_event_about_all_so_far() {
    let mut world =
        listening("{listen: {to: {any: [{with: {type: a}}], until: 'map(.n) | add > 3'}}}");
    world.receive(event("a", 1));
    world.receive(event("b", 9));
    assert_eq!(world.ignored, Some(Ignored::NotListening));
    world.receive(event("a", 2));
    assert!(!closed(&world));
    world.receive(event("a", 3));
    assert_eq!(world.output(), json!([{"n": 1}, {"n": 2}, {"n": 3}]));
    assert!(closed(&world));
}

#[test]
fn the_events_of_until_are_not_part_of_the_output() {
    let to = "{any: [], until: {all: [{with: {type: x}}, {with: {type: y}}]}}";
    let mut world = listening(&format!("{{listen: {{to: {to}}}}}"));
    for event in [event("a", 1), event("x", 2), event("x", 3), event("y", 4)] {
        world.receive(event);
    }
    // The second `x` ends nothing any more, so it is one of `any`.
    assert_eq!(world.output(), json!([{"n": 1}, {"n": 3}]));
}

#[test]
fn until_one_event_ends_it_whatever_else_that_event_matches() {
    let mut world = listening(
        "{listen: {to: {any: [{with: {source: /test}}], until: {one: {with: {type: stop}}}}, read: envelope}}",
    );
    world.receive(event("stop", 1));
    assert_eq!(world.output(), json!([]));
}

#[test]
fn an_until_that_fails_is_the_tasks_error() {
    let mut world = listening("{listen: {to: {any: [], until: '.a'}}}");
    world.receive(event("a", 1));
    assert_eq!(world.error().status, 400);
    assert_eq!(world.error().instance.as_deref(), Some("/do/0/hear"));
}

#[test]
fn more_events_than_the_bound_are_an_error() {
    let limits = Limits {
        for_items_max: 2,
        ..Limits::default()
    };
    for (foreach, steps) in [("", 1), (", foreach: {do: [{a: {set: {n: 1}}}]}", 3)] {
        let task = format!("{{listen: {{to: {{any: [], until: 'false'}}}}{foreach}}}");
        let document = document(&format!("do:\n- hear: {task}\n"));
        let mut world = World::of(program_under(&document, &limits));
        assert_eq!(world.program.bound.steps, steps);
        world.start(json!({}));
        world.receive(event("a", 1));
        world.receive(event("a", 2));
        assert_eq!(world.error().status, 400);
        assert_eq!(world.state.steps, steps);
    }
}

const FOREACH: &str = "
    listen: {to: {any: [{with: {type: a}}], until: {one: {with: {type: stop}}}}}
    foreach:
      item: reading
      at: n
      do: [{post: {call: http, with: {method: post, endpoint: 'http://x/{n}', body: '${ [$reading.n, $n, .n] }'}}}]
      output: {as: '{got: ., n: $n}'}
      export: {as: '{seen: (($context.seen // 0) + $reading.n)}'}
    output: {as: '{all: ., seen: $context.seen}'}
";

#[test]
fn each_event_is_dealt_with_before_the_next() {
    let mut world = listening(FOREACH);
    world.receive(event("a", 5));
    world.receive(event("a", 7));
    assert_eq!(world.actions.len(), 1, "the second waits for the first");
    world.receive(event("stop", 8));
    world.receive(event("a", 9));
    assert_eq!(world.ignored, Some(Ignored::NotListening), "it is over");
    world.done(json!("first"));
    assert_eq!(world.actions.len(), 1);
    world.done(json!("second"));
    assert_eq!(
        world.output(),
        json!({"all": [{"got": "first", "n": 0}, {"got": "second", "n": 1}], "seen": 12})
    );
    assert_eq!(
        world.started(),
        [
            "/do/0/hear",
            "/do/0/hear/foreach/do/0/post",
            "/do/0/hear/foreach/do/0/post"
        ]
    );
}

#[test]
fn until_is_asked_after_what_is_done_for_an_event() {
    let mut world = listening(
        "
    listen: {to: {any: [], until: '$context.enough == true and length == 2'}}
    foreach:
      do: [{judge: {wait: {seconds: 1}}}]
      export: {as: '{enough: ($item.n > 1)}'}
",
    );
    for n in 1..=3 {
        world.receive(event("a", n));
    }
    world.fire();
    assert!(!closed(&world));
    world.fire();
    // The third was consumed, but it was over before its turn.
    assert_eq!(world.output(), json!([{"n": 1}, {"n": 2}]));
}

#[test]
fn foreach_goes_with_one_and_all_and_without_do() {
    let mut world = listening(
        "{listen: {to: {one: {with: {type: a}}}}, foreach: {output: {as: '.n + $index'}}}",
    );
    world.receive(event("a", 3));
    assert_eq!(world.output(), json!([3]));
    let all = "{all: [{with: {type: a}}, {with: {type: b}}]}";
    let mut world = listening(&format!(
        "{{listen: {{to: {all}}}, foreach: {{do: [{{a: {{set: '${{ .n * 2 }}'}}}}]}}}}"
    ));
    world.receive(event("b", 1));
    assert!(!closed(&world));
    world.receive(event("a", 2));
    assert_eq!(world.output(), json!([2, 4]));
}

#[test]
fn exit_ends_an_iteration_end_the_workflow_and_an_error_the_listen() {
    let task = |then: &str| {
        format!(
            "{{listen: {{to: {{any: [], until: 'length == 2'}}}}, foreach: {{do: [{then}, {{b: {{set: b}}}}]}}}}"
        )
    };
    let mut world = listening(&task("{a: {set: {x: a}, then: exit}}"));
    world.receive(event("a", 1));
    world.receive(event("a", 2));
    assert_eq!(world.output(), json!([{"x": "a"}, {"x": "a"}]));
    let mut world = listening(&task("{a: {set: {x: a}, then: end}}"));
    world.receive(event("a", 1));
    assert_eq!(world.output(), json!({"x": "a"}));
    assert!(closed(&world));
    let mut world = listening(&task("{a: {raise: {error: {type: t, status: 500}}}}"));
    world.receive(event("a", 1));
    assert_eq!(
        world.error().instance.as_deref(),
        Some("/do/0/hear/foreach/do/0/a")
    );
    assert!(closed(&world));
}

#[test]
fn the_deadline_ends_it_in_the_middle_of_an_iteration() {
    let mut world = listening(&format!(
        "{FOREACH}    timeout: {{after: {{seconds: 2}}}}\n"
    ));
    world.receive(event("a", 5));
    world.fire();
    assert_eq!((world.error().status, world.elapsed_ms()), (408, 2_000));
}
