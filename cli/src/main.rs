//! `weir`: check, deploy, run and watch workflows, from a terminal.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod api;
mod args;
mod command;
mod number;
mod output;
mod screen;
mod table;
mod tree;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command, JournalCommand};
use output::{Exit, Output};

fn main() -> ExitCode {
    let args = Args::parse();
    let output = Output::new(args.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return output.error(&error.into(), Exit::Failed),
    };
    match runtime.block_on(run(&args, &output)) {
        Ok(exit) => exit.into(),
        Err(error) => {
            let exit = error
                .downcast_ref::<api::ApiError>()
                .map_or(Exit::Failed, api::ApiError::exit);
            output.error(&error, exit)
        }
    }
}

async fn run(args: &Args, output: &Output) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Check(check) => command::check(args, check, output),
        Command::Bound(bounded) => command::bound(args, bounded, output),
        Command::Graph(graph) => command::graph(args, graph, output),
        Command::Explain { code } => command::explain(code.as_deref(), output),
        Command::Schema => Ok(command::schema(output)),
        Command::Test(test) => command::test(test, output),
        Command::Deploy { files } => command::deploy(args, files, output).await,
        Command::Run(run) => command::run(args, run, output).await,
        Command::Send(send) => command::send(&args.client()?, send, output).await,
        Command::List(list) => command::list(&args.client()?, list, output).await,
        Command::Get { instance } => command::get(&args.client()?, instance, output).await,
        Command::Cancel { instance, reason } => {
            command::cancel(&args.client()?, instance, reason.as_deref(), output).await
        }
        Command::Why { instance } => command::why(&args.client()?, instance, output).await,
        Command::History { instance } => command::history(&args.client()?, instance, output).await,
        Command::Output { instance } => command::result(&args.client()?, instance, output).await,
        Command::Replay { instance, at } => {
            command::replay(&args.client()?, instance, *at, output).await
        }
        Command::Dlq { dlq } => command::dlq(&args.client()?, dlq, output).await,
        Command::Trace(trace) => command::trace(args, trace, output).await,
        Command::Serve(serve) => command::serve(args, serve, output).await,
        Command::Bench(bench) => command::bench(args, bench, output).await,
        Command::Journal(JournalCommand::Copy(wanted)) => {
            command::journal_copy(args, wanted, output).await
        }
        Command::Dev(dev) => command::dev(args, dev, output).await,
    }
}
