//! `weir serve`: a command becomes a function that workflows call.

use std::sync::Arc;

use anyhow::Context;
use serde_json::json;
use weir_executor::{Functions, Ports, Served, Settings, run_functions};
use weir_graph::function_token;
use weir_nats::Adapters;
use weir_runtime::{HealthHandle, Shutdown, telemetry};

use crate::{
    args::{Args, Serve},
    output::{Exit, Output},
};

pub(crate) async fn serve(args: &Args, serve: &Serve, output: &Output) -> anyhow::Result<Exit> {
    let token = function_token(&serve.function).with_context(|| {
        format!(
            "`{}` is no function: write NAME:VERSION, of letters, digits and `-`, such as \
             charge:1.0.0",
            serve.function
        )
    })?;
    let config = args.config()?;
    let telemetry = telemetry::init("weir-serve", &config)?;
    let shutdown = Shutdown::on_signals()?;
    let adapters = Adapters::open(&config, "weir-serve").await?;
    let settings = Settings::new(&config);
    let command = Served::new(
        // It is served for as long as the process lives.
        token.to_string().leak(),
        serve.command.clone(),
        serve.concurrency,
        settings.shell_output_bytes_max,
    );
    let ports = Ports {
        bus: adapters.bus.clone(),
        clock: adapters.clock.clone(),
        health: HealthHandle::new(shutdown.clone()),
        metrics: telemetry.metrics(),
        shutdown,
    };
    output.print(
        &json!({"function": serve.function, "nats": config.nats.url}),
        || {
            format!(
                "Serving `call: {}@default` on {}. Ctrl-C stops it.",
                serve.function, config.nats.url
            )
        },
    );
    let functions = Functions::of(vec![Arc::new(command)]);
    let served = adapters
        .during(run_functions(functions, settings, ports))
        .await;
    served.map_err(anyhow::Error::from_boxed)?;
    Ok(Exit::Done)
}
