//! `run.workflow` (specification: Run, Workflow Process).

use serde_json::json;
use weir_engine::{Command, Message, Outcome, Parent, Request, StartInstance, Status};
use weir_expression::Data;

use crate::world::{World, failure, instance};

const RUN: &str = "\
do:
- ask:
    run: {workflow: {namespace: shop, name: pay, version: 1.0.0, input: {sum: '${ .a }'}}}
    timeout: {after: PT5S}
    output: {as: .paid}
";

#[test]
fn another_workflow_runs_and_its_output_is_the_tasks() {
    let mut world = World::new(RUN);
    world.start(json!({"a": 5}));
    let Request::Workflow(run) = &world.actions[0].request else {
        panic!("{:?}", world.actions);
    };
    assert_eq!(run.workflow.to_string(), "shop/pay:1.0.0");
    assert_eq!(run.input.as_value(), &json!({"sum": 5}));
    world.done(json!({"paid": true}));
    assert_eq!(world.output(), json!(true));
}

#[test]
fn nobody_waits_without_await() {
    let mut world = World::new(
        "do: [a: {run: {workflow: {namespace: n, name: w, version: 1.0.0}, await: false}}]\n",
    );
    world.start(json!({"x": 1}));
    assert_eq!(world.output(), json!({"x": 1}));
    let Request::Workflow(run) = &world.actions[0].request else {
        panic!("{:?}", world.actions);
    };
    assert!(!run.is_awaited);
    assert_eq!(
        run.input.as_value(),
        &json!({"x": 1}),
        "without input, the task's"
    );
}

#[test]
fn what_is_cut_off_is_cancelled_with_all_that_it_runs() {
    let mut world = World::new(RUN);
    world.start(json!({}));
    world.fire();
    assert_eq!((world.error().status, world.elapsed_ms()), (408, 5_000));
    let cancels = |command: &&Command| matches!(command, Command::CancelWorkflow { .. });
    assert_eq!(world.commands.iter().filter(cancels).count(), 1);
}

#[test]
fn whoever_waits_is_told_how_it_ended() {
    let ended = |world: &mut World, rest: &dyn Fn(&mut World)| {
        world.commands.clear();
        let message = Message::StartInstance(StartInstance {
            instance: instance(),
            workflow: world.program.workflow.clone(),
            input: Data::from(json!({"x": 1})),
            since: world.now,
            parent: Some(Parent {
                instance: instance(),
                workflow: world.program.workflow.clone(),
                task: weir_engine::Activation(7),
                reference: "/do/0/ask".into(),
            }),
        });
        world.send(&message);
        rest(world);
        let mut reports = world.commands.iter().filter_map(|command| match command {
            Command::ReportOutcome { parent, outcome } => Some((parent.task.0, outcome.clone())),
            _ => None,
        });
        (reports.next().unwrap(), world.state.status)
    };
    let mut world = World::new("do: [a: {set: {y: 2}}]\n");
    let ((task, outcome), _) = ended(&mut world, &|_| {});
    assert_eq!(task, 7);
    assert_eq!(outcome, Outcome::Completed(Data::from(json!({"y": 2}))));

    let mut world =
        World::new("do: [a: {call: http, with: {method: get, endpoint: 'http://x'}}]\n");
    let ((_, outcome), status) = ended(&mut world, &|world| {
        let task = world.actions[0].task;
        world.report(task, Outcome::Failed(failure(503)));
    });
    let Outcome::Failed(error) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (error.status, error.instance, status),
        (503, None, Status::Faulted)
    );

    let mut world = World::new("do: [a: {wait: PT9S}]\n");
    let ((_, outcome), _) = ended(&mut world, &|world| {
        world.send(&Message::CancelInstance { reason: None });
    });
    assert!(matches!(outcome, Outcome::Failed(error) if error.status == 500));
}
