//! The command line.

use std::{ffi::OsString, path::PathBuf};

use clap::{Parser, Subcommand};
use weir_engine::InstanceId;
use weir_runtime::{Cli, Config};

use crate::api::Client;

const EXIT_CODES: &str = "\
Exit codes:
  0  done; for `run`: the workflow completed
  1  failed; for `run`: the workflow faulted or was cancelled; for `test`: a case did
  2  wrong arguments or configuration
  3  the definition, event or input is not valid; warnings alone are no reason
  4  the server cannot be reached, or is not ready";

/// A shell for many computers: durable, bounded workflows over NATS.
#[derive(Debug, Parser)]
#[command(name = "weir", version, after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Write JSON, one value a line, for programs
    #[arg(long, global = true)]
    pub json: bool,
    /// Where the ingress serves HTTP
    #[arg(
        long,
        global = true,
        env = "WEIR_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    pub url: String,
    #[command(flatten)]
    pub configuration: Cli,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run everything in this process: NATS (started unless --nats-url is given), the four
    /// services, data in one folder
    Dev(Dev),
    /// Say all that is wrong with definitions, and what they can cost at most
    Check(Check),
    /// Say what one instance can do at most, and where each number comes from
    Bound(Bounded),
    /// Draw the control flow, with deadlines and bounds
    Graph(Graph),
    /// Say what the code of a diagnostic means; without one, list all codes
    Explain {
        /// Such as E021 or W003
        code: Option<String>,
    },
    /// Print the JSON Schema of definitions, for editors
    Schema,
    /// Run a workflow's own tests, offline, with virtual time
    Test(Test),
    /// Deploy definitions
    Deploy {
        /// Definitions, YAML or JSON
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Deploy a definition, start it and follow it to its end
    Run(Run),
    /// Publish a CloudEvent
    Send(Send),
    /// List instances, the latest first
    List(List),
    /// Show an instance: what it waits for, its output or error
    Get {
        /// Its id
        instance: String,
    },
    /// Say why an instance is where it is: what it waits for, until when, and what comes then
    Why {
        /// Its id
        instance: String,
    },
    /// Follow an instance as a live tree, or everything line by line
    Trace(Trace),
    /// Show what happened to an instance, decision by decision
    History {
        /// Its id
        instance: String,
    },
    /// Print the output of an instance that has completed
    Output {
        /// Its id
        instance: String,
    },
    /// Show an instance as it was: its tasks in progress and their data
    Replay {
        /// Its id
        instance: String,
        /// After which decision, as `weir history` numbers them [default: the last]
        #[arg(long, value_name = "N")]
        at: Option<u64>,
    },
    /// Be a worker: run a command for each `call: NAME:VERSION@default`
    Serve(Serve),
    /// Measure workflows, events and timers, on a system started for it or the one at --nats-url
    /// and --url
    Bench(Bench),
    /// Look at and deal with messages that could not be processed (dead letters)
    Dlq {
        #[command(subcommand)]
        dlq: Dlq,
    },
    /// Move the instances' journals between stores
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Stop an instance
    Cancel {
        /// Its id
        instance: String,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Dlq {
    /// List them, the latest first, with why they could not be processed
    List {
        /// Only those that came from this stream, such as WEIR_INBOX
        #[arg(long)]
        stream: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Show one with its headers and body
    Show {
        /// Its number
        sequence: u64,
    },
    /// Publish them to where they came from once more, and remove them here
    Replay {
        /// Their numbers
        #[arg(required = true)]
        sequences: Vec<u64>,
    },
    /// Remove them for ever
    Drop {
        /// Their numbers
        #[arg(required = true)]
        sequences: Vec<u64>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// Definitions, YAML or JSON
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write one SARIF 2.1.0 log, for tools that review code
    #[arg(long, conflicts_with = "json")]
    pub sarif: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Bounded {
    /// The definition, YAML or JSON
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Its input, whose sizes count: JSON, or @FILE
    #[arg(long, value_name = "JSON")]
    pub input: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Graph {
    /// The definition, YAML or JSON
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// In which form
    #[arg(long, value_enum, default_value_t = Format::Mermaid)]
    pub format: Format,
}

/// A form of drawings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// A flowchart that Markdown readers draw
    Mermaid,
    /// The language of Graphviz
    Dot,
    /// A picture
    Svg,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Test {
    /// Workflows with tests beside them (`order.yaml`: `order.test.yaml`), or the tests
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write the results as JUnit XML, too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Show what happened in every case, not only in those that failed
    #[arg(long)]
    pub trace: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Dev {
    /// Data of NATS, if it is started here
    #[arg(long, default_value = ".weir/dev", value_name = "FOLDER")]
    pub data: PathBuf,
    /// Port of NATS, if it is started here
    #[arg(long, default_value_t = 4222)]
    pub nats_port: u16,
    /// Sync every message to disk before it is acknowledged, if NATS is started here
    #[arg(long)]
    pub sync_always: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Bench {
    /// What to measure [default: everything]
    #[arg(value_enum)]
    pub parts: Vec<Part>,
    /// Workflows in flight: one measurement for each number
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "1,16,64,256",
        value_name = "N,…"
    )]
    pub in_flight: Vec<usize>,
    /// How long each measurement takes
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// End a measurement after so many workflows
    #[arg(long)]
    pub count: Option<u64>,
    /// How many timers
    #[arg(long, default_value_t = 10_000)]
    pub timers: u64,
    /// Sync every message to disk before it is acknowledged, if NATS is started here
    #[arg(long)]
    pub sync_always: bool,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Workflows of three HTTP calls, one after another
    Workflows,
    /// From publishing an event to the end of the workflow that waited for it
    Events,
    /// How late timers are
    Timers,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// The definition, YAML or JSON
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Its input: JSON, or @FILE
    #[arg(long, value_name = "JSON")]
    pub input: Option<String>,
    /// Do not follow it: print its id
    #[arg(long)]
    pub detach: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Send {
    /// Type of the event
    #[arg(value_name = "TYPE")]
    pub event_type: String,
    /// Its data: JSON, or @FILE
    #[arg(long, value_name = "JSON")]
    pub data: Option<String>,
    /// Its source
    #[arg(long, default_value = "/weir/cli")]
    pub source: String,
    /// Its id: the same source and id are the same event [default: a new one]
    #[arg(long)]
    pub id: Option<String>,
    /// Its subject
    #[arg(long)]
    pub subject: Option<String>,
    /// An extension attribute
    #[arg(long = "attribute", value_name = "NAME=VALUE")]
    pub attributes: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// What workflows call, such as charge:1.0.0
    #[arg(value_name = "NAME:VERSION")]
    pub function: String,
    /// So many at the same time
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub concurrency: usize,
    /// Gets the arguments as JSON on standard input, writes the output to standard output
    #[arg(required = true, last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum JournalCommand {
    /// Copy journals from one store into another, compare every record, and go on where a former
    /// copy was; the services should be stopped meanwhile
    Copy(JournalCopy),
}

#[derive(Debug, clap::Args)]
pub(crate) struct JournalCopy {
    /// Where they are
    #[arg(long, value_name = "STORE")]
    pub from: Store,
    /// Where they are to be as well: `journal.connection_string` says which EventStoreDB
    #[arg(long, value_name = "STORE")]
    pub to: Store,
    /// Only these [default: all]
    #[arg(value_name = "INSTANCE")]
    pub instances: Vec<InstanceId>,
}

/// A store of journals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Store {
    /// A stream of NATS
    Jetstream,
    /// EventStoreDB, or KurrentDB
    Eventstore,
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Only those that are running, completed, faulted or cancelled
    #[arg(long)]
    pub status: Option<String>,
    /// Only those of NAMESPACE/NAME
    #[arg(long)]
    pub workflow: Option<String>,
    /// Only those that ended with an error of this type, such as timeout, or of this status
    #[arg(long, value_name = "TYPE")]
    pub error: Option<String>,
    /// Only those that wait for events, an action, time or a retry
    #[arg(long, value_name = "WHAT")]
    pub waiting_for: Option<String>,
    /// Only those that started longer ago than this: PT1H, P1D
    #[arg(long, value_name = "DURATION")]
    pub older_than: Option<String>,
    /// Those that started first come first
    #[arg(long)]
    pub oldest: bool,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Trace {
    /// Its id
    #[arg(required_unless_present = "all")]
    pub instance: Option<String>,
    /// Everything from now on
    #[arg(long, conflicts_with = "instance")]
    pub all: bool,
}

impl Args {
    /// A client of the management API.
    pub fn client(&self) -> anyhow::Result<Client> {
        Client::new(&self.url)
    }

    /// The configuration, as the services read it.
    pub fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load(&self.configuration)?)
    }
}
