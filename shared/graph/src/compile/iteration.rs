//! `for`.

use serde_json::Value;
use weir_definition::model::data::{Input, SchemaContent};
use weir_definition::model::task::{Collection, ForTask, Task as Source};
use weir_expression::expression_text;

use super::report::Compiled;
use super::{Compiler, size};
use crate::{For, Mapping, Size, TaskIndex};

impl<'d> Compiler<'d> {
    pub(super) fn for_(
        &mut self,
        source: &'d ForTask,
        task: &'d Source,
        index: TaskIndex,
    ) -> Compiled<For> {
        let items = match &source.in_ {
            Collection::Expression(source) => self.expression(source).map(Mapping::Expression),
            Collection::Inline(source) => self.template(source).map(Mapping::Template),
        };
        let variables = [source.each.as_str(), source.at.as_str()];
        let (condition, body) = self.scoped(variables, |compiler| {
            let condition = source.while_.as_ref();
            let condition = condition.map(|condition| compiler.expression(condition));
            let body = compiler.list(&source.tasks, Some(index));
            (condition.transpose(), body)
        });
        let (items_max, size) = self.items_max(&source.in_, task);
        Ok(For {
            each: source.each.as_str().into(),
            at: source.at.as_str().into(),
            items: items?,
            condition: condition?,
            body: body?,
            items_max,
            size,
        })
    }

    /// The most items there can be: as written, or else the default, which is then enforced.
    fn items_max(&self, collection: &Collection, task: &Source) -> (u64, Size) {
        match collection {
            Collection::Inline(template) => {
                let length = template.value.as_array().map_or(0, Vec::len);
                (u64::try_from(length).unwrap_or(u64::MAX), Size::Exact)
            }
            Collection::Expression(expression) => {
                let text = expression_text(&expression.text);
                let hidden = |name| self.variables.contains(&name);
                let input = task.input.as_ref().filter(|input| input.from.is_none());
                let input = schema(input).filter(|_| !hidden("input"));
                let workflow_input = schema(self.definition.input.as_ref());
                let workflow_input = workflow_input.filter(|_| !hidden("workflow"));
                size::items_max(text, input, workflow_input)
                    .unwrap_or((self.limits.for_items_max, Size::Limit))
            }
        }
    }
}

/// The schema of an input as it comes.
fn schema(input: Option<&Input>) -> Option<&Value> {
    match &input?.schema.as_ref()?.content {
        SchemaContent::Inline(document) => Some(document),
        SchemaContent::External(_) => None,
    }
}
