//! Expressions, templates, endpoints and spans of time.

use std::collections::BTreeSet;

use serde_json::Value;
use weir_definition::DurationSpec;
use weir_definition::model::data::{Expression as Source, Template as TemplateSource, Transform};
use weir_definition::model::data::{Text, Uri};
use weir_definition::model::{Reference, TimeoutRef};
use weir_expression::{Expression, Template, UriTemplate, expression_text};

use super::Compiler;
use super::report::{Compiled, Reported, code, field};
use crate::{Interval, Mapping};

impl<'d> Compiler<'d> {
    /// A field that is typed as an expression: bare text, or `${ … }`.
    pub(super) fn expression(&mut self, source: &Source) -> Compiled<Expression> {
        let text = expression_text(&source.text);
        let start = text.as_ptr() as usize - source.text.as_ptr() as usize;
        match Expression::compile(text, &self.variables) {
            Ok(expression) => {
                self.refuse_secrets(expression.variables(), &source.pointer)?;
                Ok(expression)
            }
            Err(error) => Err(self.invalid(&source.pointer, start + error.offset, &error.message)),
        }
    }

    /// A value whose strings may be expressions.
    pub(super) fn template(&mut self, source: &TemplateSource) -> Compiled<Template> {
        self.template_at(&source.value, &source.pointer, |path| {
            format!("{}{path}", source.pointer)
        })
    }

    /// A template whose parts stand apart: `place` finds the pointer of a path into `value`.
    pub(super) fn template_at(
        &mut self,
        value: &Value,
        pointer: &str,
        place: impl Fn(&str) -> String,
    ) -> Compiled<Template> {
        match Template::compile(value, self.mode, &self.variables) {
            Ok(template) => {
                self.refuse_secrets(template.variables(), pointer)?;
                Ok(template)
            }
            Err(error) => {
                let pointer = place(&error.pointer);
                Err(self.invalid(&pointer, error.error.offset, &error.error.message))
            }
        }
    }

    /// `from` or `as`: an expression, or an object in which only `${ … }` is one.
    pub(super) fn mapping(&mut self, transform: &Transform) -> Compiled<Mapping> {
        match transform {
            Transform::Expression(source) => self.expression(source).map(Mapping::Expression),
            Transform::Template(source) => self.template(source).map(Mapping::Template),
        }
    }

    /// An endpoint.
    pub(super) fn uri(&mut self, uri: &Uri) -> Compiled<UriTemplate> {
        let (text, pointer) = match uri {
            Uri::Template(Text { value, pointer }) => (value, pointer),
            Uri::Expression(Source { text, pointer }) => (text, pointer),
        };
        match (UriTemplate::compile(text, &self.variables), uri) {
            (Ok(template), _) => {
                self.refuse_secrets(template.variables(), pointer)?;
                Ok(template)
            }
            (Err(error), Uri::Expression(_)) => {
                Err(self.invalid(pointer, error.offset, &error.message))
            }
            (Err(error), Uri::Template(_)) => {
                let message = format!("the endpoint is no URI template: {}", error.message);
                let remedy = "write `https://host/path/{name}`, or one expression in `${ }`";
                Err(self.report_within(code::ENDPOINT, pointer, error.offset, message, remedy))
            }
        }
    }

    /// A span of time.
    pub(super) fn interval(&mut self, duration: &DurationSpec) -> Compiled<Interval> {
        match duration {
            DurationSpec::Literal(ms) => Ok(Interval::Literal(*ms)),
            DurationSpec::Expression(source) => {
                let mapping = self.expression(source).map(Mapping::Expression);
                mapping.map(Interval::Computed)
            }
        }
    }

    /// A timeout, inline or by name.
    pub(super) fn timeout(&mut self, timeout: &'d TimeoutRef) -> Compiled<Interval> {
        let components = &self.definition.use_.timeouts;
        let timeout = match timeout {
            Reference::Inline(timeout) => timeout,
            Reference::Named(name) => match components.get(&name.value) {
                Some(timeout) => timeout,
                None => return Err(self.unknown(name, "timeouts")),
            },
        };
        self.interval(&timeout.after)
    }

    /// Reports a name that nothing under `use` has.
    pub(super) fn unknown(&mut self, name: &Text, section: &str) -> Reported {
        let message = format!("`{}` is not in `use.{section}`", name.value);
        let remedy = format!("define it under `use.{section}`, or write it in place");
        self.report_within(code::UNKNOWN, &name.pointer, 0, message, remedy)
    }

    fn invalid(&mut self, pointer: &str, offset: usize, message: &str) -> Reported {
        let message = format!("`{}`: {message}", field(pointer));
        let remedy = "expressions are jq, see the language page";
        self.report_within(code::EXPRESSION, pointer, offset, message, remedy)
    }

    /// Reports `$secrets`, if the value at `pointer` uses it.
    fn refuse_secrets(&mut self, used: &BTreeSet<String>, pointer: &str) -> Compiled<()> {
        if !used.contains("secrets") {
            return Ok(());
        }
        let (pointer, offset) = self.find_secrets(pointer);
        let message = "secrets are not supported yet";
        let remedy = "pass the value as input, or set it in the executor's environment";
        Err(self.report_within(code::UNSUPPORTED, &pointer, offset, message, remedy))
    }

    /// The first string with `$secrets` in the value at `pointer`, and where in it.
    fn find_secrets(&self, pointer: &str) -> (String, usize) {
        let value = self.definition.value.pointer(pointer);
        let found = value.and_then(|value| find(value, pointer, "$secrets"));
        found.unwrap_or_else(|| (pointer.to_owned(), 0))
    }
}

fn find(value: &Value, pointer: &str, wanted: &str) -> Option<(String, usize)> {
    match value {
        Value::String(text) => text.find(wanted).map(|offset| (pointer.to_owned(), offset)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(place, item)| find(item, &format!("{pointer}/{place}"), wanted)),
        Value::Object(map) => map
            .iter()
            .find_map(|(key, item)| find(item, &join(pointer, key), wanted)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The pointer of a member of the value at `parent`.
fn join(parent: &str, key: &str) -> String {
    format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"))
}
