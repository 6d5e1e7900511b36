//! `weir journal copy`: journals from one store into another.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::{bail, ensure};
use serde_json::json;
use tokio::task::JoinSet;
use weir_bus::Bus;
use weir_engine::InstanceId;
use weir_journal::{Copied, CopyError, Journal, copy};
use weir_nats::Adapters;
use weir_protocol::{Stream, Subject};
use weir_runtime::Config;

use crate::{
    args::{Args, JournalCopy, Store},
    output::{Exit, Output},
};

/// Journals that are copied at the same time.
const AT_ONCE: usize = 16;

pub(crate) async fn journal_copy(
    args: &Args,
    wanted: &JournalCopy,
    output: &Output,
) -> anyhow::Result<Exit> {
    ensure!(wanted.from != wanted.to, "--from and --to are the same");
    let config = args.config()?;
    let (from, to) = (
        open(wanted.from, &config).await?,
        open(wanted.to, &config).await?,
    );
    let instances = match wanted.instances.as_slice() {
        [] => from.instances.all().await?,
        some => some.iter().copied().collect(),
    };
    let (mut copied, mut failed) = (Copied::default(), 0_u64);
    let mut left = instances.iter().copied();
    let mut running = JoinSet::new();
    loop {
        while running.len() < AT_ONCE
            && let Some(instance) = left.next()
        {
            let (from, to) = (from.journal.clone(), to.journal.clone());
            running.spawn(async move { (instance, copy(&*from, &*to, instance).await) });
        }
        let Some(ended) = running.join_next().await else {
            break;
        };
        match ended? {
            (_, Ok(one)) => {
                copied.records += one.records;
                copied.appended += one.appended;
            }
            (instance, Err(error)) => {
                failed += 1;
                report(output, instance, &error);
            }
        }
    }
    let (count, Copied { records, appended }) = (instances.len(), copied);
    let value = json!({
        "instances": count, "records": records, "appended": appended, "failed": failed,
    });
    output.print(&value, || {
        format!("{count} instances, {records} records; {appended} copied, the others were there")
    });
    if failed > 0 {
        bail!("{failed} journals were not copied, or not whole: run it again");
    }
    Ok(Exit::Done)
}

fn report(output: &Output, instance: InstanceId, error: &CopyError) {
    let (instance, error) = (instance.to_string(), error.to_string());
    let value = json!({"instance": instance, "error": error});
    output.progress(&value, || format!("{instance}: {error}"));
}

struct Opened {
    journal: Arc<dyn Journal>,
    instances: Instances,
}

/// Who can tell which instances there are.
enum Instances {
    Nats(Arc<dyn Bus>),
    EventStore(weir_eventstore::EventStoreJournal),
}

impl Instances {
    async fn all(&self) -> anyhow::Result<BTreeSet<InstanceId>> {
        match self {
            Self::Nats(bus) => {
                let last = bus.latest(Stream::Journal, Subject::JOURNALS).await?;
                let subjects = last.iter().map(|message| message.subject.as_str());
                Ok(subjects.filter_map(Subject::read_journal).collect())
            }
            Self::EventStore(journal) => Ok(journal.instances().await?),
        }
    }
}

async fn open(store: Store, config: &Config) -> anyhow::Result<Opened> {
    Ok(match store {
        Store::Jetstream => {
            let adapters = Adapters::open(config, "weir-journal-copy").await?;
            Opened {
                journal: adapters.journal.clone(),
                instances: Instances::Nats(adapters.bus.clone()),
            }
        }
        Store::Eventstore => {
            let journal = weir_eventstore::open(&config.journal).await?;
            Opened {
                journal: Arc::new(journal.clone()),
                instances: Instances::EventStore(journal),
            }
        }
    })
}
