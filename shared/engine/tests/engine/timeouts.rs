//! Deadlines, and the one timer.

use serde_json::json;
use weir_engine::{Command, DueKind, Event, Ignored, Message, Outcome, Status, Timestamp};
use weir_expression::Data;

use crate::world::{EPOCH, Reply, World};

const CALL: &str = "{call: http, with: {method: get, endpoint: 'http://x/'}";

#[test]
fn a_task_times_out_with_408() {
    let world = World::acted(
        &format!("do:\n- get: {CALL}, timeout: {{after: {{seconds: 5}}}}}}\n"),
        json!(0),
        |action| {
            assert_eq!(action.deadline, EPOCH.plus_ms(5_000));
            Reply::Silence
        },
    );
    assert_eq!(world.error().status, 408);
    assert!(world.error().type_.ends_with("/errors/timeout"));
    assert_eq!(world.error().instance.as_deref(), Some("/do/0/get"));
    assert_eq!(world.elapsed_ms(), 5_000);
}

#[test]
fn a_timeout_can_be_named_and_computed() {
    for after in ["long", "{after: '${ \"PT\\(.n)S\" }'}"] {
        let world = World::acted(
            &format!(
                "use: {{timeouts: {{long: {{after: {{seconds: 7}}}}}}}}\ndo:\n- get: {CALL}, timeout: {after}}}\n"
            ),
            json!({"n": 7}),
            |_| Reply::Silence,
        );
        assert_eq!(world.error().status, 408);
        assert_eq!(world.elapsed_ms(), 7_000);
    }
}

#[test]
fn a_timeout_of_a_composite_task_cancels_what_is_in_it() {
    let world = World::acted(
        &format!(
            "do:\n- outer:\n    do:\n    - get: {CALL}}}\n    timeout: {{after: {{seconds: 5}}}}\n"
        ),
        json!(0),
        |action| {
            assert_eq!(
                action.deadline,
                EPOCH.plus_ms(5_000),
                "the earliest of all holds"
            );
            Reply::Silence
        },
    );
    assert_eq!(world.error().instance.as_deref(), Some("/do/0/outer"));
    let events: Vec<_> = world
        .history
        .iter()
        .rev()
        .take(3)
        .map(|(_, event)| event)
        .collect();
    assert!(matches!(events[0], Event::WorkflowFaulted { .. }));
    assert!(matches!(events[1], Event::TaskFaulted { .. }));
    assert!(matches!(events[2], Event::TaskCancelled { .. }));
}

#[test]
fn a_timeout_within_a_try_is_caught_but_not_the_trys_own() {
    let rest = |inner: &str, own: &str| {
        format!(
            "do:\n- outer:\n    try:\n    - get: {CALL}{inner}}}\n    catch: {{do: [{{x: {{set: caught}}}}]}}{own}\n"
        )
    };
    let timeout = "timeout: {after: {seconds: 5}}";
    let inside = World::acted(&rest(&format!(", {timeout}"), ""), json!(0), |_| {
        Reply::Silence
    });
    assert_eq!(inside.output(), json!("caught"));
    let own = World::acted(&rest("", &format!("\n    {timeout}")), json!(0), |_| {
        Reply::Silence
    });
    assert_eq!(own.error().status, 408);
    assert_eq!(own.error().instance.as_deref(), Some("/do/0/outer"));
}

#[test]
fn the_workflows_own_timeout_cannot_be_caught_inside() {
    let world = World::acted(
        &format!(
            "timeout: {{after: {{seconds: 5}}}}\ndo:\n- outer:\n    try:\n    - get: {CALL}}}\n    catch: {{do: [{{x: {{set: caught}}}}]}}\n"
        ),
        json!(0),
        |_| Reply::Silence,
    );
    assert_eq!(world.error().status, 408);
    assert_eq!(world.error().instance, None);
    assert_eq!(world.elapsed_ms(), 5_000);
    assert_eq!(world.timer, None);
}

#[test]
fn what_ends_at_its_deadline_has_ended_well() {
    let world = World::ran(
        "do:\n- rest: {wait: {seconds: 5}, timeout: {after: {seconds: 5}}}\n",
        json!(1),
    );
    assert_eq!(world.output(), json!(1));
    let shorter = World::ran(
        "do:\n- rest: {wait: {seconds: 5}, timeout: {after: {seconds: 4}}}\n",
        json!(1),
    );
    assert_eq!(shorter.error().status, 408);
    assert_eq!(shorter.elapsed_ms(), 4_000);
}

#[test]
fn without_any_timeout_the_defaults_hold() {
    let world = World::acted(&format!("do:\n- get: {CALL}}}\n"), json!(0), |_| {
        Reply::Silence
    });
    let limits = &world.program.limits;
    assert_eq!(world.error().status, 408);
    assert_eq!(world.elapsed_ms(), limits.action_timeout_ms);
    let composite = World::new("do:\n- rest: {do: [{a: {wait: {hours: 1}}}]}\n");
    assert_eq!(composite.program.bound.duration_ms, 3_600_000);
}

#[test]
fn the_timer_is_set_only_when_it_must_be_earlier_or_has_fired() {
    let call = |seconds| format!("{CALL}, timeout: {{after: {{seconds: {seconds}}}}}}}");
    let mut world = World::new(&format!(
        "timeout: {{after: {{seconds: 100}}}}\ndo:\n- a: {}\n- b: {}\n- c: {}\n",
        call(10),
        call(20),
        call(3)
    ));
    let armed = |world: &World| {
        let armed = |command: &Command| match command {
            Command::ArmTimer { due, reference } => Some((due.0 - EPOCH.0, reference.to_string())),
            _ => None,
        };
        world.commands.iter().filter_map(armed).collect::<Vec<_>>()
    };
    world.start(json!(0));
    assert_eq!(armed(&world), [(10_000, "/do/0/a".to_owned())]);
    world.now = EPOCH.plus_ms(1_000);
    world.done(json!(1));
    // b's deadline, 21 s, is later than the timer: it stays, though what it was set for is over.
    assert_eq!(armed(&world).len(), 1);
    world.fire();
    assert_eq!(armed(&world)[1], (21_000, "/do/1/b".to_owned()));
    assert_eq!(world.state.status, Status::Running);
    world.done(json!(1));
    assert_eq!(armed(&world)[2], (13_000, "/do/2/c".to_owned()));
    world.fire();
    assert_eq!(world.error().status, 408);
    assert_eq!(world.commands.last(), Some(&Command::DisarmTimer));
}

#[test]
fn a_stale_timer_does_nothing() {
    let mut world = World::new("do:\n- rest: {wait: {seconds: 5}}\n");
    world.start(json!(0));
    let early = Message::TimerFired { due: EPOCH };
    assert_eq!(world.send(&early), Some(Ignored::NothingDue));
    assert_eq!(
        world.state.armed.map(|armed| armed.due),
        Some(EPOCH.plus_ms(5_000))
    );
}

#[test]
fn a_timer_that_comes_early_by_this_clock_is_believed() {
    let mut world = World::new("do:\n- a: {wait: {seconds: 5}}\n- b: {wait: {seconds: 5}}\n");
    world.start(json!(0));
    let due = world.timer.unwrap();
    world.now = EPOCH.plus_ms(4_900);
    assert_eq!(world.send(&Message::TimerFired { due }), None);
    // The next wait is counted from the due time, not from the clock that is behind.
    assert_eq!(world.timer, Some(EPOCH.plus_ms(10_000)));
}

#[test]
fn everything_due_happens_at_once_and_in_order() {
    let mut world = World::new(
        "\
timeout: {after: {seconds: 60}}
do:
- both:
    fork:
      branches:
      - a:
          try:
          - slow: {wait: {seconds: 20}, timeout: {after: {seconds: 15}}}
          catch: {do: [{x: {set: late}}]}
      - b: {wait: {seconds: 10}}
      - c: {wait: {seconds: 30}}
- last: {wait: {seconds: 1}}
",
    );
    world.start(json!("in"));
    world.now = EPOCH.plus_ms(40_000);
    let due = world.timer.unwrap();
    world.send(&Message::TimerFired { due });
    assert_eq!(world.state.tasks.len(), 2, "only the last wait is left");
    world.fire();
    assert_eq!(world.output(), json!(["late", "in", "in"]));
    assert_eq!(world.elapsed_ms(), 41_000);
}

#[test]
fn a_timer_fired_long_after_the_end_of_the_workflow_times_it_out() {
    let mut world = World::new(
        "timeout: {after: {seconds: 8}}\ndo:\n- a: {wait: {seconds: 5}}\n- b: {wait: {seconds: 1}}\n",
    );
    world.start(json!(0));
    world.now = EPOCH.plus_ms(3_600_000);
    let due = world.timer.unwrap();
    world.send(&Message::TimerFired { due });
    assert_eq!(world.error().status, 408);
}

#[test]
fn outcome_or_timeout_the_first_to_be_decided_wins() {
    let rest = format!("do:\n- get: {CALL}, timeout: {{after: {{seconds: 5}}}}}}\n");
    let mut world = World::new(&rest);
    world.start(json!(0));
    // The outcome is decided after the deadline, but before the timer's message.
    world.now = EPOCH.plus_ms(5_050);
    let task = world.actions[0].task;
    world.report(task, Outcome::Completed(Data::from(json!("made it"))));
    assert_eq!(world.output(), json!("made it"));
    let due = Message::TimerFired {
        due: EPOCH.plus_ms(5_000),
    };
    assert_eq!(world.send(&due), Some(Ignored::Ended));
}

#[test]
fn what_is_due_is_known_from_the_state() {
    let mut world = World::new(
        "do:\n- a:\n    try: [{b: {wait: {seconds: 9}, timeout: {after: {seconds: 8}}}}]\n    catch: {retry: {limit: {attempt: {count: 1, duration: {seconds: 5}}, duration: {seconds: 7}}}}\n",
    );
    world.start(json!(0));
    let due: Vec<_> = world
        .state
        .due
        .iter()
        .map(|due| (due.at.0 - EPOCH.0, due.kind))
        .collect();
    assert_eq!(
        due[..4],
        [
            (5_000, DueKind::AttemptTimeout),
            (7_000, DueKind::RetryTimeout),
            (8_000, DueKind::TaskTimeout),
            (9_000, DueKind::WaitOver),
        ]
    );
    assert_eq!(
        world.state.deadline_of(weir_engine::Activation(2)),
        Timestamp(EPOCH.0 + 5_000)
    );
}
