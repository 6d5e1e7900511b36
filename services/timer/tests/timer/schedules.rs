//! Schedules: ticks start instances, each once, whatever replicas there are and whenever they are.

use std::time::Duration;

use weir_bus::{Bus, Outgoing};
use weir_engine::{InstanceId, Timestamp};
use weir_protocol::{
    InboxKind, InboxSubject, Stream, Subject,
    v1::{Format, Schedule, Start, Timer, WorkflowRef},
};

use crate::service::{START_MS, World};

fn schedule() -> Subject {
    Subject::timer(InstanceId::for_schedule("shop", "order"))
}

async fn set(world: &World, due: u64, schedule_: Schedule) {
    let timer = Timer {
        revision: 1,
        due: START_MS + due,
        workflow: WorkflowRef {
            namespace: "shop".to_owned(),
            name: "order".to_owned(),
            version: "1.0.0".to_owned(),
        },
        reference: String::new(),
        traceparent: None,
        schedule: Some(schedule_),
    };
    put(world, &timer).await;
}

async fn put(world: &World, timer: &Timer) {
    let message = Outgoing::new(schedule(), timer.encode());
    world.bus.inner.publish(message).await.unwrap();
}

/// The timer that holds.
async fn now(world: &World) -> Timer {
    let last = world.bus.inner.last(Stream::Timers, &schedule()).await;
    Timer::decode(&last.unwrap().unwrap().payload).unwrap()
}

/// When those were due that have started: milliseconds since the start, below `until`.
fn ticks(world: &World, until: u64) -> Vec<u64> {
    let due = |instance: InstanceId| {
        let workflow = weir_graph::WorkflowRef {
            namespace: "shop".to_owned(),
            name: "order".to_owned(),
            version: "1.0.0".to_owned(),
        };
        let mut due = (0..=until / 100).map(|tenths| tenths * 100);
        due.find(|due| InstanceId::for_tick(&workflow, Timestamp(START_MS + due)) == instance)
    };
    let stored = world.bus.inner.messages(Stream::Inbox);
    let starts = stored.iter().map(|message| {
        let start = Start::decode(&message.payload).unwrap();
        assert_eq!(start.workflow.version, "1.0.0");
        let inbox = InboxSubject::parse(&message.subject).unwrap();
        assert_eq!(inbox.kind, InboxKind::Start);
        due(inbox.instance).unwrap()
    });
    starts.collect()
}

async fn pass(ms: u64) {
    // sleep: time is virtual, and jumps to whatever is waited for next
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

#[tokio::test(start_paused = true)]
async fn replicas_start_every_tick_once() {
    let world = World::new();
    let replicas = [world.timer(), world.timer(), world.timer()];
    set(&world, 10_000, Schedule::Every { ms: 10_000 }).await;
    pass(45_000).await;
    assert_eq!(ticks(&world, 60_000), [10_000, 20_000, 30_000, 40_000]);
    let timer = now(&world).await;
    assert_eq!((timer.due, timer.revision), (START_MS + 50_000, 5));

    let end = Outgoing::new(schedule(), "");
    world.bus.inner.publish(end).await.unwrap();
    pass(45_000).await;
    assert_eq!(ticks(&world, 100_000).len(), 4);
    for replica in replicas {
        replica.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn of_the_ticks_that_were_missed_the_first_starts_an_instance_late() {
    let world = World::new();
    set(&world, 10_000, Schedule::Every { ms: 10_000 }).await;
    pass(95_000).await;
    assert!(ticks(&world, 100_000).is_empty());
    let replica = world.timer();
    pass(20_000).await;
    assert_eq!(ticks(&world, 200_000), [10_000, 100_000, 110_000]);
    replica.stop().await;
}

#[tokio::test(start_paused = true)]
async fn cron_goes_on_at_its_times() {
    let world = World::new();
    // The start is 22:13:20.
    let expression = "CRON_TZ=Europe/Berlin */30 * * * * *".to_owned();
    set(&world, 10_000, Schedule::Cron { expression }).await;
    let replica = world.timer();
    pass(75_000).await;
    assert_eq!(ticks(&world, 100_000), [10_000, 40_000, 70_000]);
    replica.stop().await;
}

#[tokio::test(start_paused = true)]
async fn after_waits_for_the_end_but_not_for_ever() {
    let world = World::new();
    let pause = Schedule::After {
        ms: 1_000,
        longest_ms: 60_000,
        running: None,
    };
    set(&world, 1_000, pause).await;
    let replica = world.timer();
    pass(20_000).await;
    assert_eq!(ticks(&world, 100_000), [1_000]);
    let waiting = now(&world).await;
    assert_eq!(waiting.due, START_MS + 62_000);

    let first = weir_graph::WorkflowRef::from(&waiting.workflow);
    let other = InstanceId::for_tick(&first, Timestamp(START_MS));
    assert_eq!(waiting.next_after_end(other, START_MS), None);
    let first = InstanceId::for_tick(&first, Timestamp(START_MS + 1_000));
    let next = waiting.next_after_end(first, START_MS + 20_000).unwrap();
    put(&world, &next).await;
    pass(10_000).await;
    assert_eq!(ticks(&world, 100_000), [1_000, 21_000]);
    // Its end is told to nobody.
    pass(80_000).await;
    assert_eq!(ticks(&world, 100_000), [1_000, 21_000, 82_000]);
    replica.stop().await;
}
