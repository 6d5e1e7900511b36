//! NATS and the services, together.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

use reqwest::Client;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use weir_bus::{Bus, Stored};
use weir_nats::{
    BusOptions, LocalServer, NatsBus, NatsOptions, ServerOptions, connect, find_server,
};
use weir_protocol::{Stream, Subject};
use weir_runtime::Service;

use crate::{
    Api, Programs, Replica, Trace, Wire, ports::free_port, process::Process, store::Store, within,
};

/// An action of a killed executor is another's after this time: shorter than in earnest, so that
/// tests are.
const ACK_WAIT_MS: u32 = 2_000;

const SERVICES: [Service; 4] = [
    Service::Ingress,
    Service::Scheduler,
    Service::Executor,
    Service::Timer,
];

/// Where the tests of one process are its threads, one of them has a cluster at a time: they would
/// only slow each other down.
static TURN: Mutex<()> = Mutex::const_new(());

/// Where a cluster has its journals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journals {
    /// On NATS, as everything else.
    Nats,
    /// On the double of EventStoreDB, a process of its own.
    EventStoreDouble,
}

/// A nats-server and the same number of each service; all end when this is dropped.
pub struct Cluster {
    processes: Vec<Process>,
    nats: LocalServer,
    store: Option<Store>,
    http: Client,
    bus: Arc<NatsBus>,
    folder: Option<TempDir>,
    _turn: MutexGuard<'static, ()>,
}

impl Cluster {
    /// Starts NATS and so many of each service, all with these `settings` (`key=value`); returns
    /// when all are ready.
    pub async fn start(programs: &Programs, replicas: u8, settings: &[&str]) -> Self {
        Self::start_with(programs, Journals::Nats, replicas, settings).await
    }

    /// As [`Cluster::start`], with the journals where they are to be.
    pub async fn start_with(
        programs: &Programs,
        journals: Journals,
        replicas: u8,
        settings: &[&str],
    ) -> Self {
        let turn = TURN.lock().await;
        let folder = tempfile::Builder::new()
            .prefix("weir-system-")
            .tempdir()
            .unwrap();
        let program = find_server().unwrap_or_else(|error| panic!("{error}"));
        let mut options = ServerOptions::new(program, folder.path().join("nats"));
        options.port = Some(free_port());
        // Whoever ends the test early ends it too.
        options.own_group = false;
        let nats = LocalServer::start(options).await.unwrap();
        let client = connect(&NatsOptions::new(nats.url())).await.unwrap();
        let bus = Arc::new(NatsBus::new(&client, BusOptions::default()));
        let own = [
            format!("nats.url={}", nats.url()),
            format!("executor.ack_wait_ms={ACK_WAIT_MS}"),
            "telemetry.log_format=text".to_owned(),
        ];
        let mut store = match journals {
            Journals::Nats => None,
            Journals::EventStoreDouble => Some(Store::new(programs.eventstore, folder.path())),
        };
        if let Some(store) = &mut store {
            store.start().await;
        }
        let stored = store.iter().flat_map(Store::settings);
        let settings = settings.iter().map(|setting| (*setting).to_owned());
        let settings: Vec<String> = own.into_iter().chain(stored).chain(settings).collect();
        let numbers = 1..=replicas;
        let all = numbers.flat_map(|number| SERVICES.map(|service| Replica { service, number }));
        let processes = all
            .map(|replica| Process::new(programs, replica, folder.path(), &settings))
            .collect();
        let mut cluster = Self {
            processes,
            nats,
            store,
            http: weir_executor::http_client().unwrap(),
            bus,
            folder: Some(folder),
            _turn: turn,
        };
        for process in &mut cluster.processes {
            process.spawn();
        }
        for process in &mut cluster.processes {
            process.ready(&cluster.http).await;
        }
        cluster
    }

    /// Every process but NATS.
    pub fn replicas(&self) -> Vec<Replica> {
        self.processes
            .iter()
            .map(|process| process.replica)
            .collect()
    }

    /// The process ids.
    ///
    /// # Panics
    /// If a process has ended.
    pub fn pids(&mut self) -> BTreeMap<String, u32> {
        self.processes
            .iter_mut()
            .map(|process| (process.replica.to_string(), process.pid()))
            .collect()
    }

    /// Kills a service and starts it again; returns when it is ready.
    pub async fn kill_and_restart(&mut self, replica: Replica) {
        let found = self
            .processes
            .iter_mut()
            .find(|process| process.replica == replica);
        let process = found.unwrap_or_else(|| panic!("there is no {replica}"));
        process.kill().await;
        process.spawn();
        process.ready(&self.http).await;
    }

    /// Kills NATS and starts it again; returns when it accepts connections.
    pub async fn kill_and_restart_nats(&mut self) {
        self.nats.kill().await.unwrap();
        self.nats.restart().await.unwrap();
    }

    /// Kills the server that has the journals and starts it again; returns when it accepts
    /// connections.
    ///
    /// # Panics
    /// If NATS has them.
    pub async fn kill_and_restart_store(&mut self) {
        let store = self.store.as_mut().unwrap();
        store.kill().await;
        store.start().await;
    }

    /// Where the journals are.
    pub fn journals(&self) -> Journals {
        match self.store {
            None => Journals::Nats,
            Some(_) => Journals::EventStoreDouble,
        }
    }

    /// How many messages a stream has ever had.
    pub async fn head(&self, stream: Stream) -> u64 {
        self.bus.head(stream).await.unwrap()
    }

    /// HTTP, to all ingresses in turn.
    pub fn api(&self) -> Api {
        let ingresses = self
            .processes
            .iter()
            .filter(|process| process.replica.service == Service::Ingress);
        Api::new(self.http.clone(), ingresses.map(Process::url).collect())
    }

    /// A connection to NATS of its own.
    pub async fn wire(&self) -> Wire {
        Wire::connect(self.nats.port()).await
    }

    /// The port of NATS, for clients of one's own.
    pub fn nats_port(&self) -> u16 {
        self.nats.port()
    }

    /// What the instances do, from the very first.
    pub fn trace(&self) -> Trace {
        Trace::follow(self.bus.clone())
    }

    /// Every dead letter there is.
    pub async fn dead_letters(&self) -> Vec<Stored> {
        let mut letters = Vec::new();
        for stream in Stream::ALL {
            let subject = Subject::dead(stream);
            letters.extend(self.bus.all(Stream::Dead, &subject).await.unwrap());
        }
        letters
    }

    /// The files of NATS and of the services, streams and logs, in which `text` stands.
    pub fn files_with(&self, text: &str) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = self.folder.iter().map(|it| it.path().into()).collect();
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = fs::read(&path).unwrap_or_default();
                let mut places = bytes.windows(text.len());
                if places.any(|place| place == text.as_bytes()) {
                    found.push(path);
                }
            }
        }
        found
    }

    /// Every message on a subject of a stream.
    pub async fn stored(&self, stream: Stream, subject: &Subject) -> Vec<Stored> {
        let what = format!("reading {subject}");
        within(&what, self.bus.all(stream, subject)).await.unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for process in &self.processes {
            eprintln!("--- {}\n{}", process.replica, process.log_end());
        }
        let kept = self.folder.take().map(TempDir::keep);
        eprintln!("--- logs and streams are kept in {kept:?}");
    }
}
