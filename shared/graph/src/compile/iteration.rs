//! `for`.

use weir_definition::model::task::{Collection, ForTask, Task as Source};

use super::Compiler;
use super::report::Compiled;
use crate::{For, Mapping, TaskIndex};

impl<'d> Compiler<'d> {
    pub(super) fn for_(
        &mut self,
        source: &'d ForTask,
        _task: &'d Source,
        index: TaskIndex,
    ) -> Compiled<For> {
        let (items, items_max) = match &source.in_ {
            Collection::Expression(expression) => {
                let items = self.expression(expression).map(Mapping::Expression);
                (items, self.limits.for_items_max)
            }
            Collection::Inline(template) => {
                let length = template.value.as_array().map_or(0, Vec::len);
                let items = self.template(template).map(Mapping::Template);
                (items, u64::try_from(length).unwrap_or(u64::MAX))
            }
        };
        let variables = [source.each.as_str(), source.at.as_str()];
        let (condition, body) = self.scoped(variables, |compiler| {
            let condition = source
                .while_
                .as_ref()
                .map(|while_| compiler.expression(while_))
                .transpose();
            let body = compiler.list(&source.tasks, Some(index));
            (condition, body)
        });
        Ok(For {
            each: source.each.as_str().into(),
            at: source.at.as_str().into(),
            items: items?,
            condition: condition?,
            body: body?,
            items_max,
        })
    }
}
