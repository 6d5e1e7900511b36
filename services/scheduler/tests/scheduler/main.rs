//! The scheduler on a bus and a journal in memory: what it writes, and what survives it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests fail by panicking"
)]

mod world;

use serde_json::json;
use weir_bus::Outgoing;
use weir_protocol::{InboxKind, Revision, Stream, Subject, v1::Format};

use world::{TWO_CALLS, World, outcome, run};

#[tokio::test]
async fn a_workflow_runs_from_start_to_end() {
    let world = World::new().await;
    let scheduler = world.start_scheduler(world.bus.clone());
    let id = world.start_instance(1, &json!({"name": "x"})).await;
    let action = world.action().await;
    assert_eq!(action.id, format!("{id}/do/0/call/1"));
    assert_eq!(action.reply_to, format!("weir.inbox.test.two.{id}.outcome"));
    world
        .send(
            id,
            InboxKind::Outcome,
            "o",
            outcome(&action, &json!({"n": 1})),
        )
        .await;
    let traced = world.trace_until(id, "workflow-completed").await;
    let names: Vec<&str> = traced.iter().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "workflow-started",
            "task-created",
            "task-started",
            "workflow-timer-armed",
            "task-completed",
            "task-created",
            "task-started",
            "task-completed",
            "workflow-completed",
        ]
    );
    let entries = world.journal.read(id, Revision(0)).await.unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1].record.previous, entries[0].position.sequence);
    assert_eq!(entries[0].record.cause.kind, "start");
    let timers = world
        .bus
        .last(Stream::Timers, &Subject::timer(id))
        .await
        .unwrap()
        .unwrap();
    assert!(timers.payload.is_empty(), "the timer is disarmed");
    scheduler.stop().await;
}

#[tokio::test]
async fn repeated_messages_change_nothing() {
    let world = World::new().await;
    let scheduler = world.start_scheduler(world.bus.clone());
    let id = world.start_instance(1, &json!(null)).await;
    let action = world.action().await;
    for attempt in 0..3 {
        let key = format!("again-{attempt}");
        world
            .send(id, InboxKind::Start, &key, world.start(&json!(null)))
            .await;
        world
            .send(
                id,
                InboxKind::Outcome,
                &key,
                outcome(&action, &json!(attempt)),
            )
            .await;
    }
    world.trace_until(id, "workflow-completed").await;
    world.drained().await;
    let entries = world.journal.read(id, Revision(0)).await.unwrap();
    assert_eq!(
        entries.len(),
        2,
        "one for the start, one for the first outcome"
    );
    scheduler.stop().await;
}

#[tokio::test]
async fn what_was_appended_but_not_published_is_published_by_the_next() {
    let world = World::new().await;
    let broken = world.broken_bus();
    let scheduler = world.start_scheduler(broken.clone());
    let id = world.start_instance(1, &json!(null)).await;
    // Its record is in the journal, and its publishing fails.
    broken.failed().await;
    scheduler.kill();
    assert_eq!(world.journal.read(id, Revision(0)).await.unwrap().len(), 1);
    assert_eq!(world.bus.head(Stream::Actions).await.unwrap(), 0);
    let scheduler = world.start_scheduler(world.bus.clone());
    world.redeliver();
    let action = world.action().await;
    assert_eq!(action.id, format!("{id}/do/0/call/1"));
    assert_eq!(world.journal.read(id, Revision(0)).await.unwrap().len(), 1);
    scheduler.stop().await;
}

#[tokio::test]
async fn two_schedulers_share_the_work_and_write_one_chain_each_instance() {
    let world = World::new().await;
    let schedulers = [world.bus.clone(), world.bus.clone()].map(|bus| world.start_scheduler(bus));
    let mut ids = Vec::new();
    for number in 0..40 {
        ids.push(world.start_instance(number, &json!(number)).await);
    }
    for _ in 0..40 {
        let action = world.action().await;
        let id = action.instance.parse().unwrap();
        world
            .send(
                id,
                InboxKind::Outcome,
                &action.id,
                outcome(&action, &json!(1)),
            )
            .await;
    }
    for id in ids {
        world.trace_until(id, "workflow-completed").await;
        let entries = world.journal.read(id, Revision(0)).await.unwrap();
        let revisions: Vec<u64> = entries.iter().map(|entry| entry.record.revision).collect();
        assert_eq!(revisions, [1, 2]);
    }
    for scheduler in schedulers {
        scheduler.stop().await;
    }
}

#[tokio::test]
async fn memory_is_not_believed_when_it_says_that_there_is_nothing_to_do() {
    let world = World::running(TWO_CALLS).await;
    let scheduler = world.start_scheduler(world.bus.clone());
    let id = world.start_instance(1, &json!(null)).await;
    let mut action = world.action().await;
    world
        .served_elsewhere(id, &outcome(&action, &json!(1)))
        .await;
    // What this scheduler remembers waits for the first outcome still, not for the second.
    action.task += 1;
    world
        .send(id, InboxKind::Outcome, "2", outcome(&action, &json!(2)))
        .await;
    world.trace_until(id, "workflow-completed").await;
    scheduler.stop().await;
}

#[tokio::test]
async fn what_cannot_be_processed_is_kept_with_the_reason() {
    let world = World::new().await;
    let scheduler = world.start_scheduler(world.bus.clone());
    let id = run(7);
    world
        .send(id, InboxKind::Outcome, "bad", b"{".to_vec())
        .await;
    let letter = world.dead_letter().await;
    assert!(
        letter
            .header("Weir-Reason")
            .unwrap()
            .contains("unreadable outcome message")
    );
    assert_eq!(letter.payload.as_ref(), b"{");
    let mut start = world.start_form(&json!(null));
    start.workflow.version = "9.9.9".to_owned();
    world
        .send(id, InboxKind::Start, "unknown", start.encode())
        .await;
    let letter = world.dead_letter().await;
    assert!(
        letter
            .header("Weir-Reason")
            .unwrap()
            .contains("test/two:9.9.9 is not deployed")
    );
    // Its neighbours are not held up.
    world.start_instance(8, &json!(null)).await;
    world.action().await;
    scheduler.stop().await;
}

#[tokio::test]
async fn a_message_that_makes_it_panic_is_kept_after_three_times_and_holds_up_nobody() {
    let mut world = World::new().await;
    world.panic_on(run(7));
    let scheduler = world.start_scheduler(world.bus.clone());
    world.start_instance(7, &json!(null)).await;
    for other in [8, 9] {
        // After each panic, others are served, more often than there are permits.
        for number in 0..20 {
            world
                .start_instance(other * 100 + number, &json!(null))
                .await;
            world.action().await;
        }
        world.redeliver();
    }
    let letter = world.dead_letter().await;
    let reason = letter.header("Weir-Reason").unwrap();
    assert!(
        reason.contains("panicked on it, 3 times: no journal"),
        "{reason}"
    );
    world.drained().await;
    scheduler.stop().await;
}

#[tokio::test]
async fn an_old_timer_never_replaces_a_newer_one() {
    let world = World::new().await;
    let scheduler = world.start_scheduler(world.bus.clone());
    let id = world.start_instance(1, &json!(null)).await;
    let action = world.action().await;
    world
        .send(id, InboxKind::Outcome, "o", outcome(&action, &json!(1)))
        .await;
    world.trace_until(id, "workflow-completed").await;
    scheduler.stop().await;
    // A scheduler that was paused after the first record sends its timer now.
    let subject = Subject::timer(id);
    let last = world
        .bus
        .last(Stream::Timers, &subject)
        .await
        .unwrap()
        .unwrap();
    let mut stale = Outgoing::new(subject.clone(), b"{}".to_vec());
    stale.expected_sequence = Some(last.sequence - 1);
    assert!(world.bus.publish(stale).await.is_err());
    let entries = world.journal.read(id, Revision(0)).await.unwrap();
    assert_eq!(entries.len(), 2);
}

#[tokio::test]
async fn a_workflow_that_is_run_tells_its_parent_how_it_ended() {
    let world = World::running(
        "
document: { dsl: '1.0.3', namespace: test, name: child, version: '1.0.0' }
do:
  - ask: { call: http, with: { method: get, endpoint: http://localhost/ } }
",
    )
    .await;
    let parent = world
        .deploy(
            "
document: { dsl: '1.0.3', namespace: test, name: parent, version: '1.0.0' }
do:
  - one: { run: { workflow: { namespace: test, name: child, version: 1.0.0 } } }
  - two: { set: { got: '${ . }' } }
",
        )
        .await
        .unwrap();
    // The child's task and action are counted, too.
    assert_eq!((parent.bound.steps, parent.bound.actions), (3, 2));
    let scheduler = world.start_scheduler(world.bus.clone());
    let id = run(1);
    let mut start = world.start_form(&json!(null));
    start.workflow = (&parent.workflow).into();
    let subject = Subject::inbox(&parent.workflow, id, InboxKind::Start).unwrap();
    world
        .bus
        .publish(Outgoing::new(subject, start.encode()))
        .await
        .unwrap();
    let action = world.action().await;
    let child = action.instance.parse().unwrap();
    world
        .send(child, InboxKind::Outcome, "o", outcome(&action, &json!(7)))
        .await;
    world.trace_until(child, "workflow-completed").await;
    let traced = world.trace_until(id, "workflow-completed").await;
    assert_eq!(traced.last().unwrap(), "workflow-completed");
    scheduler.stop().await;

    let refused = world
        .deploy(
            "
document: { dsl: '1.0.3', namespace: test, name: lost, version: '1.0.0' }
do:
  - one: { run: { workflow: { namespace: test, name: none, version: 1.0.0 } } }
",
        )
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "/do/0/one runs test/none:1.0.0, which is not deployed"
    );
}
