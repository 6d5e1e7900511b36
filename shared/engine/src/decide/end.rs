//! The end of the instance, in every way there is.

use weir_expression::Data;
use weir_graph::Measure;

use super::{Decider, arguments::Site};
use crate::{Activation, BOUND_EXCEEDED, Carried, ErrorKind, Event, Progress, WorkflowError};

impl Decider<'_> {
    /// `end`: a part of `frame` that has ended ends the workflow. What encloses it ends with the
    /// same data, without its own `output` and `export`; what runs beside it is cancelled. The
    /// workflow's `output` still applies.
    pub(super) fn end(&mut self, frame: Activation, branch: usize) {
        let Some(state) = self.state.tasks.get(&frame) else {
            return;
        };
        let output = if let Progress::Branches { outputs, .. } = &state.progress {
            outputs.get(&branch).cloned()
        } else {
            state.handed_down().cloned()
        };
        let output = output.unwrap_or_default();
        let mut frame = frame;
        while frame != Activation::ROOT {
            self.cancel_parts(frame);
            let Some(state) = self.state.tasks.get(&frame) else {
                return;
            };
            let parent = state.parent.unwrap_or_default();
            let carried = if matches!(
                state.progress,
                Progress::Branches { .. } | Progress::Listening { .. }
            ) {
                Carried::Value(output.clone())
            } else {
                Carried::Last
            };
            self.emit(Event::TaskCompleted {
                task: frame,
                output: carried,
                context: None,
            });
            frame = parent;
        }
        self.finish();
    }

    /// The workflow has run to its end: `output.as`, then `output.schema`.
    pub(super) fn finish(&mut self) {
        self.cancel_parts(Activation::ROOT);
        let root = self.state.tasks.get(&Activation::ROOT);
        let raw = root
            .and_then(|root| root.handed_down().cloned())
            .unwrap_or_default();
        match self.workflow_output(&raw) {
            Ok(output) => self.last(Event::WorkflowCompleted {
                output: output.unwrap_or(raw),
            }),
            Err(error) => self.fail(Activation::ROOT, error),
        }
    }

    fn workflow_output(&self, raw: &Data) -> Result<Option<Data>, WorkflowError> {
        let site = Site {
            context: Some(&self.state.context),
            ..Site::default()
        };
        self.transform(&site, "output.as", &self.program.output, raw)
    }

    /// Ends the instance from outside.
    pub(super) fn cancel(&mut self, reason: Option<&str>) {
        self.cancel_parts(Activation::ROOT);
        self.last(Event::WorkflowCancelled {
            reason: reason.map(str::to_owned),
        });
    }

    /// Ends an instance that would do more than its bound says. Nothing catches that.
    pub(super) fn overrun(&mut self, measure: Measure) {
        let (name, most) = (measure.name(), self.program.bound.get(measure));
        let error = WorkflowError {
            type_: BOUND_EXCEEDED.to_owned(),
            title: Some("Bound exceeded".to_owned()),
            ..ErrorKind::Runtime.error(format!(
                "the instance would exceed the {most} {name} of its static bound; this is a defect \
                 of Weir, please report it with the definition"
            ))
        };
        self.fail(Activation::ROOT, error);
    }

    /// An error for a task that the program does not have.
    pub(super) fn unknown(&self, task: Activation) -> WorkflowError {
        ErrorKind::Runtime.error(format!(
            "the definition has no task `{}`, though the instance is running it; this is a defect \
             of Weir, please report it",
            self.reference(task)
        ))
    }

    /// Cancels everything that is part of `task`, the latest first.
    pub(super) fn cancel_parts(&mut self, task: Activation) {
        for task in self.state.descendants(task) {
            self.emit(Event::TaskCancelled { task });
        }
    }

    /// Makes the instance's last event happen.
    pub(super) fn last(&mut self, event: Event) {
        self.emit(event);
        self.work.clear();
    }
}
