//! The workflow's own beginning: `input.schema`, then `input.from`, then its first task.

use weir_expression::Data;
use weir_graph::Deadline;

use super::{Decider, Identity, arguments::Site, evaluate::validate};
use crate::{Activation, Event, StartInstance, Timestamp, WorkflowError};

impl Decider<'_> {
    pub(super) fn start(&mut self, start: &StartInstance) {
        self.identity = Identity {
            instance: start.instance,
            input: start.input.clone(),
            started_at: self.now,
        };
        let (transformed, error) = match self.workflow_input(&start.input) {
            Ok(transformed) => (transformed, None),
            Err(error) => (None, Some(error)),
        };
        let (deadline, error) = match self.workflow_deadline(&start.input, transformed.as_ref()) {
            Ok(deadline) => (deadline, error),
            Err(failed) => (
                self.clock.plus_ms(self.program.limits.workflow_timeout_ms),
                error.or(Some(failed)),
            ),
        };
        self.emit(Event::WorkflowStarted {
            instance: start.instance,
            workflow: start.workflow.clone(),
            input: start.input.clone(),
            transformed,
            deadline,
            since: start.since,
            parent: start.parent.clone(),
        });
        match error {
            Some(error) => self.fail(Activation::ROOT, error),
            None => self.begin(self.program.root, Activation::ROOT, 0),
        }
    }

    /// Ends an instance whose start cannot be recorded: without its input, but not without a trace.
    pub(super) fn refuse_to_start(&mut self, error: &WorkflowError) {
        self.emit(Event::WorkflowStarted {
            instance: self.state.instance,
            workflow: self.program.workflow.clone(),
            input: Data::null(),
            transformed: None,
            deadline: self.clock.plus_ms(self.program.limits.workflow_timeout_ms),
            since: self.now,
            parent: None,
        });
        self.fail(Activation::ROOT, error.clone());
    }

    fn workflow_input(&self, raw: &Data) -> Result<Option<Data>, WorkflowError> {
        let transform = &self.program.input;
        if let Some(schema) = &transform.schema {
            validate("input", schema, raw)?;
        }
        let Some(mapping) = &transform.mapping else {
            return Ok(None);
        };
        let input = self.map(&Site::default(), "input.from", mapping, raw)?;
        Ok(Some(Data::from(input)))
    }

    fn workflow_deadline(
        &self,
        raw: &Data,
        transformed: Option<&Data>,
    ) -> Result<Timestamp, WorkflowError> {
        let ms = match &self.program.deadline {
            Deadline::Own(interval) => {
                let input = transformed.unwrap_or(raw);
                let site = Site {
                    context: Some(input),
                    input: Some(input),
                    ..Site::default()
                };
                self.interval(&site, "timeout.after", interval, input)?
            }
            Deadline::Default(ms) => *ms,
            Deadline::Inherited => self.program.limits.workflow_timeout_ms,
        };
        Ok(self.clock.plus_ms(ms))
    }
}
