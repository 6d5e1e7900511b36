//! The end of a task that went well: `output.as`, `output.schema`, `export.as`, `export.schema`,
//! then where it leads.

use weir_expression::Data;
use weir_graph::{Flow, Kind, Task, Transform};

use super::{
    Decider, Work,
    arguments::{Site, TaskSite},
};
use crate::{Activation, Carried, Event, Progress, TaskState, TryPhase, WorkflowError};

impl Decider<'_> {
    /// Ends `task`, whose raw output is `raw`, and follows `flow`.
    pub(super) fn complete(&mut self, task: Activation, raw: &Carried, flow: Flow) {
        let Some((compiled, state)) = self.live(task) else {
            return;
        };
        let (parent, branch) = (state.parent.unwrap_or_default(), state.branch);
        match self.output(compiled, state, raw) {
            Ok((output, context)) => {
                self.emit(Event::TaskCompleted {
                    task,
                    output,
                    context,
                });
                self.follow(flow, parent, branch);
            }
            Err(error) => self.fail(task, error),
        }
    }

    fn output(
        &self,
        task: &Task,
        state: &TaskState,
        raw: &Carried,
    ) -> Result<(Carried, Option<Data>), WorkflowError> {
        if is_plain(&task.output) && is_plain(&task.export) {
            return Ok((raw.clone(), None));
        }
        let raw_output = state.resolve(raw);
        let mut site = self.site(task, state);
        if let Some(task) = &mut site.task {
            task.raw_output = Some(&raw_output);
        }
        let transformed = self.transform(&site, "output.as", &task.output, &raw_output)?;
        let output = transformed.as_ref().unwrap_or(&raw_output);
        site.output = Some(output);
        let context = match &task.export.mapping {
            Some(_) => self.transform(&site, "export.as", &task.export, output)?,
            // What is validated is the context, even where nothing is exported.
            None => self.transform(&site, "export.as", &task.export, &self.state.context)?,
        };
        let output = transformed.map_or_else(|| raw.clone(), Carried::Value);
        Ok((output, context))
    }

    /// Where the expressions of a task in progress stand.
    pub(super) fn site<'s>(&'s self, task: &'s Task, state: &'s TaskState) -> Site<'s> {
        Site {
            context: Some(&self.state.context),
            task: Some(TaskSite {
                task,
                parent: state.parent.unwrap_or_default(),
                raw: &state.raw,
                raw_output: None,
                started_at: state.started_at,
            }),
            input: Some(&state.input),
            credentials: state.credentials(),
            ..Site::default()
        }
    }

    /// Evaluates something of a task in progress, on its input.
    pub(super) fn in_task<T>(
        &self,
        task: Activation,
        run: impl FnOnce(&Self, &Site<'_>, &Data) -> Result<T, WorkflowError>,
    ) -> Result<T, WorkflowError> {
        match self.live(task) {
            Some((compiled, state)) => run(self, &self.site(compiled, state), &state.input),
            None => run(self, &Site::default(), &Data::null()),
        }
    }

    /// Goes where `flow` leads from a part of `parent` that has ended.
    pub(super) fn follow(&mut self, flow: Flow, parent: Activation, branch: usize) {
        match flow {
            Flow::To(task) => self.work.push_back(Work::Enter {
                task,
                parent,
                branch,
            }),
            Flow::Exit => self.work.push_front(Work::Leave { parent }),
            Flow::Out(way) => self.go_out(parent, way),
            Flow::End => self.end(parent, branch),
        }
    }

    /// Out of the list of an extended task, by one of its ways; or, by `exit`, out of what comes
    /// before it, and past it.
    fn go_out(&mut self, task: Activation, way: usize) {
        let Some((compiled, _)) = self.live(task) else {
            return;
        };
        let flow = if let Kind::Extended { ways, .. } = &compiled.kind {
            ways.get(way).copied().unwrap_or(compiled.then)
        } else {
            Flow::Out(way)
        };
        self.work.push_front(Work::Complete {
            task,
            raw: Carried::Last,
            flow,
        });
    }

    /// A list of `parent` is over.
    pub(super) fn leave(&mut self, parent: Activation) {
        if parent == Activation::ROOT {
            return self.finish();
        }
        let Some((compiled, state)) = self.live(parent) else {
            return;
        };
        let flow = match (&compiled.kind, &state.progress) {
            (Kind::Listen(_), _) => return self.dealt_with(parent),
            (Kind::For(_), Progress::Iterate { index, .. }) => {
                let next = index + 1;
                return self.iterate(parent, next);
            }
            (
                Kind::Fork { .. },
                Progress::Branches {
                    count,
                    outputs,
                    compete,
                    ..
                },
            ) => {
                if !compete && outputs.len() < *count {
                    return;
                }
                self.cancel_parts(parent);
                compiled.then
            }
            (
                Kind::Try(attempt),
                Progress::Try {
                    phase: TryPhase::Catching { .. },
                    ..
                },
            ) => attempt.catch.then.unwrap_or(compiled.then),
            // What an extension's list leaves is not what goes on.
            (Kind::Around(_), _) => {
                return self.work.push_front(Work::Complete {
                    task: parent,
                    raw: Carried::Input,
                    flow: compiled.then,
                });
            }
            _ => compiled.then,
        };
        self.work.push_front(Work::Complete {
            task: parent,
            raw: Carried::Last,
            flow,
        });
    }
}

fn is_plain(transform: &Transform) -> bool {
    transform.mapping.is_none() && transform.schema.is_none()
}
