//! One task: what all kinds share, and the choice of the kind.

use std::sync::Arc;

use serde_json::Value;
use weir_definition::model::call::CallTask;
use weir_definition::model::run::Process;
use weir_definition::model::task::{RETURNS_MAX, SwitchCase, Task as Source, TaskKind};
use weir_expression::Data;

use super::Compiler;
use super::action::callee;
use super::list::Siblings;
use super::report::{Compiled, code};
use crate::{Case, Deadline, Kind, Task, TaskIndex};

impl<'d> Compiler<'d> {
    /// Compiles a task without what extends it.
    pub(super) fn plain(
        &mut self,
        name: &str,
        source: &'d Source,
        index: TaskIndex,
        siblings: &Siblings<'d>,
    ) -> Compiled<Task> {
        let guard = source
            .if_
            .as_ref()
            .map(|guard| self.expression(guard))
            .transpose();
        let input = self.input(source.input.as_ref());
        let deadline = self.deadline(source);
        let kind = self.kind(source, index, siblings);
        let output = self.output(source.output.as_ref());
        let export = self.export(source.export.as_ref());
        let pointer = format!("{}/then", source.pointer);
        let then = self.flow(source.then.as_ref(), &pointer, siblings);
        let returns_max = self.returns_max(source);
        let definition = self.definition.value.pointer(&source.pointer);
        Ok(Task {
            index,
            name: Arc::from(name),
            reference: Arc::from(source.pointer.as_str()),
            definition: Data::from(definition.cloned().unwrap_or(Value::Null)),
            list: siblings.list,
            guard: guard?,
            input: input?,
            output: output?,
            export: export?,
            deadline: deadline?,
            then: then?,
            following: siblings.following,
            returns_max: returns_max?,
            kind: kind?,
        })
    }

    /// `metadata.maxReturns`.
    fn returns_max(&mut self, source: &'d Source) -> Compiled<Option<u64>> {
        let metadata = source.metadata.as_ref();
        let Some(value) = metadata.and_then(|metadata| metadata.get("maxReturns")) else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(most) if (1..=RETURNS_MAX).contains(&most) => Ok(Some(most)),
            _ => {
                let pointer = format!("{}/metadata/maxReturns", source.pointer);
                let message = format!("`maxReturns` is {value}");
                let remedy = format!("expected a whole number from 1 to {RETURNS_MAX}");
                Err(self.report(code::NOT_ALLOWED, &pointer, message, remedy))
            }
        }
    }

    /// Its own timeout; or the default, if it waits for others.
    fn deadline(&mut self, source: &'d Source) -> Compiled<Deadline> {
        if let Some(timeout) = &source.timeout {
            return self.timeout(timeout).map(Deadline::Own);
        }
        Ok(match &source.kind {
            // What the function does has deadlines of its own.
            TaskKind::Call(CallTask::Function { name, .. }) if self.is_function(&name.value) => {
                Deadline::Inherited
            }
            TaskKind::Run(run) if let Process::Workflow(of) = &run.process => {
                let bound = callee(&of.value).and_then(|of| self.limits.callees.get(&of));
                let own = bound.map_or(self.limits.workflow_timeout_ms, |bound| bound.duration_ms);
                // It ends by itself, but its end takes a moment to be known.
                Deadline::Default(own.saturating_add(self.limits.action_timeout_ms))
            }
            TaskKind::Call(_) | TaskKind::Run(_) => {
                Deadline::Default(self.limits.action_timeout_ms)
            }
            TaskKind::Listen(_) => Deadline::Default(self.limits.listen_timeout_ms),
            TaskKind::Do(_)
            | TaskKind::Emit(_)
            | TaskKind::For(_)
            | TaskKind::Fork(_)
            | TaskKind::Raise(_)
            | TaskKind::Set(_)
            | TaskKind::Switch(_)
            | TaskKind::Try(_)
            | TaskKind::Wait(_) => Deadline::Inherited,
        })
    }

    fn kind(
        &mut self,
        source: &'d Source,
        index: TaskIndex,
        siblings: &Siblings<'d>,
    ) -> Compiled<Kind> {
        let pointer = &source.pointer;
        match &source.kind {
            TaskKind::Do(tasks) => self.list(tasks, Some(index)).map(Kind::Do),
            TaskKind::Set(value) => self.template(value).map(Kind::Set),
            TaskKind::Switch(cases) => self.switch(cases, siblings).map(Kind::Switch),
            TaskKind::For(for_) => self.for_(for_, source, index).map(Kind::For),
            TaskKind::Fork(fork) => Ok(Kind::Fork {
                branches: self.branches(&fork.branches, index)?,
                compete: fork.compete,
            }),
            TaskKind::Try(try_) => {
                let try_ = self.try_(try_, index, siblings);
                try_.map(|try_| Kind::Try(Box::new(try_)))
            }
            TaskKind::Raise(raise) => self.raise(raise).map(Box::new).map(Kind::Raise),
            TaskKind::Wait(duration) => self.interval(duration).map(Kind::Wait),
            TaskKind::Listen(listen) => self.listen(listen, index).map(Kind::Listen),
            TaskKind::Emit(emit) => self.emit(emit).map(Kind::Emit),
            TaskKind::Call(CallTask::Function { name, with }) if self.is_function(&name.value) => {
                self.invoke(name, with.as_ref()).map(Kind::Invoke)
            }
            TaskKind::Call(call) => {
                // Workers read no secrets: what they get is journaled.
                self.in_request = !matches!(call, CallTask::Function { .. });
                let call = self.call(call, pointer);
                self.in_request = false;
                call.map(Kind::Call)
            }
            TaskKind::Run(run) => {
                self.in_request = true;
                let kind = self.run(run, pointer);
                self.in_request = false;
                kind
            }
        }
    }

    fn switch(&mut self, cases: &'d [SwitchCase], siblings: &Siblings<'d>) -> Compiled<Vec<Case>> {
        let cases: Vec<_> = cases
            .iter()
            .map(|case| {
                let when = case
                    .when
                    .as_ref()
                    .map(|when| self.expression(when))
                    .transpose();
                let pointer = format!("{}/then", case.pointer);
                let then = self.flow(Some(&case.then), &pointer, siblings);
                Ok(Case {
                    name: case.name.clone(),
                    when: when?,
                    then: then?,
                })
            })
            .collect();
        cases.into_iter().collect()
    }
}
