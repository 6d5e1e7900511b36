//! The sizes of loops under a given input.

use std::collections::BTreeMap;

use serde_json::Value;
use weir_expression::expression_text;

use crate::compile::path_names;
use crate::{Kind, Program, Task};

/// The sizes of those loops, by reference, whose collection is known to be a part of the workflow's
/// input: those over `$workflow.input…`, and one that is the first task and goes over its own
/// input.
pub fn sizes(program: &Program, input: &Value) -> BTreeMap<String, u64> {
    let found = program.tasks.iter().filter_map(|task| {
        let Kind::For(for_) = &task.kind else {
            return None;
        };
        let items = collection(program, task, input)?.as_array()?;
        let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
        (!for_.size.is_exact()).then(|| (task.reference.to_string(), count))
    });
    found.collect()
}

fn collection<'v>(program: &Program, task: &Task, input: &'v Value) -> Option<&'v Value> {
    let text = task.definition.as_value().pointer("/for/in")?.as_str()?;
    let text = expression_text(text);
    let path = match text.strip_prefix("$workflow.input") {
        Some(path) => path,
        None if is_first(program, task) => text.strip_prefix("$input").unwrap_or(text),
        None => return None,
    };
    let mut value = input;
    for name in path_names(path)? {
        value = value.get(name)?;
    }
    Some(value)
}

/// Whether the task's input is the workflow's own.
fn is_first(program: &Program, task: &Task) -> bool {
    let first = program.list(program.root).tasks.first();
    first == Some(&task.index) && program.input.mapping.is_none() && task.input.mapping.is_none()
}
