//! From `main` to exit code, the same for every service.

use std::error::Error;
use std::future::Future;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, FromArgMatches};

use crate::health::{self, HealthHandle, HealthServer};
use crate::telemetry::{self, Metrics};
use crate::{Cli, Config, Service, Shutdown, run_until_shutdown};

/// Exit code of a service that failed, or did not stop within the grace period.
pub const EXIT_FAILED: u8 = 1;
/// Exit code for flags or a configuration that cannot be used; starting again does not help.
pub const EXIT_CONFIG: u8 = 2;

/// What ends a service. Anything that converts into it, `anyhow::Error` included, can be returned
/// from the body given to [`main`].
pub type Failure = Box<dyn Error + Send + Sync>;

/// What a service is given to run with.
#[derive(Clone, Debug)]
pub struct Process {
    /// The configuration.
    pub config: Arc<Config>,
    /// Triggered when the service must end.
    pub shutdown: Shutdown,
    /// To tell when the service can do its work.
    pub health: HealthHandle,
    /// To make the service's instruments.
    pub metrics: Metrics,
}

/// The whole `main` of a service: flags, configuration, log, health endpoint, `body`, exit code.
///
/// `body` returns when `process.shutdown` is triggered; past the grace period it is dropped. The
/// exit code is 0 after an orderly end, [`EXIT_FAILED`], [`EXIT_CONFIG`], or 128 + the signal's
/// number after a second signal.
pub fn main<B, F, E>(service: Service, body: B) -> ExitCode
where
    B: FnOnce(Process) -> F,
    F: Future<Output = Result<(), E>>,
    E: Into<Failure>,
{
    let flags = Cli::augment_args(clap::Command::new(service.name()));
    let flags = flags
        .version(env!("CARGO_PKG_VERSION"))
        .about(service.about());
    let matches = flags.get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let config = match Config::load(&cli) {
        Ok(config) => config,
        Err(error) => return refuse(service, &error),
    };
    if cli.print_config {
        return print(&config);
    }
    let guard = match telemetry::init(service.name(), &config) {
        Ok(guard) => guard,
        Err(error) => return refuse(service, &error),
    };
    log_panics();
    let code = match serve(service, config, guard.metrics(), body) {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            tracing::error!(error = chain(failure.as_ref()), "failed");
            ExitCode::from(EXIT_FAILED)
        }
    };
    // Outside the runtime: sending the last traces blocks.
    drop(guard);
    code
}

fn serve<B, F, E>(
    service: Service,
    config: Config,
    metrics: Metrics,
    body: B,
) -> Result<(), Failure>
where
    B: FnOnce(Process) -> F,
    F: Future<Output = Result<(), E>>,
    E: Into<Failure>,
{
    let runtime = tokio::runtime::Runtime::new()?;
    let ended = runtime.block_on(run(service, Arc::new(config), metrics, body));
    // A blocking task that was left behind must not keep the process.
    runtime.shutdown_background();
    ended
}

async fn run<B, F, E>(
    service: Service,
    config: Arc<Config>,
    metrics: Metrics,
    body: B,
) -> Result<(), Failure>
where
    B: FnOnce(Process) -> F,
    F: Future<Output = Result<(), E>>,
    E: Into<Failure>,
{
    let version = env!("CARGO_PKG_VERSION");
    tracing::info!(service = service.name(), version, "starting");
    let shutdown = Shutdown::on_signals()?;
    let health = HealthHandle::new(shutdown.clone());
    let _server = serve_health(service, &config, &health).await?;
    let grace = Duration::from_millis(config.shutdown.grace_ms);
    let process = Process {
        config,
        shutdown: shutdown.clone(),
        health,
        metrics,
    };
    let ended = run_until_shutdown(&shutdown, grace, body(process)).await?;
    ended.map_err(Into::into)
}

async fn serve_health(
    service: Service,
    config: &Config,
    health: &HealthHandle,
) -> Result<Option<HealthServer>, Failure> {
    let (Some(listen), key) = service.health_listen(config) else {
        return Ok(None);
    };
    let server = health::serve(listen, health.clone())
        .await
        .map_err(|error| {
            format!("cannot listen on {listen} ({key}): {error}; choose another address")
        })?;
    tracing::info!(address = %server.address(), "health endpoint");
    Ok(Some(server))
}

/// Before there is a log, errors go to standard error as they are.
fn refuse(service: Service, error: &dyn Error) -> ExitCode {
    // If standard error is closed, the exit code is all that is left.
    let _ = writeln!(std::io::stderr(), "{}: {}", service.name(), chain(error));
    ExitCode::from(EXIT_CONFIG)
}

fn print(config: &Config) -> ExitCode {
    match write!(std::io::stdout(), "{}", config.to_toml()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(EXIT_FAILED),
    }
}

/// A panic is a bug; it must reach whoever collects the log, in the log's shape.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or_default();
        let location = panic.location().map(ToString::to_string);
        tracing::error!(message, location, "panicked");
    }));
}

/// An error with its causes, as one line.
fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Many errors already end with their cause.
        if !line.ends_with(&cause_text) {
            line = format!("{line}: {cause_text}");
        }
        source = cause.source();
    }
    line
}
