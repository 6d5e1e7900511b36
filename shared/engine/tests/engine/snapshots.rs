//! The whole histories of a few workflows.

use std::fmt::Write as _;

use serde_json::{Value, json};
use weir_engine::{Activity, Carried, Event, Message};

use crate::world::{EPOCH, Reply, World, cloud_event};

const ORDER: &str = "\
do:
- reserve:
    try:
    - ask: {call: http, with: {method: post, endpoint: 'http://stock/{id}'}}
    catch:
      errors: {with: {status: 503}}
      retry: {delay: {seconds: 1}, backoff: {exponential: {}}, limit: {attempt: {count: 3}}}
    output: {as: '{id: $input.id, stock: .}'}
    export: {as: '{id: .id}'}
- prepare:
    fork:
      branches:
      - pay:
          try:
          - paid:
              listen: {to: {one: {with: {type: paid}, correlate: {id: {from: .data.id, expect: '${ .id }'}}}}}
              timeout: {after: {minutes: 15}}
          catch: {errors: {with: {status: 408}}, do: [{unpaid: {set: unpaid}}]}
      - label: {run: {shell: {command: print}}}
- decide:
    switch:
    - unpaid: {when: '.[0] == \"unpaid\"', then: release}
- done: {emit: {event: {with: {type: fulfilled, data: '${ $context }'}}}, then: end}
- release: {call: http, with: {method: delete, endpoint: 'http://stock/'}}
- undone: {emit: {event: {with: {type: cancelled, data: '${ $context }'}}}}
";

fn order() -> World {
    let mut world = World::new(ORDER);
    world.start(json!({"id": 7}));
    world
}

/// The stock is unavailable once.
fn executors() -> impl FnMut(&crate::world::Action) -> Reply {
    let mut asked = 0;
    move |action| match action.reference.as_str() {
        "/do/0/reserve/try/0/ask" => {
            asked += 1;
            if asked == 1 {
                Reply::FailAfter(20, 503)
            } else {
                Reply::DoneAfter(20, json!("reserved"))
            }
        }
        _ => Reply::DoneAfter(40, json!("ok")),
    }
}

#[test]
fn an_order_that_is_paid() {
    let mut world = order();
    world.later(30_000, cloud_event("paid", "p1", json!({"id": 7})));
    world.run(executors());
    insta::assert_snapshot!(history(&world));
}

#[test]
fn an_order_that_is_not_paid() {
    let mut world = order();
    world.run(executors());
    insta::assert_snapshot!(history(&world));
}

#[test]
fn a_cancelled_loop_of_races() {
    let mut world = World::new(
        "\
do:
- loop:
    for: {in: [1, 2]}
    do:
    - race:
        fork:
          compete: true
          branches:
          - slow: {listen: {to: {any: []}}}
          - quick: {wait: {seconds: 1}}
    - rest: {do: [{a: {wait: {hours: 1}}}]}
",
    );
    world.start(Value::Null);
    world.fire();
    world.now = world.now.plus_ms(10);
    world.send(&Message::CancelInstance {
        reason: Some("enough".into()),
    });
    insta::assert_snapshot!(history(&world));
}

/// One line for each event: its time since the start, and what happened.
fn history(world: &World) -> String {
    let mut text = String::new();
    for (at, event) in &world.history {
        writeln!(text, "{:>8} {}", at.0 - EPOCH.0, line(event)).unwrap();
    }
    text
}

fn line(event: &Event) -> String {
    match event {
        Event::WorkflowStarted { input, .. } => {
            format!("workflow started with {}", input.as_value())
        }
        Event::WorkflowCompleted { output } => {
            format!("workflow completed with {}", output.as_value())
        }
        Event::WorkflowFaulted { error } => format!("workflow faulted: {error}"),
        Event::WorkflowCancelled { reason } => format!("workflow cancelled: {reason:?}"),
        Event::TaskStarted {
            task,
            parent,
            branch,
            reference,
            deadline,
            activity,
            ..
        } => {
            let until = deadline.map_or(String::new(), |at| format!(" until {}", at.0 - EPOCH.0));
            let activity = kind(activity);
            format!("{task} of {parent}.{branch} started: {reference} {activity}{until}")
        }
        Event::TaskSkipped { reference, .. } => format!("skipped {reference}"),
        Event::TaskCompleted {
            task,
            output,
            context,
        } => {
            let output = match output {
                Carried::Input => "its input".to_owned(),
                Carried::Last => "what is in it".to_owned(),
                Carried::Value(value) => value.as_value().to_string(),
            };
            let context = context.as_ref();
            let context = context.map_or(String::new(), |value| {
                format!(", context {}", value.as_value())
            });
            format!("{task} completed with {output}{context}")
        }
        Event::TaskFaulted { task, error } => format!("{task} faulted: {error}"),
        Event::TaskCancelled { task } => format!("{task} cancelled"),
        Event::IterationStarted { task, index } => format!("{task} iterates {index}"),
        Event::IterationCompleted { task, index, .. } => format!("{task} has iterated {index}"),
        Event::RetryScheduled {
            task, retry, due, ..
        } => format!("{task} will retry, number {retry}, at {}", due.0 - EPOCH.0),
        Event::TaskRetried { task, .. } => format!("{task} retries"),
        Event::ErrorCaught { task, error } => format!("{task} caught: {error}"),
        Event::EventConsumed { by, .. } => format!("event consumed by {by:?}"),
        Event::DecisionPaused { remaining } => format!("paused with {} to do", remaining.len()),
        Event::DecisionResumed => "resumed".to_owned(),
        Event::TimerArmed { due, task } => format!("timer set to {} for {task}", due.0 - EPOCH.0),
    }
}

fn kind(activity: &Activity) -> &'static str {
    match activity {
        Activity::Instant => "instant",
        Activity::Sequence => "sequence",
        Activity::Invoke { .. } => "function",
        Activity::Iterate { .. } => "iterate",
        Activity::Branches { .. } => "branches",
        Activity::Attempt { .. } => "attempt",
        Activity::Sleep { .. } => "sleep",
        Activity::Listen(_) => "listen",
        Activity::Action { .. } => "action",
        Activity::Emit { .. } => "emit",
    }
}
