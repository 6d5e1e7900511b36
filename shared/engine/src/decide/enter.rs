//! The beginning of a task: `if`, `input.schema`, `input.from`, then what it does.

use weir_expression::Data;
use weir_graph::{Deadline, Flow, Kind, ListIndex, Task};

use super::{
    Chosen, Decider, Work,
    arguments::{Site, TaskSite},
    evaluate::validate,
};
use crate::{
    Activation, Activity, Carried, ErrorKind, Event, Progress, Request, TaskState, Timestamp,
    WorkflowError, WorkflowRequest,
};

/// How a task begins.
enum Beginning {
    /// Its `if` is false.
    Skip,
    /// It starts.
    Start(Start),
}

struct Start {
    input: Option<Data>,
    deadline: Option<Timestamp>,
    activity: Activity,
}

impl<'a> Decider<'a> {
    /// Begins a list as part of `parent`.
    pub(super) fn begin(&mut self, list: ListIndex, parent: Activation, branch: usize) {
        let first = self.program.list(list).tasks.first();
        self.work.push_back(match first {
            Some(&task) => Work::Enter {
                task,
                parent,
                branch,
            },
            None => Work::Leave { parent },
        });
    }

    /// Begins a task as part of `parent`. Does nothing if that has ended meanwhile.
    pub(super) fn enter(&mut self, task: &'a Task, parent: Activation, branch: usize) {
        let raw = self
            .state
            .tasks
            .get(&parent)
            .and_then(TaskState::handed_down);
        let Some(raw) = raw.cloned() else {
            return;
        };
        let beginning = match self.returned_too_often(task, parent, branch) {
            Some(error) => Err(error),
            None => self.beginning(task, parent, &raw),
        };
        let (start, error) = match beginning {
            Ok(Beginning::Skip) => {
                self.emit(Event::TaskSkipped {
                    parent,
                    branch,
                    reference: task.reference.clone(),
                });
                return self.follow(task.following, parent, branch);
            }
            Ok(Beginning::Start(start)) => (start, None),
            Err(error) => {
                let start = Start {
                    input: None,
                    deadline: None,
                    activity: Activity::Instant,
                };
                (start, Some(error))
            }
        };
        let exceeded = self.state.exceeded(&self.program.bound, &start.activity);
        if let Some(measure) = exceeded {
            return self.overrun(measure);
        }
        let activation = self.next_activation();
        self.emit(Event::TaskStarted {
            task: activation,
            parent,
            branch,
            reference: task.reference.clone(),
            input: start.input,
            deadline: start.deadline,
            activity: start.activity,
        });
        match error {
            Some(error) => self.fail(activation, error),
            None => self.proceed(task, activation),
        }
    }

    /// The number of the next task to start.
    pub(super) fn next_activation(&self) -> Activation {
        Activation(self.state.steps + 1)
    }

    /// The error of a task that was jumped back to more often than it says.
    fn returned_too_often(
        &self,
        task: &Task,
        parent: Activation,
        branch: usize,
    ) -> Option<WorkflowError> {
        let most = task.returns_max?;
        let course = &self.state.tasks.get(&parent)?.course;
        let returns = course.returns(branch, &task.reference);
        (returns > most).then(|| {
            ErrorKind::Validation.error(format!(
                "`then` led back to `{}` {returns} times, but its `metadata.maxReturns` is {most}",
                task.name
            ))
        })
    }

    fn beginning(
        &self,
        task: &Task,
        parent: Activation,
        raw: &Data,
    ) -> Result<Beginning, WorkflowError> {
        let mut site = Site {
            context: Some(&self.state.context),
            task: Some(TaskSite {
                task,
                parent,
                raw,
                raw_output: None,
                started_at: self.now,
            }),
            ..Site::default()
        };
        if let Some(guard) = &task.guard
            && !self.test(&site, "if", guard, raw)?
        {
            return Ok(Beginning::Skip);
        }
        if let Some(schema) = &task.input.schema {
            validate("input", schema, raw)?;
        }
        let transformed = match &task.input.mapping {
            Some(mapping) => Some(Data::from(self.map(&site, "input.from", mapping, raw)?)),
            None => None,
        };
        let input = transformed.as_ref().unwrap_or(raw);
        site.input = Some(input);
        let activity = self.activity(&site, &task.kind, input)?;
        let deadline = match &activity {
            Activity::Instant | Activity::Emit { .. } => None,
            Activity::Sequence
            | Activity::Invoke { .. }
            | Activity::Iterate { .. }
            | Activity::Branches { .. }
            | Activity::Attempt { .. }
            | Activity::Sleep { .. }
            | Activity::Listen(_)
            | Activity::Action { .. } => self.deadline(&site, &task.deadline, input)?,
        };
        Ok(Beginning::Start(Start {
            input: transformed,
            deadline,
            activity,
        }))
    }

    fn deadline(
        &self,
        site: &Site<'_>,
        deadline: &Deadline,
        input: &Data,
    ) -> Result<Option<Timestamp>, WorkflowError> {
        let ms = match deadline {
            Deadline::Own(interval) => self.interval(site, "timeout.after", interval, input)?,
            Deadline::Default(ms) => *ms,
            Deadline::Inherited => return Ok(None),
        };
        Ok(Some(self.clock.plus_ms(ms)))
    }

    /// What a task of this kind does, evaluated on its transformed input.
    fn activity(
        &self,
        site: &Site<'_>,
        kind: &Kind,
        input: &Data,
    ) -> Result<Activity, WorkflowError> {
        match kind {
            Kind::Do(_) | Kind::Extended { .. } | Kind::Around(_) => Ok(Activity::Sequence),
            Kind::Set(_) | Kind::Switch(_) | Kind::Raise(_) => Ok(Activity::Instant),
            Kind::For(each) => self.items(site, each, input),
            Kind::Fork { branches, compete } => Ok(Activity::Branches {
                count: branches.len(),
                compete: *compete,
            }),
            Kind::Try(attempt) => self.attempt(site, attempt, input),
            Kind::Wait(interval) => {
                let ms = self.interval(site, "wait", interval, input)?;
                Ok(Activity::Sleep {
                    until: self.clock.plus_ms(ms),
                })
            }
            Kind::Listen(listen) => self.subscription(site, listen, input).map(Activity::Listen),
            Kind::Emit(emit) => self.event(site, emit, input),
            Kind::Call(call) => self.call(site, call, input),
            Kind::Invoke(invoke) => {
                let arguments = self.call_arguments(site, invoke.arguments.as_ref(), input)?;
                Ok(Activity::Invoke { arguments })
            }
            Kind::Shell(shell) => self.shell(site, shell, input),
            Kind::Workflow(run) => {
                let template = run.input.as_ref();
                let request = WorkflowRequest {
                    workflow: run.workflow.clone(),
                    input: self.call_arguments(site, template, input)?,
                    is_awaited: run.await_,
                };
                Ok(Activity::Action {
                    request: Request::Workflow(request),
                    deferred: None,
                })
            }
        }
    }

    /// Goes on with a task that has started.
    fn proceed(&mut self, task: &'a Task, activation: Activation) {
        let done = |raw| Work::Complete {
            task: activation,
            raw,
            flow: task.then,
        };
        match &task.kind {
            Kind::Do(list) | Kind::Extended { list, .. } => self.begin(*list, activation, 0),
            Kind::Around(around) => self.begin(around.body, activation, 0),
            Kind::Invoke(invoke) => self.begin(invoke.body, activation, 0),
            Kind::Try(attempt) => self.begin(attempt.body, activation, 0),
            Kind::For(_) => self.iterate(activation, 0),
            Kind::Fork { branches, .. } if branches.is_empty() => {
                self.work.push_front(done(Carried::Last));
            }
            Kind::Fork { branches, .. } => {
                for (branch, list) in branches.iter().enumerate() {
                    self.begin(*list, activation, branch);
                }
            }
            Kind::Set(template) => {
                let value = self.in_task(activation, |decider, site, input| {
                    decider.fill_in(site, "set", template, input)
                });
                self.settle(activation, value, |value| {
                    (Carried::Value(Data::from(value)), task.then)
                });
            }
            Kind::Switch(cases) => {
                let chosen = self.in_task(activation, |decider, site, input| {
                    decider.choose(site, cases, input)
                });
                if let Ok(case) = chosen {
                    self.chosen.push(Chosen {
                        reference: task.reference.clone(),
                        case,
                    });
                }
                self.settle(activation, chosen, |case| {
                    let case = case.and_then(|case| cases.get(case));
                    (Carried::Input, case.map_or(task.then, |case| case.then))
                });
            }
            Kind::Raise(template) => {
                let raised = self.in_task(activation, |decider, site, input| {
                    decider.raised(site, template, input)
                });
                let (Ok(error) | Err(error)) = raised;
                self.fail(activation, error);
            }
            Kind::Wait(_) => {
                let progress = self
                    .state
                    .tasks
                    .get(&activation)
                    .map(|state| &state.progress);
                if let Some(Progress::Sleeping { until }) = progress
                    && *until <= self.clock
                {
                    self.work.push_front(done(Carried::Input));
                }
            }
            Kind::Emit(_) => self.work.push_front(done(Carried::Last)),
            Kind::Call(call) if !call.is_awaited() => self.work.push_front(done(Carried::Input)),
            Kind::Workflow(run) if !run.await_ => self.work.push_front(done(Carried::Input)),
            Kind::Shell(shell) if !shell.await_ => self.work.push_front(done(Carried::Input)),
            Kind::Shell(_) | Kind::Workflow(_) | Kind::Call(_) | Kind::Listen(_) => {}
        }
    }

    /// Ends an instant task: with what was computed, or with the error.
    fn settle<T>(
        &mut self,
        task: Activation,
        result: Result<T, WorkflowError>,
        end: impl FnOnce(T) -> (Carried, Flow),
    ) {
        match result {
            Ok(value) => {
                let (raw, flow) = end(value);
                self.work.push_front(Work::Complete { task, raw, flow });
            }
            Err(error) => self.fail(task, error),
        }
    }
}
