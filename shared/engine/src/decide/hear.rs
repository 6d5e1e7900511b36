//! `listen` goes on: what it has heard, what it does for each event, and when it is over.
//!
//! With `foreach`, one event is dealt with at a time, in the order they came; those that come
//! meanwhile wait in the state. `until` is then asked after each of them, about those dealt with.

use serde_json::Value;
use weir_expression::Data;
use weir_graph::{Foreach, Kind, Listen, Mode, Read, Task, Until};

use super::{Decider, Work, arguments::Site};
use crate::{
    Activation, Carried, Consumed, ErrorKind, Event, Progress, Subscription, TaskState,
    WorkflowError,
};

impl Decider<'_> {
    /// A listen has consumed an event.
    pub(super) fn heard(&mut self, task: Activation) {
        let Some((compiled, state)) = self.live(task) else {
            return;
        };
        let (
            Kind::Listen(listen),
            Progress::Listening {
                subscription,
                received,
                iterations,
                ..
            },
        ) = (&compiled.kind, &state.progress)
        else {
            return;
        };
        if listen.foreach.is_some() {
            if !iterations.is_busy() {
                self.next_event(task);
            }
            return;
        }
        let heard = read(listen.read, subscription.own(received));
        let site = self.site(compiled, state);
        match self.is_satisfied(&site, listen, received, &heard) {
            Ok(true) => self.work.push_back(Work::Complete {
                task,
                raw: Carried::Value(heard),
                flow: compiled.then,
            }),
            Ok(false) if count(subscription.own(received).count()) >= listen.events_max => {
                self.fail(task, too_many(listen));
            }
            Ok(false) => {}
            Err(error) => self.fail(task, error),
        }
    }

    /// Begins with the next event, if one has come; ends the listen, if it is over.
    fn next_event(&mut self, task: Activation) {
        let Some((compiled, state)) = self.live(task) else {
            return;
        };
        let (
            Kind::Listen(listen),
            Progress::Listening {
                subscription,
                received,
                iterations,
                ..
            },
        ) = (&compiled.kind, &state.progress)
        else {
            return;
        };
        let index = count(iterations.outputs.len());
        let waiting = index < count(subscription.own(received).count());
        if waiting && index < listen.events_max {
            self.emit(Event::IterationStarted { task, index });
            match listen.foreach.as_ref().and_then(|foreach| foreach.body) {
                Some(body) => self.begin(body, task, 0),
                None => self.work.push_front(Work::Leave { parent: task }),
            }
        } else if is_over(listen, received) && !waiting {
            self.work.push_front(Work::Complete {
                task,
                raw: Carried::Last,
                flow: compiled.then,
            });
        } else if index >= listen.events_max {
            self.fail(task, too_many(listen));
        }
    }

    /// The list of an iteration is over: `foreach.output`, `foreach.export`, `until`.
    pub(super) fn dealt_with(&mut self, task: Activation) {
        let Some((compiled, state)) = self.live(task) else {
            return;
        };
        let (Kind::Listen(listen), Progress::Listening { iterations, .. }) =
            (&compiled.kind, &state.progress)
        else {
            return;
        };
        let Some(foreach) = &listen.foreach else {
            return;
        };
        let index = iterations.started.saturating_sub(1);
        match self.iteration_output(compiled, state, foreach) {
            Ok((output, context)) => self.emit(Event::IterationCompleted {
                task,
                index,
                output,
                context,
            }),
            Err(error) => return self.fail(task, error),
        }
        match self.is_enough(task, listen) {
            Ok(true) => self.work.push_front(Work::Complete {
                task,
                raw: Carried::Last,
                flow: compiled.then,
            }),
            Ok(false) => self.next_event(task),
            Err(error) => self.fail(task, error),
        }
    }

    fn iteration_output(
        &self,
        task: &Task,
        state: &TaskState,
        foreach: &Foreach,
    ) -> Result<(Option<Data>, Option<Data>), WorkflowError> {
        let Progress::Listening {
            subscription,
            received,
            iterations,
            ..
        } = &state.progress
        else {
            return Ok((None, None));
        };
        let index = iterations.started.saturating_sub(1);
        let mut site = self.site(task, state);
        let item = subscription.item(received, index);
        site.own.push((&foreach.item, item));
        site.own.push((&foreach.at, Data::from(Value::from(index))));
        let place = "foreach.output.as";
        let output = self.transform(&site, place, &foreach.output, &iterations.value)?;
        let last = output.as_ref().unwrap_or(&iterations.value);
        site.output = Some(last);
        let exported = match &foreach.export.mapping {
            Some(_) => last,
            // What is validated is the context, even where nothing is exported.
            None => &self.state.context,
        };
        let context = self.transform(&site, "foreach.export.as", &foreach.export, exported)?;
        Ok((output, context))
    }

    /// Whether the condition of `until` holds for the events dealt with.
    fn is_enough(&self, task: Activation, listen: &Listen) -> Result<bool, WorkflowError> {
        let (Some(Until::Condition(condition)), Some((compiled, state))) =
            (&listen.until, self.live(task))
        else {
            return Ok(false);
        };
        let Progress::Listening {
            subscription,
            received,
            iterations,
            ..
        } = &state.progress
        else {
            return Ok(false);
        };
        let done = subscription.own(received).take(iterations.outputs.len());
        let heard = read(listen.read, done);
        self.test(&self.site(compiled, state), "until", condition, &heard)
    }

    fn is_satisfied(
        &self,
        site: &Site<'_>,
        listen: &Listen,
        received: &[Consumed],
        heard: &Data,
    ) -> Result<bool, WorkflowError> {
        match &listen.until {
            Some(Until::Condition(condition)) => self.test(site, "until", condition, heard),
            Some(Until::Events { .. }) | None => Ok(is_over(listen, received)),
        }
    }

    /// `$item` or `$index` of a listen's current iteration, by the names they have there.
    pub(super) fn heard_variable(
        foreach: &Foreach,
        subscription: &Subscription,
        received: &[Consumed],
        started: u64,
        name: &str,
    ) -> Option<Data> {
        let index = started.checked_sub(1)?;
        if *foreach.item == *name {
            return Some(subscription.item(received, index));
        }
        (*foreach.at == *name).then(|| Data::from(Value::from(index)))
    }
}

/// Whether the events that were to come have come. Whether a condition holds is asked apart.
pub(super) fn is_over(listen: &Listen, received: &[Consumed]) -> bool {
    let from = listen.until_from();
    let (own, ending): (Vec<_>, Vec<_>) =
        received.iter().partition(|consumed| consumed.filter < from);
    let needed = |mode, filters| if mode == Mode::All { filters } else { 1 };
    match &listen.until {
        Some(Until::Condition(_)) => false,
        Some(Until::Events { mode, .. }) => {
            ending.len() >= needed(*mode, listen.to.filters.len() - from)
        }
        None => own.len() >= needed(listen.to.mode, from),
    }
}

/// What is read of events: an array, in the order of consumption.
fn read<'c>(read: Read, consumed: impl Iterator<Item = &'c Consumed>) -> Data {
    let read = consumed.map(|consumed| consumed.read(read));
    Data::from(Value::Array(read.collect()))
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn too_many(listen: &Listen) -> WorkflowError {
    ErrorKind::Validation.error(format!(
        "listen.to.until: {} events have come, and it does not hold; more are not allowed",
        listen.events_max
    ))
}
