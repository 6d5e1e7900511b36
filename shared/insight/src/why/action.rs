//! An action that is under way.

use std::fmt::Write as _;

use weir_engine::{ActionId, Activation, InstanceId, Progress, Request, TaskState, TryPhase};

use super::{Asked, attempts_max};
use crate::words;

/// Longest command that is written out.
const COMMAND_CHARS_MAX: usize = 60;

impl Asked<'_> {
    /// Which action, which attempt, who does it, and what went wrong before.
    pub(super) fn action(
        &self,
        activation: Activation,
        task: &TaskState,
        request: &Request,
    ) -> String {
        let ago = words::since(task.started_at, self.now);
        let id = ActionId::new(self.state.instance, &task.reference, activation);
        let by = if let Request::Workflow(_) = request {
            let instance = InstanceId::for_action(&id);
            format!("it runs as the instance {instance}, of which `weir why` says more.")
        } else {
            let function = request.function();
            format!("whoever serves `weir.actions.{function}` does it (action {id}).")
        };
        let what = described(request);
        let mut text = format!("asked for {what} {ago} ago and has no outcome yet: {by}");
        if let Some((attempt, retries)) = self.attempted(task) {
            let state = self.state.tasks.get(&attempt);
            let compiled = state.and_then(|state| self.program.find(&state.reference));
            let most = compiled.map_or_else(String::new, attempts_max);
            let name = words::named(self.state, attempt);
            let _ = write!(text, " It is attempt {}{most} of {name}.", retries + 1);
            if let Some((at, error)) = self.story.last_failure(attempt) {
                let ago = words::since(at, self.now);
                let _ = write!(text, " The one before failed {ago} ago: {error}.");
            }
        }
        text
    }

    /// The innermost `try` with retries that the task is tried by, and its retries so far.
    fn attempted(&self, task: &TaskState) -> Option<(Activation, u64)> {
        let mut parent = task.parent;
        while let Some(activation) = parent {
            let state = self.state.tasks.get(&activation)?;
            if let Progress::Try {
                retries,
                phase: TryPhase::Trying { .. },
                ..
            } = &state.progress
                && self
                    .program
                    .find(&state.reference)
                    .is_some_and(|compiled| !attempts_max(compiled).is_empty())
            {
                return Some((activation, *retries));
            }
            parent = state.parent;
        }
        None
    }
}

/// An action in a few words.
fn described(request: &Request) -> String {
    match request {
        Request::Http(http) => format!("`{} {}`", http.method, http.uri),
        Request::Shell(shell) => {
            let line = shell.command.lines().next().unwrap_or_default();
            let short: String = line.chars().take(COMMAND_CHARS_MAX).collect();
            let more = if short.len() < shell.command.trim_end().len() {
                "…"
            } else {
                ""
            };
            format!("the command `{short}{more}`")
        }
        Request::Worker(worker) => format!("the function `{}`", worker.function),
        Request::Workflow(run) => format!("the workflow `{}`", run.workflow),
        Request::Function { function, .. } => format!("`{}`", function.name()),
    }
}
