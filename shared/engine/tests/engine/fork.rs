//! `fork`.

use serde_json::json;
use weir_engine::{Command, Event};

use crate::world::{Reply, World};

/// Two calls, /a and /b, and a set.
fn rest(compete: bool) -> String {
    format!(
        "\
do:
- both:
    fork:
      compete: {compete}
      branches:
      - a: {{call: http, with: {{method: get, endpoint: 'http://x/a'}}}}
      - b:
          if: .b
          do:
          - b: {{call: http, with: {{method: get, endpoint: 'http://x/b'}}}}
          - wrap: {{set: '${{ {{b: .}} }}'}}
"
    )
}

#[test]
fn outputs_are_in_the_order_of_declaration() {
    let world = World::acted(&rest(false), json!({"b": true}), |action| {
        match action.reference.as_str() {
            "/do/0/both/fork/branches/0/a" => Reply::DoneAfter(20, json!("late")),
            _ => Reply::DoneAfter(10, json!("early")),
        }
    });
    assert_eq!(world.output(), json!(["late", {"b": "early"}]));
    assert_eq!(world.elapsed_ms(), 20);
}

#[test]
fn a_skipped_branch_passes_its_input() {
    let world = World::acted(&rest(false), json!({"b": false}), |_| Reply::Done(json!(1)));
    assert_eq!(world.output(), json!([1, {"b": false}]));
    let raced = World::acted(&rest(true), json!({"b": false}), |_| Reply::Done(json!(1)));
    assert_eq!(raced.output(), json!({"b": false}));
}

#[test]
fn branches_run_at_the_same_time_and_share_the_input() {
    let mut world = World::new(&rest(false));
    world.start(json!({"b": true}));
    assert_eq!(world.actions.len(), 2);
    assert_eq!(world.started().len(), 4);
}

#[test]
fn the_first_to_complete_wins_and_the_others_are_cancelled() {
    let world = World::acted(&rest(true), json!({"b": true}), |action| {
        match action.reference.as_str() {
            "/do/0/both/fork/branches/0/a" => Reply::DoneAfter(20, json!("late")),
            _ => Reply::DoneAfter(10, json!("early")),
        }
    });
    assert_eq!(world.output(), json!({"b": "early"}));
    assert_eq!(world.elapsed_ms(), 10);
    let cancelled = world.history.iter().filter_map(|(_, event)| match event {
        Event::TaskCancelled { task } => Some(task.0),
        _ => None,
    });
    let cancelled: Vec<_> = cancelled.collect();
    assert_eq!(cancelled, [2]);
}

#[test]
fn a_competing_branch_that_faults_does_not_end_the_race() {
    let world = World::acted(&rest(true), json!({"b": true}), |action| {
        match action.reference.as_str() {
            "/do/0/both/fork/branches/0/a" => Reply::DoneAfter(20, json!("won")),
            _ => Reply::FailAfter(10, 503),
        }
    });
    assert_eq!(world.output(), json!("won"));
}

#[test]
fn if_all_competing_branches_fault_the_last_error_escapes() {
    let world = World::acted(&rest(true), json!({"b": true}), |action| {
        match action.reference.as_str() {
            "/do/0/both/fork/branches/0/a" => Reply::FailAfter(20, 500),
            _ => Reply::FailAfter(10, 503),
        }
    });
    assert_eq!(world.error().status, 500);
    assert_eq!(
        world.error().instance.as_deref(),
        Some("/do/0/both/fork/branches/0/a")
    );
    assert_eq!(world.elapsed_ms(), 20);
}

#[test]
fn a_branch_that_faults_cancels_its_siblings() {
    let world = World::acted(&rest(false), json!({"b": true}), |action| {
        match action.reference.as_str() {
            "/do/0/both/fork/branches/0/a" => Reply::FailAfter(10, 503),
            _ => Reply::DoneAfter(20, json!("late")),
        }
    });
    assert_eq!(world.error().status, 503);
    assert_eq!(world.elapsed_ms(), 10);
    let ends = world.history.iter().filter_map(|(_, event)| match event {
        Event::TaskCancelled { task } => Some(format!("cancelled {task}")),
        Event::TaskFaulted { task, .. } => Some(format!("faulted {task}")),
        _ => None,
    });
    let ends: Vec<_> = ends.collect();
    assert_eq!(
        ends,
        ["faulted 2", "cancelled 4", "cancelled 3", "faulted 1"]
    );
}

#[test]
fn a_race_of_instant_branches_is_won_by_the_first() {
    let world = World::ran(
        "do:\n- race:\n    fork:\n      compete: true\n      branches:\n      - red: {set: red}\n      - green: {set: green}\n",
        json!(1),
    );
    assert_eq!(world.output(), json!("red"));
    assert_eq!(world.started().len(), 2, "the loser never started");
}

#[test]
fn a_fork_in_a_fork_is_cancelled_as_a_whole() {
    let mut world = World::new(
        "\
do:
- race:
    fork:
      compete: true
      branches:
      - many:
          fork:
            branches:
            - a: {wait: {hours: 1}}
            - b: {listen: {to: {one: {with: {type: x}}}}}
            - c: {call: http, with: {method: get, endpoint: 'http://x/'}}
      - one: {wait: {seconds: 1}}
",
    );
    world.start(json!(0));
    world.fire();
    assert_eq!(world.output(), json!(0));
    let closed = |command: &&Command| matches!(command, Command::CloseSubscription { .. });
    assert_eq!(world.commands.iter().filter(closed).count(), 1);
    assert_eq!(world.commands.last(), Some(&Command::DisarmTimer));
}
