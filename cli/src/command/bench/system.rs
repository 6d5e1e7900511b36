//! What is measured: a system that was started for it, or one that runs already.

use std::{fs::File, path::Path, process::Stdio, sync::Arc, time::Duration};

use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::Mutex,
};
use uuid::Uuid;
use weir_bus::Bus;
use weir_nats::{LocalServer, NatsBus, ServerOptions, find_server};
use weir_protocol::Stream;

use super::process::Process;
use crate::{
    api::Client,
    args::{Args, Bench},
};

/// How long the services may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How long they may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// The system under test, and the ways to it.
pub(super) struct System {
    pub client: Client,
    pub bus: Arc<NatsBus>,
    /// Version of the definitions of this run: deployed ones never change.
    pub version: String,
    /// Those that were started here.
    pub processes: Vec<Process>,
    own: Mutex<Option<Own>>,
    sync: &'static str,
}

/// What was started here, to be ended in this order.
struct Own {
    services: Child,
    server: LocalServer,
    _folder: TempDir,
}

impl System {
    pub async fn start(args: &Args, bench: &Bench) -> anyhow::Result<Self> {
        let mut config = args.config()?;
        let version = format!("1.0.{}", Uuid::now_v7().as_u128() >> 80);
        if args.configuration.nats_url.is_some() {
            return Ok(Self {
                client: Client::new(&args.url)?,
                bus: weir_nats::attach(&config, "weir-bench").await?,
                version,
                processes: Vec::new(),
                own: Mutex::new(None),
                sync: "unknown",
            });
        }
        let folder = tempfile::tempdir().context("temporary folder")?;
        let program = find_server().context(
            "NATS is needed: install nats-server 2.12 or newer, run `cargo xtask setup`, or give \
             --nats-url and --url of a running system",
        )?;
        let mut options = ServerOptions::new(program, folder.path().join("nats"));
        options.sync_always = bench.sync_always;
        let server = LocalServer::start(options).await?;
        config.nats.url = server.url();
        let (services, url) = start_services(args, &server.url(), folder.path()).await?;
        let process = |name, pid: Option<u32>| pid.map(|pid| Process { name, pid });
        let processes = [
            process("services", services.id()),
            process("nats-server", server.pid()),
            process("bench", Some(std::process::id())),
        ];
        Ok(Self {
            client: Client::new(&url)?,
            bus: weir_nats::attach(&config, "weir-bench").await?,
            version,
            processes: processes.into_iter().flatten().collect(),
            own: Mutex::new(Some(Own {
                services,
                server,
                _folder: folder,
            })),
            sync: if bench.sync_always {
                "always"
            } else {
                "every 2 minutes"
            },
        })
    }

    /// What a reader of the figures must know.
    pub async fn about(&self) -> anyhow::Result<Value> {
        let journal = self.bus.usage(Stream::Journal).await?;
        Ok(json!({
            "part": "system",
            "weir": env!("CARGO_PKG_VERSION"),
            "build": if cfg!(debug_assertions) { "debug" } else { "release" },
            "nats": self.bus.server_version(),
            "sync": self.sync,
            "replicas": journal.replicas,
            "cpus": std::thread::available_parallelism().map_or(0, usize::from),
            "load": load(),
        }))
    }

    /// Ends what was started here.
    pub async fn stop(&self) -> anyhow::Result<()> {
        let Some(mut own) = self.own.lock().await.take() else {
            return Ok(());
        };
        terminate(&own.services);
        let stopped = tokio::time::timeout(STOP_TIMEOUT, own.services.wait()).await;
        let status = stopped.context("the services did not end")??;
        own.server.stop().await?;
        if status.success() {
            Ok(())
        } else {
            bail!("the services ended with {status}")
        }
    }

    pub fn bus(&self) -> &dyn Bus {
        &*self.bus
    }
}

/// The services in a process of their own; it says where it serves HTTP.
async fn start_services(
    args: &Args,
    nats_url: &str,
    folder: &Path,
) -> anyhow::Result<(Child, String)> {
    let log = folder.join("weir.log");
    let program = std::env::current_exe().context("this program")?;
    let mut command = Command::new(program);
    command
        .args(["dev", "--json", "--nats-url", nats_url])
        .args([
            "--set",
            "ingress.listen=127.0.0.1:0",
            "--set",
            "telemetry.log=warn",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(&log).with_context(|| format!("cannot write {}", log.display()))?)
        .kill_on_drop(true);
    if let Some(config) = &args.configuration.config {
        command.arg("--config").arg(config);
    }
    for assignment in &args.configuration.set {
        command
            .arg("--set")
            .arg(format!("{}={}", assignment.key, assignment.value));
    }
    let mut services = command.spawn().context("cannot start the services")?;
    let stdout = services
        .stdout
        .take()
        .context("no output of the services")?;
    let mut line = String::new();
    let mut lines = BufReader::new(stdout);
    let read = tokio::time::timeout(START_TIMEOUT, lines.read_line(&mut line)).await;
    read.context("the services did not start")??;
    let up: Value = serde_json::from_str(&line).map_err(|_| {
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        anyhow!("the services did not start: {log}")
    })?;
    let url = up["url"]
        .as_str()
        .context("the services did not say where they are")?;
    Ok((services, url.to_owned()))
}

#[cfg(unix)]
fn terminate(child: &Child) {
    if let Some(pid) = child.id() {
        let _ = std::process::Command::new("kill")
            .arg(pid.to_string())
            .status();
    }
}

#[cfg(not(unix))]
fn terminate(_: &Child) {}

/// How many processes wanted to run during the last minute.
fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg")
        .ok()?
        .split(' ')
        .next()?
        .parse()
        .ok()
}

/// [`System::about`] for people.
pub(super) fn describe(about: &Value) -> String {
    let text = |name: &str| about[name].as_str().unwrap_or("?").to_owned();
    let debug = if cfg!(debug_assertions) {
        "\nThis is a debug build, several times slower: build with --release for figures that mean \
         something."
    } else {
        ""
    };
    format!(
        "weir {} ({}), NATS {}, sync {}, replicas {}, CPUs {}, load {}{debug}",
        text("weir"),
        text("build"),
        text("nats"),
        text("sync"),
        about["replicas"],
        about["cpus"],
        about["load"],
    )
}
