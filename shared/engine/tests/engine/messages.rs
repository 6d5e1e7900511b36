//! What is said twice, late, or to the wrong one.

use serde_json::json;
use weir_engine::{
    Activation, BOUND_EXCEEDED, Command, ErrorKind, Event, Ignored, Message, Outcome,
    StartInstance, State, Status, decide,
};
use weir_expression::Data;

use crate::world::{EPOCH, World, cloud_event, document, instance, program};

const CALL: &str = "do:\n- get: {call: http, with: {method: get, endpoint: 'http://x/'}}\n- rest: {wait: {seconds: 1}}\n";

fn outcome(task: u64) -> Message {
    Message::ActionReported {
        task: Activation(task),
        outcome: Outcome::Completed(Data::from(json!(1))),
    }
}

#[test]
fn nothing_but_a_start_starts() {
    for message in [
        outcome(1),
        Message::TimerFired { due: EPOCH },
        Message::EventReceived {
            event: Data::from(cloud_event("a", "1", json!(1))),
        },
        Message::CancelInstance { reason: None },
    ] {
        let mut world = World::new(CALL);
        assert_eq!(world.send(&message), Some(Ignored::NotStarted));
        assert_eq!(world.state, State::new(instance()));
    }
}

#[test]
fn an_instance_starts_once() {
    let mut world = World::new(CALL);
    world.start(json!(1));
    world.start(json!(2));
    assert_eq!(world.ignored, Some(Ignored::AlreadyStarted));
    assert_eq!(world.state.input.as_value(), &json!(1));
}

#[test]
fn an_outcome_counts_once_and_only_for_who_waits_for_it() {
    let mut world = World::new(CALL);
    world.start(json!(1));
    for task in [0, 2, 99] {
        assert_eq!(world.send(&outcome(task)), Some(Ignored::TaskNotWaiting));
    }
    assert_eq!(world.send(&outcome(1)), None);
    assert_eq!(world.send(&outcome(1)), Some(Ignored::TaskNotWaiting));
    assert_eq!(
        world.send(&outcome(2)),
        Some(Ignored::TaskNotWaiting),
        "that is a wait"
    );
    world.fire();
    assert_eq!(world.send(&outcome(1)), Some(Ignored::Ended));
}

#[test]
fn a_cancelled_instance_cancels_its_tasks_and_never_goes_on() {
    let mut world = World::new("do:\n- outer: {do: [{hear: {listen: {to: {any: []}}}}]}\n");
    world.start(json!(1));
    world.send(&Message::CancelInstance {
        reason: Some("enough".into()),
    });
    assert_eq!(world.state.status, Status::Cancelled);
    let last: Vec<_> = world
        .history
        .iter()
        .rev()
        .take(3)
        .map(|(_, event)| event.clone())
        .collect();
    assert_eq!(
        last,
        [
            Event::WorkflowCancelled {
                reason: Some("enough".into())
            },
            Event::TaskCancelled {
                task: Activation(1)
            },
            Event::TaskCancelled {
                task: Activation(2)
            },
        ]
    );
    let commands: Vec<_> = world.commands.iter().rev().take(2).collect();
    assert_eq!(
        commands,
        [
            &Command::DisarmTimer,
            &Command::CloseSubscription {
                task: Activation(2)
            }
        ]
    );
    world.receive(cloud_event("a", "1", json!(1)));
    assert_eq!(world.ignored, Some(Ignored::Ended));
}

#[test]
fn an_instance_that_cannot_be_recorded_faults() {
    let failure = ErrorKind::Runtime.error("too large");
    let message = Message::FailInstance {
        error: failure.clone(),
    };
    let mut world = World::new("do:\n- t: {try: [{w: {wait: {hours: 1}}}], catch: {}}\n");
    world.start(json!(1));
    world.send(&message);
    assert_eq!(world.error(), &failure);
    let mut unborn = World::new(CALL);
    unborn.send(&message);
    assert_eq!(unborn.error(), &failure);
    assert!(matches!(unborn.history[0].1, Event::WorkflowStarted { .. }));
}

#[test]
fn more_steps_than_the_bound_are_a_defect_and_fault_the_instance() {
    let mut program = program(&document(
        "do:\n- a: {try: [{b: {set: one}}, {c: {set: two}}], catch: {}}\n",
    ));
    program.bound.steps = 2;
    let message = Message::StartInstance(StartInstance {
        instance: instance(),
        workflow: program.workflow.clone(),
        input: Data::null(),
        since: EPOCH,
        parent: None,
    });
    let decision = decide(&program, State::new(instance()), &message, EPOCH);
    assert_eq!(decision.state.status, Status::Faulted);
    let error = decision.state.error.unwrap();
    assert_eq!((&*error.type_, error.status), (BOUND_EXCEEDED, 500));
    assert!(error.detail.unwrap().contains("defect of Weir"));
}

#[test]
fn another_workflows_program_does_no_harm() {
    let mut world = World::new(CALL);
    world.start(json!(1));
    let other = program(&document("do:\n- other: {set: one}\n"));
    let fired = Message::TimerFired {
        due: world.timer.unwrap(),
    };
    for message in [outcome(1), fired, Message::CancelInstance { reason: None }] {
        let decision = decide(&other, world.state.clone(), &message, EPOCH);
        assert!(decision.ignored.is_some() || decision.state.status.is_final());
    }
}

#[test]
fn events_that_do_not_fit_change_nothing() {
    let mut world = World::new("do:\n- outer: {do: [{hear: {listen: {to: {any: []}}}}]}\n");
    world.start(json!(1));
    let history = world.history.clone();
    let error = ErrorKind::Runtime.error("x");
    let nobody = Activation(7);
    let odd = [
        Event::TaskCompleted {
            task: nobody,
            output: weir_engine::Carried::Last,
            context: Some(Data::null()),
        },
        Event::TaskFaulted {
            task: nobody,
            error: error.clone(),
        },
        Event::TaskCancelled { task: nobody },
        Event::TaskCancelled {
            task: Activation::ROOT,
        },
        Event::IterationStarted {
            task: Activation(1),
            index: 3,
        },
        Event::RetryScheduled {
            task: Activation(1),
            error: error.clone(),
            retry: 1,
            due: EPOCH,
        },
        Event::TaskRetried {
            task: Activation(2),
            attempt_deadline: Some(EPOCH),
        },
        Event::ErrorCaught {
            task: Activation(2),
            error,
        },
        Event::TaskSkipped {
            parent: Activation(2),
            branch: 0,
            reference: "/x".into(),
        },
        Event::TaskStarted {
            task: Activation(9),
            parent: Activation(1),
            branch: 0,
            reference: "/x".into(),
            input: None,
            deadline: None,
            activity: weir_engine::Activity::Instant,
        },
        Event::TaskStarted {
            task: Activation(3),
            parent: Activation(2),
            branch: 0,
            reference: "/x".into(),
            input: None,
            deadline: None,
            activity: weir_engine::Activity::Instant,
        },
        history[0].1.clone(),
    ];
    for event in odd {
        let mut state = world.state.clone();
        state.apply(&event, EPOCH);
        // It is in the journal all the same.
        state.usage = world.state.usage;
        assert_eq!(state, world.state, "{event:?}");
        let mut pending = State::new(instance());
        if !matches!(event, Event::WorkflowStarted { .. }) {
            pending.apply(&event, EPOCH);
            assert_eq!(pending, State::new(instance()));
        }
    }
    world.send(&Message::CancelInstance { reason: None });
    for (at, event) in &history {
        let mut state = world.state.clone();
        state.apply(event, *at);
        assert_eq!(state, world.state, "nothing happens after the end");
    }
}
