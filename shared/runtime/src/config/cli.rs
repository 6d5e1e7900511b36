//! The flags that every Weir process shares.

use std::path::PathBuf;
use std::str::FromStr;

/// Flags about configuration, to flatten into a process's own command line.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Configuration")]
pub struct Cli {
    /// Configuration file, TOML or YAML [default: `$WEIR_CONFIG`, else ./weir.toml or ./weir.yaml
    /// if present]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Print the effective configuration as TOML, secrets redacted, and exit
    #[arg(long, global = true)]
    pub print_config: bool,

    /// Set one configuration key, for example `--set executor.concurrency_max=16`; lists are
    /// separated by commas. Overrides file and environment
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub set: Vec<Assignment>,

    /// NATS server, as `--set nats.url=…`
    #[arg(long, global = true, value_name = "URL")]
    pub nats_url: Option<String>,
}

/// One `key=value` of `--set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The dotted key, for example `nats.url`.
    pub key: String,
    /// The text after the first `=`.
    pub value: String,
}

impl FromStr for Assignment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = text
            .split_once('=')
            .ok_or("expected key=value, for example nats.url=nats://127.0.0.1:4222")?;
        Ok(Self {
            key: key.trim().to_owned(),
            value: value.to_owned(),
        })
    }
}
