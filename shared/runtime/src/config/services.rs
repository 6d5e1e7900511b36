//! The settings of the single services, and those of every process.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// The HTTP door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ingress {
    /// Address for events and the management API; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Largest request body, in bytes; longer ones are answered with 413.
    pub body_bytes_max: usize,
}

impl Default for Ingress {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            body_bytes_max: 1024 * 1024,
        }
    }
}

/// The service that decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scheduler {
    /// Instances kept in memory; others are read from the journal when a message arrives.
    pub instances_max: usize,
    /// Messages in work at the same time.
    pub in_flight_max: usize,
    /// Number of this scheduler among all, from 0, for example the ordinal of a StatefulSet: then
    /// the partitions of the inbox are spread evenly. Unset, they are spread at random.
    #[serde(deserialize_with = "number_or_text")]
    pub replica: Option<u8>,
}

impl Default for Scheduler {
    fn default() -> Self {
        Self {
            instances_max: 50_000,
            in_flight_max: 256,
            replica: None,
        }
    }
}

/// The environment and flags give text, and an unset default does not tell that it is a number.
fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(u64),
        Text(String),
    }
    let number = match Option::deserialize(deserializer)? {
        None => return Ok(None),
        Some(Given::Number(number)) => u8::try_from(number).ok(),
        Some(Given::Text(text)) => text.trim().parse().ok(),
    };
    let number = number.ok_or_else(|| D::Error::custom("expected a number from 0 to 255"))?;
    Ok(Some(number))
}

/// The service that acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Executor {
    /// Kinds of action that this process takes; leave the others to other executors and workers.
    pub functions: Vec<String>,
    /// Actions of one function in work at the same time.
    pub concurrency_max: usize,
    /// Shell commands in work at the same time, in place of `concurrency_max`: each is at least one
    /// process.
    pub shell_concurrency_max: usize,
    /// Largest HTTP response body, in bytes; the action fails on a longer one.
    pub response_bytes_max: usize,
    /// Largest output of a shell command, in bytes, for stdout and stderr each.
    pub shell_output_bytes_max: usize,
    /// The command that runs scripts in JavaScript: a name on PATH, or a path.
    pub node: String,
    /// The command that runs scripts in Python: a name on PATH, or a path.
    pub python: String,
    /// The address of the Docker engine for containers: `unix:///path`, `tcp://host:port`, or a URL.
    pub docker: String,
    /// The folder of the files that definitions refer to with `file:`. Unset: none.
    pub resources_folder: Option<PathBuf>,
    /// The folder with a file for each secret; files in a folder named after a namespace are only
    /// for its workflows. Unset: no files.
    pub secrets_folder: Option<PathBuf>,
    /// What the names of environment variables that hold secrets begin with.
    pub secrets_prefix: String,
    /// How long an action may go without a sign of life before another executor gets it, in
    /// milliseconds. Not the action's deadline: a running action keeps giving signs.
    pub ack_wait_ms: u64,
}

impl Default for Executor {
    fn default() -> Self {
        const KIB: usize = 1024;
        Self {
            functions: [
                "a2a",
                "mcp",
                "grpc",
                "container",
                "http",
                "openapi",
                "script",
                "shell",
            ]
            .map(str::to_owned)
            .into(),
            concurrency_max: 256,
            shell_concurrency_max: 32,
            response_bytes_max: 768 * KIB,
            shell_output_bytes_max: 384 * KIB,
            node: "node".to_owned(),
            python: "python3".to_owned(),
            docker: "unix:///var/run/docker.sock".to_owned(),
            resources_folder: None,
            secrets_folder: None,
            secrets_prefix: "WEIR_SECRET_".to_owned(),
            ack_wait_ms: 30_000,
        }
    }
}

/// Where each service answers `/healthz` and `/readyz`; unset means nowhere. One key per service,
/// so that all can share a file; port 0 takes a free one, which is logged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Health {
    /// Address of ingress, for example `127.0.0.1:9101`.
    pub ingress_listen: Option<SocketAddr>,
    /// Address of the scheduler, for example `127.0.0.1:9102`.
    pub scheduler_listen: Option<SocketAddr>,
    /// Address of the executor, for example `127.0.0.1:9103`.
    pub executor_listen: Option<SocketAddr>,
    /// Address of the timer, for example `127.0.0.1:9104`.
    pub timer_listen: Option<SocketAddr>,
}

/// How a process ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shutdown {
    /// How long what is in flight may take to end after SIGTERM or SIGINT, in milliseconds.
    pub grace_ms: u64,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { grace_ms: 10_000 }
    }
}
