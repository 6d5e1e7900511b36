//! Journals from elsewhere into EventStoreDB, and back.

use weir_journal::{Journal, Position, copy, memory::MemoryJournal};
use weir_protocol::{InstanceId, Revision};

use crate::support::{Server, instance, journal, record};

async fn fill(source: &MemoryJournal, id: InstanceId, records: u64) {
    let mut end = Position::default();
    for n in 0..records {
        let record = record(end, &format!("{id} {n}"));
        end = source.append(id, end, &record).await.unwrap();
    }
}

#[tokio::test]
async fn journals_are_copied_there_and_back() {
    let server = Server::start().await;
    let journal = journal(&server).await;
    let source = MemoryJournal::new();
    let mut ids = vec![instance(), instance(), instance()];
    ids.sort();
    for (id, records) in ids.iter().zip([1, 5, 30]) {
        fill(&source, *id, records).await;
        copy(&source, &journal, *id).await.unwrap();
    }
    let found = journal.instances().await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ids);

    let back = MemoryJournal::new();
    for id in ids {
        copy(&journal, &back, id).await.unwrap();
        let expected = source.read(id, Revision(0)).await.unwrap();
        assert_eq!(back.read(id, Revision(0)).await.unwrap(), expected);
        assert_eq!(copy(&back, &journal, id).await.unwrap().appended, 0);
    }
}
