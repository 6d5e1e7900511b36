//! The subcommands.

mod bench;
mod bound;
mod cancel;
mod check;
mod deploy;
mod dev;
mod dlq;
mod explain;
mod get;
mod graph;
mod history;
mod journal;
mod list;
mod replay;
mod result;
mod run;
mod schema;
mod send;
mod serve;
mod source;
mod test;
mod trace;
mod why;

pub(crate) use bench::bench;
pub(crate) use bound::bound;
pub(crate) use cancel::cancel;
pub(crate) use check::check;
pub(crate) use deploy::deploy;
pub(crate) use dev::dev;
pub(crate) use dlq::dlq;
pub(crate) use explain::explain;
pub(crate) use get::get;
pub(crate) use graph::graph;
pub(crate) use history::history;
pub(crate) use journal::journal_copy;
pub(crate) use list::list;
pub(crate) use replay::replay;
pub(crate) use result::result;
pub(crate) use run::run;
pub(crate) use schema::schema;
pub(crate) use send::send;
pub(crate) use serve::serve;
pub(crate) use test::test;
pub(crate) use trace::trace;
pub(crate) use why::why;

use std::{fs, sync::Arc};

use anyhow::Context;
use serde_json::Value;
use weir_bus::Bus;

use crate::args::Args;
use deploy::deploy_one;
use source::valid_sources;
use trace::follow;

/// The bus, as the configuration has it: for the trace.
async fn connect(args: &Args) -> anyhow::Result<Arc<dyn Bus>> {
    let config = args.config()?;
    Ok(weir_nats::attach(&config, "weir-cli").await?)
}

/// JSON from an argument: the text itself, or `@FILE`.
fn json_argument(argument: &str) -> anyhow::Result<Value> {
    match argument.strip_prefix('@') {
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
            serde_json::from_str(&text).with_context(|| format!("{path} is not JSON"))
        }
        None => serde_json::from_str(argument)
            .with_context(|| format!("`{argument}` is not JSON (strings need quotes)")),
    }
}
