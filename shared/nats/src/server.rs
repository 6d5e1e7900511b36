//! A nats-server of one's own: for `weir dev` and for tests.

use std::{
    fs,
    hash::{BuildHasher, RandomState},
    io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::Instant,
};

/// How long a start may take; a large store takes seconds to recover.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause between looks at a server that starts.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// A server's first line is shorter.
const GREETING_BYTES_MAX: u64 = 64 * 1024;
/// Lines of the log that are shown when a start fails.
const LOG_LINES: usize = 5;

/// What to run, and where.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The program; see [`crate::find_server`].
    pub program: PathBuf,
    /// Keeps configuration, log and data; created if it is missing.
    pub folder: PathBuf,
    /// On loopback; without one, a free one is taken.
    pub port: Option<u16>,
    /// Largest message, in bytes.
    pub message_bytes_max: u32,
    /// Every acknowledged message is on disk, not only in the system's memory. Slow.
    pub sync_always: bool,
    /// What ends this process's group (an interrupt from the terminal, a test runner that has no
    /// more patience) does not end it.
    pub own_group: bool,
}

impl ServerOptions {
    /// On a free port, with the server's defaults.
    pub fn new(program: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            folder: folder.into(),
            port: None,
            message_bytes_max: 1024 * 1024,
            sync_always: false,
            own_group: true,
        }
    }
}

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Its folder or its program cannot be used.
    #[error("cannot {what} {path}: {source}", path = path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// It ended while it started.
    #[error("nats-server on port {port} ended with {status}: {log}")]
    Ended {
        /// Its port; another server may have it.
        port: u16,
        /// How it ended.
        status: ExitStatus,
        /// The end of its log.
        log: String,
    },
    /// It does not accept connections.
    #[error(
        "nats-server on port {port} does not accept connections after {START_TIMEOUT:?}: {log}"
    )]
    Slow {
        /// Its port.
        port: u16,
        /// The end of its log.
        log: String,
    },
}

/// A running nats-server with JetStream on loopback. Ends when this is dropped.
#[derive(Debug)]
pub struct LocalServer {
    options: ServerOptions,
    /// Like no other's: on its port, another server may answer.
    name: String,
    port: u16,
    child: Child,
}

impl LocalServer {
    /// Starts a server, and returns once it accepts connections.
    ///
    /// # Errors
    /// Says what is in the way; the log is in the folder.
    pub async fn start(options: ServerOptions) -> Result<Self, ServerError> {
        let folder = options.folder.clone();
        fs::create_dir_all(&folder).map_err(failed_to("create", &folder))?;
        let port = match options.port {
            Some(port) => port,
            None => free_port().map_err(failed_to("find a free port for", &folder))?,
        };
        let name = format!("weir-{:016x}", RandomState::new().hash_one(&folder));
        let config = folder.join("nats-server.conf");
        let text = configuration(&options, &name, port);
        fs::write(&config, text).map_err(failed_to("write", &config))?;
        let child = spawn(&options, &config)?;
        let mut server = Self {
            options,
            name,
            port,
            child,
        };
        server.wait_until_ready().await?;
        Ok(server)
    }

    /// Where clients connect to.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process; none once it has ended.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ends it as a crash would: at once (SIGKILL).
    pub async fn kill(&mut self) -> io::Result<()> {
        self.child.kill().await
    }

    /// Asks it to end (SIGTERM), and waits for that.
    pub async fn stop(&mut self) -> io::Result<()> {
        terminate(&mut self.child).await
    }

    /// Starts it again on the same port and data, after [`LocalServer::kill`] or
    /// [`LocalServer::stop`].
    ///
    /// # Errors
    /// As [`LocalServer::start`].
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        let config = self.options.folder.join("nats-server.conf");
        self.child = spawn(&self.options, &config)?;
        self.wait_until_ready().await
    }

    async fn wait_until_ready(&mut self) -> Result<(), ServerError> {
        let deadline = Instant::now() + START_TIMEOUT;
        let port = self.port;
        let log = log_path(&self.options.folder);
        while !greets(port, &self.name).await {
            let ended = self.child.try_wait().map_err(failed_to("watch", &log))?;
            let log = || log_end(&log);
            if let Some(status) = ended {
                let log = log();
                return Err(ServerError::Ended { port, status, log });
            }
            if Instant::now() > deadline {
                return Err(ServerError::Slow { port, log: log() });
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }
}

fn failed_to(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ServerError {
    let path = path.to_owned();
    move |source| ServerError::Io { what, path, source }
}

fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

fn configuration(options: &ServerOptions, name: &str, port: u16) -> String {
    let store = options.folder.join("jetstream");
    // Quoted as in JSON.
    let store = serde_json::Value::from(store.display().to_string());
    let sync = if options.sync_always { "always" } else { "2m" };
    let max = options.message_bytes_max;
    format!(
        "server_name: {name}\nlisten: 127.0.0.1:{port}\nmax_payload: {max}\n\
         jetstream {{\n  store_dir: {store}\n  sync_interval: {sync}\n}}\n"
    )
}

fn spawn(options: &ServerOptions, config: &Path) -> Result<Child, ServerError> {
    let path = log_path(&options.folder);
    let log = fs::File::options().create(true).append(true).open(&path);
    let log = log.map_err(failed_to("open", &path))?;
    let mut command = Command::new(&options.program);
    command
        .arg("--config")
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true);
    // An interrupt from the terminal is for the services: they need it until they have ended.
    #[cfg(unix)]
    if options.own_group {
        command.process_group(0);
    }
    command.spawn().map_err(failed_to("run", &options.program))
}

fn log_path(folder: &Path) -> PathBuf {
    folder.join("nats-server.log")
}

/// The last lines of its log.
fn log_end(path: &Path) -> String {
    let log = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    let shown = lines.len().saturating_sub(LOG_LINES);
    lines[shown..].join("\n")
}

/// Whether the server of this name greets at this port.
async fn greets(port: u16, name: &str) -> bool {
    let greeting = async {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        let mut line = String::new();
        let mut reader = BufReader::new(stream).take(GREETING_BYTES_MAX);
        reader.read_line(&mut line).await?;
        io::Result::Ok(line)
    };
    let greeting = tokio::time::timeout(Duration::from_secs(1), greeting).await;
    matches!(greeting, Ok(Ok(line)) if line.starts_with("INFO ") && line.contains(name))
}

#[cfg(unix)]
async fn terminate(child: &mut Child) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(pid) = id.and_then(Pid::from_raw) {
        kill_process(pid, Signal::TERM)?;
    }
    child.wait().await.map(drop)
}

#[cfg(not(unix))]
async fn terminate(child: &mut Child) -> io::Result<()> {
    child.kill().await
}
