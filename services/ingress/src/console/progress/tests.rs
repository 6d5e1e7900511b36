//! Runs of tasks, from the events that they leave.

use serde_json::json;
use weir_engine::{InstanceId, Subscription, WorkflowError};
use weir_expression::Data;
use weir_graph::WorkflowRef;
use weir_insight::Chapter;

use super::*;

const TRY: &str = "/do/0/try";
const CALL: &str = "/do/0/try/try/0/call";

fn started(task: u64, parent: u64, reference: &str, activity: Activity) -> Event {
    Event::TaskStarted {
        task: Activation(task),
        parent: Activation(parent),
        branch: 0,
        reference: reference.into(),
        input: None,
        deadline: None,
        activity,
    }
}

fn failed(task: u64) -> Event {
    let error = WorkflowError {
        type_: "about:blank".to_owned(),
        status: 503,
        title: None,
        detail: Some("not now".to_owned()),
        instance: None,
    };
    Event::TaskFaulted {
        task: Activation(task),
        error,
    }
}

fn retry(due: u64) -> Event {
    let Event::TaskFaulted { error, .. } = failed(2) else {
        unreachable!()
    };
    Event::RetryScheduled {
        task: Activation(1),
        error,
        retry: 1,
        due: Timestamp(due),
    }
}

/// What happened, each with its time.
fn progress(events: Vec<(u64, Event)>) -> Progress {
    let workflow = WorkflowRef {
        namespace: "test".to_owned(),
        name: "test".to_owned(),
        version: "1.0.0".to_owned(),
    };
    let instance = InstanceId::for_event(&workflow, "/test", "1");
    let begun = Event::WorkflowStarted {
        instance,
        workflow,
        input: Data::from(json!({})),
        transformed: None,
        parent: None,
        deadline: Timestamp(90_000),
        since: Timestamp(0),
    };
    let events = [(0, begun)].into_iter().chain(events);
    let chapters = (1..).zip(events).map(|(revision, (at, event))| Chapter {
        revision,
        at: Timestamp(at),
        cause: "test".to_owned(),
        events: vec![event],
    });
    Progress::of(&Story {
        instance,
        chapters: chapters.collect(),
    })
}

fn attempt() -> Activity {
    Activity::Attempt {
        attempt_deadline: None,
        retry_deadline: None,
    }
}

#[test]
fn attempts_stand_below_their_try_with_the_pauses_between_them() {
    let progress = progress(vec![
        (10, started(1, 0, TRY, attempt())),
        (10, started(2, 1, CALL, Activity::Instant)),
        (20, failed(2)),
        (20, retry(500)),
        (
            510,
            Event::TaskRetried {
                task: Activation(1),
                attempt_deadline: None,
            },
        ),
        (510, started(3, 1, CALL, Activity::Instant)),
    ]);
    let rows: Vec<_> = progress
        .runs
        .iter()
        .map(|run| (run.name(), run.depth, run.look))
        .collect();
    let name = str::to_owned;
    let expected = [
        (name("try"), 0, Look::Running),
        (name("call"), 1, Look::Faulted),
        (name("call"), 1, Look::Running),
    ];
    assert_eq!(rows, expected);
    let attempts = &progress.runs[0];
    assert_eq!(attempts.attempts, 2);
    assert_eq!(attempts.pauses, [(Timestamp(20), Timestamp(510))]);
    assert_eq!(progress.runs[1].ended_at, Some(Timestamp(20)));
    assert_eq!(progress.runs[1].note.as_deref(), Some("not now"));
    // The picture shows a task as its last run is.
    assert_eq!(progress.looks()[CALL], Look::Running);
}

#[test]
fn who_waits_is_told_from_who_runs() {
    let subscription = Subscription {
        since: Timestamp(0),
        expected: Vec::new(),
        until: None,
        foreach: None,
    };
    let skipped = Event::TaskSkipped {
        parent: Activation::ROOT,
        branch: 0,
        reference: "/do/1/maybe".into(),
    };
    let progress = progress(vec![
        (10, started(1, 0, TRY, attempt())),
        (10, started(2, 1, CALL, Activity::Instant)),
        (20, failed(2)),
        (20, retry(500)),
        (30, skipped),
        (
            30,
            started(3, 0, "/do/2/hear", Activity::Listen(subscription)),
        ),
    ]);
    let looks = progress.looks();
    assert_eq!(looks[TRY], Look::Waiting);
    assert_eq!(looks[CALL], Look::Faulted);
    assert_eq!(looks["/do/1/maybe"], Look::Skipped);
    assert_eq!(looks["/do/2/hear"], Look::Waiting);
    assert_eq!(progress.runs[0].until, Some(Timestamp(500)));
}
