//! Expressions that can only fail on what a schema lets through.

use serde_json::Value;
use weir_definition::diagnostic::code;

use super::super::size::names;
use super::Compiler;
use crate::{Kind, Mapping, Program, Task};

impl Compiler<'_> {
    /// Looks at plain paths only, and where the schema says enough: required properties of one
    /// type each, along the whole path.
    pub(super) fn warn_schemas(&mut self, program: &Program) {
        let whole = schema(&self.definition.value).cloned();
        for task in &program.tasks {
            let own = schema(task.definition.as_value());
            if let (Some(own), Some(Mapping::Expression(from))) = (own, &task.input.mapping) {
                let pointer = format!("{}/input/from", task.reference);
                self.check_path(&pointer, from.source(), own, false);
            }
            let Kind::For(for_) = &task.kind else {
                continue;
            };
            let Mapping::Expression(items) = &for_.items else {
                continue;
            };
            let pointer = format!("{}/for/in", task.reference);
            let text = items.source().trim();
            if let Some(path) = text.strip_prefix("$workflow.input") {
                if let Some(whole) = &whole {
                    self.check_path(&pointer, path, whole, true);
                }
            } else if let Some(own) = own.filter(|_| is_plain(task)) {
                let path = text.strip_prefix("$input").unwrap_or(text);
                self.check_path(&pointer, path, own, true);
            }
        }
    }

    fn check_path(&mut self, pointer: &str, path: &str, schema: &Value, iterates: bool) {
        let Some(path) = names(path.trim()) else {
            return;
        };
        let mut at = schema;
        let mut walked = String::new();
        for name in &path {
            match type_of(at) {
                Some("object") => {}
                Some(other) => {
                    let place = if walked.is_empty() { "." } else { &walked };
                    let message = format!("`.{name}` always fails: `{place}` is of type {other}");
                    return self.schema_warning(pointer, message);
                }
                None => return,
            }
            let required = at.get("required").and_then(Value::as_array);
            let has_it = required.is_some_and(|all| all.iter().any(|each| each == name));
            let next = at.get("properties").and_then(|all| all.get(name));
            let Some(next) = next.filter(|_| has_it) else {
                return;
            };
            walked = format!("{walked}.{name}");
            at = next;
        }
        if iterates
            && let Some(type_) = type_of(at)
            && type_ != "array"
        {
            let place = if walked.is_empty() { "." } else { &walked };
            let message = format!("`for.in` always fails: `{place}` is of type {type_}, not array");
            self.schema_warning(pointer, message);
        }
    }

    fn schema_warning(&mut self, pointer: &str, message: String) {
        let remedy = "correct the path, or the input's schema";
        self.report(code::FAILS_ON_SCHEMA, pointer, message, remedy);
    }
}

fn is_plain(task: &Task) -> bool {
    task.input.mapping.is_none()
}

/// The schema of the input of a task, or of the document.
fn schema(definition: &Value) -> Option<&Value> {
    definition.pointer("/input/schema/document")
}

/// The one type of what a schema lets through.
fn type_of(schema: &Value) -> Option<&str> {
    if schema.get("$ref").is_some() {
        return None;
    }
    schema.get("type")?.as_str()
}
