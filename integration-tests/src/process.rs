//! One service as a process.

use std::{
    fmt, fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Stdio,
};

use reqwest::{Client, StatusCode};
use tokio::process::{Child, Command};
use weir_runtime::Service;

use crate::{
    ports::free_port,
    wait::{pause, within},
};

/// Lines of a log that are shown when a test fails.
const LOG_LINES: usize = 25;

/// One process of several that do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replica {
    /// What it does.
    pub service: Service,
    /// From 1.
    pub number: u8,
}

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.service.name(), self.number)
    }
}

/// Where the programs of the services are. Cargo tells it to a test at compile time.
#[derive(Clone, Copy, Debug)]
pub struct Programs {
    /// Accepts and routes events.
    pub ingress: &'static str,
    /// Decides.
    pub scheduler: &'static str,
    /// Acts.
    pub executor: &'static str,
    /// Tells when time is up.
    pub timer: &'static str,
    /// Stands in for EventStoreDB.
    pub eventstore: &'static str,
}

impl Programs {
    fn of(&self, service: Service) -> &'static str {
        match service {
            Service::Ingress => self.ingress,
            Service::Scheduler => self.scheduler,
            Service::Executor => self.executor,
            Service::Timer => self.timer,
        }
    }
}

/// A service, running or not. Killed when dropped.
pub(crate) struct Process {
    pub replica: Replica,
    program: &'static str,
    arguments: Vec<String>,
    folder: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Process {
    /// A service that is not running yet; `settings` are for all services.
    pub fn new(programs: &Programs, replica: Replica, folder: &Path, settings: &[String]) -> Self {
        let port = free_port();
        let listen = match replica.service {
            // It answers probes beside its own requests.
            Service::Ingress => "ingress.listen",
            Service::Scheduler => "health.scheduler_listen",
            Service::Executor => "health.executor_listen",
            Service::Timer => "health.timer_listen",
        };
        let listen = format!("{listen}=127.0.0.1:{port}");
        let settings = settings.iter().cloned().chain([listen]);
        Self {
            replica,
            program: programs.of(replica.service),
            arguments: settings
                .flat_map(|setting| ["--set".to_owned(), setting])
                .collect(),
            folder: folder.to_owned(),
            port,
            child: None,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    pub fn spawn(&mut self) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.log());
        let log = log.unwrap();
        let mut command = Command::new(self.program);
        command
            .args(&self.arguments)
            .current_dir(&self.folder)
            // Not the settings of whoever runs the tests.
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        let child = command.spawn();
        self.child = Some(child.unwrap_or_else(|error| panic!("{}: {error}", self.program)));
    }

    /// Waits until it says that it can do its work.
    pub async fn ready(&mut self, http: &Client) {
        let url = format!("{}/readyz", self.url());
        let what = format!("{} is ready", self.replica);
        within(&what, async {
            loop {
                self.pid();
                let asked = http.get(&url).send().await;
                if asked.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                    return;
                }
                pause().await;
            }
        })
        .await;
    }

    /// Its process id.
    ///
    /// # Panics
    /// If it has ended.
    pub fn pid(&mut self) -> u32 {
        let replica = self.replica;
        let child = self.child.as_mut();
        let child = child.unwrap_or_else(|| panic!("{replica} was not started"));
        if let Some(status) = child.try_wait().unwrap() {
            panic!("{replica} ended: {status}");
        }
        child.id().unwrap()
    }

    /// SIGKILL; returns once it is gone.
    pub async fn kill(&mut self) {
        self.pid();
        let mut child = self.child.take().unwrap();
        child.kill().await.unwrap();
    }

    fn log(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.replica))
    }

    /// The last lines of its log.
    pub fn log_end(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}
