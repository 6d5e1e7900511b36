//! `for`: its list once for each item. One iteration's output is the next one's input.

use serde_json::Value;
use weir_expression::Data;
use weir_graph::{For, Kind};

use super::{
    Decider, Work,
    arguments::{Site, item},
    evaluate::wrong,
};
use crate::{Activation, Activity, Carried, ErrorKind, Event, Progress, TaskState, WorkflowError};

impl Decider<'_> {
    /// The collection.
    pub(super) fn items(
        &self,
        site: &Site<'_>,
        each: &For,
        input: &Data,
    ) -> Result<Activity, WorkflowError> {
        let items = self.map(site, "for.in", &each.items, input)?;
        let Value::Array(list) = &items else {
            return Err(wrong("for.in", "an array", &items));
        };
        let count = u64::try_from(list.len()).unwrap_or(u64::MAX);
        if count > each.items_max {
            return Err(ErrorKind::Validation.error(format!(
                "for.in: has {count} items, but at most {} are allowed; declare a larger \
                 `maxItems` in the task's `input.schema`, or raise the limit",
                each.items_max
            )));
        }
        Ok(Activity::Iterate {
            items: Data::from(items),
        })
    }

    /// Begins iteration number `index` of the `for` that is `task`, or ends it.
    pub(super) fn iterate(&mut self, task: Activation, index: u64) {
        let Some((compiled, state)) = self.live(task) else {
            return;
        };
        let Kind::For(each) = &compiled.kind else {
            return;
        };
        let site = self.site(compiled, state);
        match self.goes_on(site, each, state, index) {
            Ok(true) => {
                self.emit(Event::IterationStarted { task, index });
                self.begin(each.body, task, 0);
            }
            Ok(false) => self.work.push_front(Work::Complete {
                task,
                raw: Carried::Last,
                flow: compiled.then,
            }),
            Err(error) => self.fail(task, error),
        }
    }

    fn goes_on<'s>(
        &self,
        mut site: Site<'s>,
        each: &'s For,
        state: &TaskState,
        index: u64,
    ) -> Result<bool, WorkflowError> {
        let Progress::Iterate { items, value, .. } = &state.progress else {
            return Ok(false);
        };
        let count = items.as_value().as_array().map_or(0, Vec::len);
        if usize::try_from(index).is_ok_and(|index| index >= count) {
            return Ok(false);
        }
        let Some(condition) = &each.condition else {
            return Ok(true);
        };
        site.own.push((&each.each, item(items, index)));
        site.own.push((&each.at, Data::from(Value::from(index))));
        self.test(&site, "while", condition, value)
    }
}
