//! Answers that are lost, servers that are away, and those that are not the leader.

use eventstore::{Client, ReadStreamOptions};
use weir_eventstore::{EventStoreJournal, open};
use weir_journal::{Journal, JournalError, Position};
use weir_protocol::{InstanceId, Revision};

use crate::support::{Server, config, instance, journal, record};

async fn causes(journal: &EventStoreJournal, id: InstanceId) -> Vec<String> {
    let entries = journal.read(id, Revision(0)).await.unwrap();
    entries
        .into_iter()
        .map(|entry| entry.record.cause.id)
        .collect()
}

#[tokio::test]
async fn an_append_whose_answer_is_lost_is_appended_once() {
    let server = Server::start().await;
    let journal = journal(&server).await;
    let id = instance();
    server.double.lose_answers(2);
    let start = Position::default();
    let first = journal
        .append(id, start, &record(start, "one"))
        .await
        .unwrap();
    let second = record(first, "two");
    let end = journal.append(id, first, &second).await.unwrap();
    assert_eq!((end.revision, end.sequence), (Revision(2), 2));
    assert_eq!(causes(&journal, id).await, ["one", "two"]);
}

#[tokio::test]
async fn a_server_that_never_answers_is_said_to_be_unavailable() {
    let server = Server::start().await;
    let journal = journal(&server).await;
    let id = instance();
    server.double.lose_answers(u32::MAX);
    let start = Position::default();
    let lost = journal.append(id, start, &record(start, "one")).await;
    let Err(JournalError::Unavailable(reason)) = lost else {
        panic!("{lost:?}");
    };
    assert!(reason.contains("EventStoreDB does not answer"), "{reason}");
    // It was stored all the same: whoever appends again must notice.
    server.double.lose_answers(0);
    let again = journal.append(id, start, &record(start, "other")).await;
    assert!(matches!(again, Err(JournalError::Conflict(_))), "{again:?}");
    assert_eq!(causes(&journal, id).await, ["one"]);
}

#[tokio::test]
async fn a_journal_outlives_its_server() {
    let server = Server::start().await;
    let journal = journal(&server).await;
    let id = instance();
    let start = Position::default();
    let first = journal
        .append(id, start, &record(start, "one"))
        .await
        .unwrap();

    let stopped = server.stop().await;
    let away = journal.read(id, Revision(0)).await;
    assert!(
        matches!(away, Err(JournalError::Unavailable(_))),
        "{away:?}"
    );
    let away = journal.append(id, first, &record(first, "two")).await;
    assert!(
        matches!(away, Err(JournalError::Unavailable(_))),
        "{away:?}"
    );

    let _server = stopped.start().await;
    assert_eq!(causes(&journal, id).await, ["one"]);
    let second = record(first, "two");
    journal.append(id, first, &second).await.unwrap();
    assert_eq!(causes(&journal, id).await, ["one", "two"]);
}

#[tokio::test]
async fn a_server_that_takes_less_is_told_apart_from_one_that_is_away() {
    let server = Server::with(|options| options.append_bytes_max = 2_000).await;
    let journal = journal(&server).await;
    let start = Position::default();
    let large = record(start, &"x".repeat(2_000));
    let refused = journal.append(instance(), start, &large).await;
    let Err(JournalError::TooLarge { size, size_max }) = refused else {
        panic!("{refused:?}");
    };
    assert!(size > 2_000 && size_max == 2_000, "{size} {size_max}");
}

#[tokio::test]
async fn a_server_without_open_calls_will_do() {
    let server = Server::with(|options| options.batches = false).await;
    let journal = journal(&server).await;
    let (id, start) = (instance(), Position::default());
    let first = journal
        .append(id, start, &record(start, "one"))
        .await
        .unwrap();
    let again = journal.append(id, start, &record(start, "other")).await;
    assert!(matches!(again, Err(JournalError::Conflict(_))), "{again:?}");
    journal
        .append(id, first, &record(first, "two"))
        .await
        .unwrap();
    assert_eq!(causes(&journal, id).await, ["one", "two"]);
}

/// A follower would answer reads too, and may lag behind.
#[tokio::test]
async fn a_follower_sends_on_to_the_leader() {
    let leader = Server::start().await;
    let at = leader.double.address();
    let follower = Server::with(|options| options.leader = Some(at)).await;
    let journal = journal(&follower).await;
    let id = instance();
    let start = Position::default();
    journal
        .append(id, start, &record(start, "one"))
        .await
        .unwrap();
    assert_eq!(causes(&journal, id).await, ["one"]);
    assert_eq!(causes(&self::journal(&leader).await, id).await, ["one"]);
}

/// The first of the servers is gone, and gossip tells which others there are.
#[tokio::test]
async fn a_cluster_is_found_by_whoever_answers() {
    let gone = Server::start().await;
    let dead = gone.double.address();
    let stopped = gone.stop().await;
    let server = Server::start().await;
    let alive = server.double.address();
    let text = format!("esdb://{dead},{alive}?tls=false&discoveryInterval=1");
    let journal = open(&config(&text)).await.unwrap();
    let (id, start) = (instance(), Position::default());
    journal
        .append(id, start, &record(start, "one"))
        .await
        .unwrap();
    assert_eq!(causes(&journal, id).await, ["one"]);
    drop(stopped);
}

/// What projections and people see.
#[tokio::test]
async fn events_are_readable_by_others() {
    let server = Server::start().await;
    let journal = journal(&server).await;
    let (id, start) = (instance(), Position::default());
    let record = record(start, "outcome/1");
    journal.append(id, start, &record).await.unwrap();

    let client = Client::new(server.double.connection_string().parse().unwrap()).unwrap();
    let options = ReadStreamOptions::default();
    let stream = client.read_stream(format!("weir-{id}"), &options).await;
    let event = stream
        .unwrap()
        .next()
        .await
        .unwrap()
        .unwrap()
        .event
        .unwrap();
    assert_eq!(event.event_type, "weir.outcome-received");
    assert!(event.is_json);
    assert_eq!(event.data, weir_protocol::v1::Format::encode(&record));
    let metadata: serde_json::Value = serde_json::from_slice(&event.custom_metadata).unwrap();
    assert_eq!(metadata["$correlationId"], id.to_string());
    assert_eq!(metadata["$causationId"], "outcome/1");
}
