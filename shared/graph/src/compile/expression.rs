//! Expressions, templates, endpoints and spans of time.

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
                self.secrets(&expression, &source.pointer, false)?;
                Ok(expression)
            }
            Err(error) => Err(self.invalid(&source.pointer, start + error.offset, &error.message)),
        }
    }

    /// A value whose strings may be expressions.
    pub(super) fn template(&mut self, source: &TemplateSource) -> Compiled<Template> {
        self.template_at(&source.value, |path| format!("{}{path}", source.pointer))
    }

    /// A template whose parts stand apart: `place` finds the pointer of a path into `value`.
    pub(super) fn template_at(
        &mut self,
        value: &Value,
        place: impl Fn(&str) -> String,
    ) -> Compiled<Template> {
        match Template::compile(value, self.mode, &self.variables) {
            Ok(template) => {
                let mut checked = Ok(());
                let in_request = self.in_request;
                template.expressions(&mut |path, expression| {
                    let one = self.secrets(expression, &place(path), in_request);
                    checked = checked.and(one);
                });
                checked.map(|()| template)
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
                if let Some(expression) = template.expression() {
                    self.secrets(expression, pointer, self.in_request)?;
                }
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
}
