//! The double as a server.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{net::TcpListener, runtime::Runtime, task::JoinHandle};
use tokio_stream::{StreamExt, wrappers::TcpListenerStream};
use tonic::{Status, metadata::MetadataMap, service::Routes, transport::Server};

use crate::{
    service,
    store::Store,
    wire::{ClusterInfo, EndPoint, Member},
};

/// The states of nodes that gossip tells, of sixteen.
const FOLLOWER: i32 = 6;
const LEADER: i32 = 8;

/// What a double is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where it keeps the events.
    pub file: PathBuf,
    /// Largest append, in bytes: the default of servers is 1 MiB.
    pub append_bytes_max: usize,
    /// Whether it knows `BatchAppend`, as servers do since version 21.10.
    pub batches: bool,
    /// The only user that is let in, with the password; without it, everybody is.
    pub user: Option<(String, String)>,
    /// Of a follower, where its leader is. It knows nothing, and sends on whoever needs a leader.
    pub leader: Option<SocketAddr>,
}

impl Options {
    /// A double on a free port that lets everybody in.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            file: file.into(),
            append_bytes_max: 1024 * 1024,
            batches: true,
            user: None,
            leader: None,
        }
    }
}

/// How long its connections may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// A double that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Double {
    address: SocketAddr,
    shared: Shared,
    server: JoinHandle<()>,
    /// Its own, so that its connections end with it.
    runtime: Option<Runtime>,
}

/// What its connections share.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<State>);

#[derive(Debug)]
struct State {
    options: Options,
    address: SocketAddr,
    store: Mutex<Store>,
    answers_to_lose: AtomicU32,
}

impl Double {
    /// Starts one, with what its file holds.
    ///
    /// # Errors
    /// If the address or the file cannot be had.
    pub async fn start(options: Options) -> io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build()?;
        let listen = options.listen;
        let bound = runtime.spawn(TcpListener::bind(listen)).await;
        let listener = bound.map_err(io::Error::other)??;
        let address = listener.local_addr()?;
        let shared = Shared(Arc::new(State {
            store: Mutex::new(Store::open(&options.file)?),
            options,
            address,
            answers_to_lose: AtomicU32::new(0),
        }));
        let routes = Routes::from(service::routes(&shared));
        let server = Server::builder().add_routes(routes);
        let server = runtime.spawn(async move {
            // It ends with the listener, or when it is dropped.
            let connections = TcpListenerStream::new(listener).map(|connection| {
                // As servers do: answers are small, and waited for.
                connection.and_then(|stream| stream.set_nodelay(true).map(|()| stream))
            });
            let _ = server.serve_with_incoming(connections).await;
        });
        Ok(Self {
            address,
            shared,
            server,
            runtime: Some(runtime),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How the client reaches it. Its first attempt comes without the usual half second's pause.
    pub fn connection_string(&self) -> String {
        format!("esdb://{}?tls=false&discoveryInterval=1", self.address)
    }

    /// Of the next so many appends, stores the events and loses the answer.
    pub fn lose_answers(&self, count: u32) {
        self.shared.0.answers_to_lose.store(count, Ordering::SeqCst);
    }

    /// Ends it and its connections, in the middle of whatever they do.
    pub async fn stop(mut self) {
        if let Some(runtime) = self.runtime.take() {
            let stopped = tokio::task::spawn_blocking(|| runtime.shutdown_timeout(STOP_TIMEOUT));
            // It has nothing to say.
            let _ = stopped.await;
        }
    }

    /// Waits until it ends, which it does not by itself.
    pub async fn ended(mut self) {
        // An end is an end, however it came.
        let _ = (&mut self.server).await;
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn append_bytes_max(&self) -> usize {
        self.0.options.append_bytes_max
    }

    pub fn batches(&self) -> bool {
        self.0.options.batches
    }

    /// Whether the answer to this append is lost.
    pub fn loses_this_answer(&self) -> bool {
        let left = &self.0.answers_to_lose;
        left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        })
        .is_ok()
    }

    /// Whether a request may be served here.
    pub fn admit(&self, metadata: &MetadataMap) -> Result<(), Status> {
        let of = |name| metadata.get(name).and_then(|value| value.to_str().ok());
        if let Some((user, password)) = &self.0.options.user {
            let login = BASE64_STANDARD.encode(format!("{user}:{password}"));
            if of("authorization") != Some(&format!("Basic {login}")) {
                return Err(Status::permission_denied("Access Denied"));
            }
        }
        match self.0.options.leader {
            Some(leader) if of("requires-leader") == Some("true") => Err(not_leader(leader)),
            _ => Ok(()),
        }
    }

    pub fn cluster(&self) -> ClusterInfo {
        let member = |state, address: SocketAddr| Member {
            state,
            is_alive: true,
            http_end_point: Some(EndPoint {
                address: address.ip().to_string(),
                port: address.port().into(),
            }),
        };
        let members = match self.0.options.leader {
            Some(leader) => vec![member(FOLLOWER, self.0.address), member(LEADER, leader)],
            None => vec![member(LEADER, self.0.address)],
        };
        ClusterInfo { members }
    }
}

fn not_leader(leader: SocketAddr) -> Status {
    let mut metadata = MetadataMap::new();
    let values = [
        ("exception", "not-leader".to_owned()),
        ("leader-endpoint-host", leader.ip().to_string()),
        ("leader-endpoint-port", leader.port().to_string()),
    ];
    for (name, value) in values {
        if let Ok(value) = value.parse() {
            metadata.insert(name, value);
        }
    }
    Status::with_metadata(tonic::Code::NotFound, "Leader info available", metadata)
}
