//! What every adapter of the journal must do: one suite, run by each adapter's tests.
//!
//! A broken promise panics with the promise in its message.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract fails by panicking, like the tests that run it"
)]

use std::sync::Arc;

use async_trait::async_trait;
use weir_protocol::{
    InstanceId, Revision,
    v1::{Cause, Record},
};

use crate::{Entry, Journal, JournalError, Position};

/// What the suite needs from an adapter.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The journal; others may use it at the same time.
    fn journal(&self) -> Arc<dyn Journal>;

    /// Largest record that it takes, in bytes, give or take the few that a header has.
    fn record_bytes_max(&self) -> usize;

    /// Instances of the suite, each used by one promise: others where the store remembers earlier
    /// runs.
    fn instance(&self, n: u64) -> InstanceId {
        format!("00000000-0000-7000-8000-{n:012}").parse().unwrap()
    }

    /// Stores a record past all checks, as a stale writer does that a broker let slip through.
    async fn append_unfenced(&self, instance: InstanceId, record: &Record);
}

/// The whole suite.
pub async fn all(harness: &dyn Harness) {
    an_unknown_instance_has_no_records(harness).await;
    what_is_appended_is_read(harness).await;
    instances_are_apart(harness).await;
    the_first_writer_wins(harness).await;
    a_repeated_append_is_a_conflict_and_found(harness).await;
    one_of_many_writers_wins(harness).await;
    strays_are_left_out(harness).await;
    strays_do_not_block(harness).await;
    too_large_is_refused(harness).await;
    long_journals_are_read_whole(harness).await;
}

/// The record after `expected`, with a text to know it by.
fn record(expected: Position, what: &str) -> Record {
    Record {
        revision: expected.revision.next().0,
        previous: expected.sequence,
        at: 1_700_000_000_000,
        cause: Cause {
            kind: "start".to_owned(),
            id: what.to_owned(),
        },
        traceparent: None,
        events: Vec::new(),
    }
}

fn ids(entries: &[Entry]) -> Vec<&str> {
    let entries = entries.iter();
    entries.map(|e| e.record.cause.id.as_str()).collect()
}

async fn read(harness: &dyn Harness, instance: InstanceId) -> Vec<Entry> {
    let journal = harness.journal();
    journal.read(instance, Revision(0)).await.unwrap()
}

/// Appends after `expected`, which must succeed.
async fn append(
    harness: &dyn Harness,
    instance: InstanceId,
    expected: Position,
    what: &str,
) -> Position {
    let record = record(expected, what);
    let appended = harness.journal().append(instance, expected, &record).await;
    appended.unwrap_or_else(|error| panic!("{what} after {expected}: {error}"))
}

async fn conflicts(harness: &dyn Harness, instance: InstanceId, expected: Position) {
    let record = record(expected, "refused");
    let refused = harness.journal().append(instance, expected, &record).await;
    assert!(
        matches!(refused, Err(JournalError::Conflict(_))),
        "after {expected}: {refused:?}"
    );
}

async fn an_unknown_instance_has_no_records(harness: &dyn Harness) {
    assert_eq!(read(harness, harness.instance(1)).await, []);
    let journal = harness.journal();
    let later = journal
        .read(harness.instance(1), Revision(7))
        .await
        .unwrap();
    assert_eq!(later, []);
}

async fn what_is_appended_is_read(harness: &dyn Harness) {
    let id = harness.instance(2);
    let mut end = Position::default();
    let mut written = Vec::new();
    for what in ["one", "two", "drei, vierhundertfünfzig", "four"] {
        let record = record(end, what);
        end = append(harness, id, end, what).await;
        assert_eq!(end.revision.0, record.revision);
        let position = end;
        written.push(Entry { position, record });
    }
    assert_eq!(read(harness, id).await, written);
    for after in 0..6 {
        let journal = harness.journal();
        let rest = journal.read(id, Revision(after)).await.unwrap();
        let skipped = usize::try_from(after).unwrap().min(4);
        assert_eq!(rest, written[skipped..], "after revision {after}");
    }
}

async fn instances_are_apart(harness: &dyn Harness) {
    let (one, two) = (harness.instance(3), harness.instance(4));
    let first = append(harness, one, Position::default(), "one").await;
    let other = append(harness, two, Position::default(), "other").await;
    append(harness, one, first, "two").await;
    append(harness, two, other, "other two").await;
    assert_eq!(ids(&read(harness, one).await), ["one", "two"]);
    assert_eq!(ids(&read(harness, two).await), ["other", "other two"]);
}

async fn the_first_writer_wins(harness: &dyn Harness) {
    let id = harness.instance(5);
    let first = append(harness, id, Position::default(), "first").await;
    conflicts(harness, id, Position::default()).await;
    let second = append(harness, id, first, "second").await;
    conflicts(harness, id, first).await;
    let future = Position {
        revision: second.revision.next(),
        sequence: second.sequence + 1,
    };
    conflicts(harness, id, future).await;
    assert_eq!(ids(&read(harness, id).await), ["first", "second"]);
}

async fn a_repeated_append_is_a_conflict_and_found(harness: &dyn Harness) {
    let id = harness.instance(6);
    let first = append(harness, id, Position::default(), "first").await;
    let (journal, record) = (harness.journal(), record(first, "repeated"));
    let position = journal.append(id, first, &record).await.unwrap();
    let repeated = journal.append(id, first, &record).await;
    assert!(
        matches!(repeated, Err(JournalError::Conflict(_))),
        "{repeated:?}"
    );
    let found = journal.read(id, first.revision).await.unwrap();
    assert_eq!(found, [Entry { position, record }]);
}

async fn one_of_many_writers_wins(harness: &dyn Harness) {
    let id = harness.instance(7);
    let mut end = Position::default();
    for round in 0..5 {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..8 {
            let journal = harness.journal();
            let record = record(end, &format!("{round} {writer}"));
            writers.spawn(async move { journal.append(id, end, &record).await });
        }
        let mut won = Vec::new();
        for result in writers.join_all().await {
            match result {
                Ok(position) => won.push(position),
                Err(JournalError::Conflict(_)) => {}
                Err(error) => panic!("a race is no reason for {error}"),
            }
        }
        assert_eq!(won.len(), 1, "round {round}: {won:?}");
        let entries = read(harness, id).await;
        assert_eq!(entries.last().unwrap().position, won[0]);
        end = won[0];
    }
}

async fn strays_are_left_out(harness: &dyn Harness) {
    let id = harness.instance(8);
    let first = append(harness, id, Position::default(), "first").await;
    let second = append(harness, id, first, "second").await;
    // A writer that has not seen `second` was let through, and goes on as if it had won.
    harness.append_unfenced(id, &record(first, "stray")).await;
    let mut ahead = second;
    ahead.sequence += 1;
    harness
        .append_unfenced(id, &record(ahead, "its next"))
        .await;
    // A right predecessor does not make up for a wrong revision.
    let mut skipping = record(second, "skips one");
    skipping.revision += 1;
    harness.append_unfenced(id, &skipping).await;
    assert_eq!(ids(&read(harness, id).await), ["first", "second"]);

    // The first to extend the chain is in, however it came there; the writer that was overtaken
    // must notice.
    harness.append_unfenced(id, &record(second, "third")).await;
    conflicts(harness, id, second).await;
    let entries = read(harness, id).await;
    assert_eq!(ids(&entries), ["first", "second", "third"]);
}

async fn strays_do_not_block(harness: &dyn Harness) {
    let id = harness.instance(9);
    let stray = Position {
        revision: Revision(3),
        sequence: 12,
    };
    harness.append_unfenced(id, &record(stray, "stray")).await;
    let first = append(harness, id, Position::default(), "first").await;
    for what in ["stray", "another"] {
        harness.append_unfenced(id, &record(stray, what)).await;
    }
    let second = append(harness, id, first, "second").await;
    let third = append(harness, id, second, "third").await;
    let entries = read(harness, id).await;
    assert_eq!(ids(&entries), ["first", "second", "third"]);
    assert_eq!(entries[2].position, third);
}

async fn too_large_is_refused(harness: &dyn Harness) {
    let id = harness.instance(10);
    let max = harness.record_bytes_max();
    let journal = harness.journal();
    let start = Position::default();
    let large = record(start, &"x".repeat(max));
    match journal.append(id, start, &large).await {
        Err(JournalError::TooLarge { size, size_max }) => {
            assert!(size > size_max, "{size} > {size_max}");
        }
        other => panic!("a record of more than {max} bytes: {other:?}"),
    }
    assert_eq!(read(harness, id).await, []);
    let what = "x".repeat(max - 1000);
    append(harness, id, start, &what).await;
    assert_eq!(ids(&read(harness, id).await), [what]);
}

async fn long_journals_are_read_whole(harness: &dyn Harness) {
    let id = harness.instance(11);
    let mut end = Position::default();
    for n in 0..1500 {
        // Some are large, so that no answer of a broker holds them all.
        let filler = "x".repeat(if n % 100 == 0 { 9_000 } else { 10 });
        end = append(harness, id, end, &format!("{n} {filler}")).await;
    }
    let entries = read(harness, id).await;
    assert_eq!(entries.len(), 1500);
    assert_eq!(entries.last().unwrap().position, end);
    let journal = harness.journal();
    let rest = journal.read(id, Revision(1499)).await.unwrap();
    assert_eq!(rest, entries[1499..]);
}
