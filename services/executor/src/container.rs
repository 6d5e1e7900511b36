//! `run.container`: a container of a Docker engine, its output, its exit code.
//!
//! Every container carries the id of its action as a label. One that did not end by itself is
//! removed: at the deadline, when it writes too much, when the executor stops, and, if the executor
//! is killed outright, by whoever gets the action next, or by [`sweep`].

mod asked;
mod engine;
mod image;
mod stream;
mod sweep;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::Request;
use weir_runtime::Clock;

use self::{
    asked::{Cleanup, With},
    engine::Engine,
    stream::exchange,
};
use crate::{Action, Function, Settings, StartError, process::outcome_of};

/// How long the removal of a container may take that nobody waits for.
const REMOVAL: Duration = Duration::from_secs(10);
/// Containers are looked through this often.
const SWEEP: Duration = Duration::from_secs(10);

/// Runs containers.
pub struct Container {
    engine: Arc<Engine>,
    concurrency_max: usize,
    output_bytes_max: usize,
    clock: Clock,
    /// Containers on their way out.
    ending: TaskTracker,
}

impl Container {
    /// With the engine that `settings` name, whether it is there shows later; `clock` is for
    /// deadlines.
    ///
    /// # Errors
    /// The address is no address.
    pub fn new(settings: &Settings, clock: Clock) -> Result<Self, StartError> {
        Ok(Self {
            engine: Arc::new(Engine::new(&settings.docker)?),
            concurrency_max: settings.shell_concurrency_max,
            output_bytes_max: settings.shell_output_bytes_max,
            clock,
            ending: TaskTracker::new(),
        })
    }
}

#[async_trait]
impl Function for Container {
    fn name(&self) -> &'static str {
        "container"
    }

    fn concurrency_max(&self) -> usize {
        self.concurrency_max
    }

    async fn call(&self, action: &Action<'_>) -> Result<Value, WorkflowError> {
        let Request::Container(arguments) = action.request else {
            return Err(ErrorKind::Runtime.error("not a container"));
        };
        let with = With::deserialize(arguments.with.as_value())
            .map_err(|error| ErrorKind::Configuration.error(format!("container: {error}")))?;
        let engine = &self.engine;
        // What another executor left behind: the action begins again.
        engine.remove_of(action.id).await?;
        let image = engine.image(&with.image, with.pull_policy).await?;
        let wanted = with.wanted(action, &image)?;
        let mut unfinished = Unfinished {
            engine: Some(engine.clone()),
            action: action.id.to_owned(),
            ending: self.ending.clone(),
        };
        let id = engine.create(&with.name(action), &wanted).await?;
        let stdin = with.stdin();
        let stream = engine.attach(&id, stdin.is_some()).await?;
        engine.start(&id).await?;
        let output = exchange(stream, stdin, self.output_bytes_max).await?;
        let code = engine.wait(&id).await?;
        unfinished.engine = None;
        if with.cleanup()? == Cleanup::Always
            && let Err(error) = engine.remove(&id).await
        {
            tracing::warn!(%error, id, "a container stays for now, though it has ended");
        }
        Ok(outcome_of(
            with.return_,
            code,
            &output.stdout,
            &output.stderr,
        ))
    }

    async fn tend(&self) {
        if let Err(error) = self.engine.ping().await {
            tracing::warn!(%error, "`run: container` will fail");
        }
        loop {
            let now_ms = (self.clock)();
            let pause = match sweep::sweep(&self.engine, now_ms).await {
                Ok(Some(due_ms)) => SWEEP.min(Duration::from_millis(due_ms.saturating_sub(now_ms))),
                Ok(None) => SWEEP,
                Err(error) => {
                    tracing::debug!(%error, "containers that have had their time may be left");
                    SWEEP
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn close(&self) {
        self.ending.close();
        self.ending.wait().await;
    }
}

/// A container that has not ended by itself. Dropping this removes it.
struct Unfinished {
    engine: Option<Arc<Engine>>,
    action: String,
    ending: TaskTracker,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let (Some(engine), Ok(runtime)) = (self.engine.take(), Handle::try_current()) else {
            return;
        };
        let action = std::mem::take(&mut self.action);
        let end = async move {
            match tokio::time::timeout(REMOVAL, engine.remove_of(&action)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, action, "a container may be left"),
                Err(_) => tracing::warn!(action, "a container may be left: no answer"),
            }
        };
        self.ending.spawn_on(end, &runtime);
    }
}
