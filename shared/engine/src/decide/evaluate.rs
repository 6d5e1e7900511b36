//! Evaluating expressions and schemas; what fails is an error of the workflow.

use std::collections::BTreeSet;

use serde_json::Value;
use weir_expression::{Data, EvalError, Expression, Scope, Template};
use weir_graph::{Mapping, Schema, Transform};

use super::{Decider, arguments::Site};
use crate::{ErrorKind, WorkflowError};

impl Decider<'_> {
    /// A condition. `place` names the property for people.
    pub(super) fn test(
        &self,
        site: &Site<'_>,
        place: &str,
        expression: &Expression,
        on: &Data,
    ) -> Result<bool, WorkflowError> {
        self.run_in(site, place, expression.variables(), |scope| {
            expression.test(on, scope)
        })
    }

    pub(super) fn evaluate(
        &self,
        site: &Site<'_>,
        place: &str,
        expression: &Expression,
        on: &Data,
    ) -> Result<Value, WorkflowError> {
        self.run_in(site, place, expression.variables(), |scope| {
            expression.eval(on, scope)
        })
    }

    pub(super) fn fill_in(
        &self,
        site: &Site<'_>,
        place: &str,
        template: &Template,
        on: &Data,
    ) -> Result<Value, WorkflowError> {
        self.run_in(site, place, template.variables(), |scope| {
            template.eval(on, scope)
        })
    }

    /// A template that gives a text. A number or a boolean is written as JSON.
    pub(super) fn text(
        &self,
        site: &Site<'_>,
        place: &str,
        template: &Template,
        on: &Data,
    ) -> Result<String, WorkflowError> {
        let value = self.fill_in(site, place, template, on)?;
        scalar_text(&value).ok_or_else(|| wrong(place, "a string", &value))
    }

    pub(super) fn map(
        &self,
        site: &Site<'_>,
        place: &str,
        mapping: &Mapping,
        on: &Data,
    ) -> Result<Value, WorkflowError> {
        match mapping {
            Mapping::Expression(expression) => self.evaluate(site, place, expression, on),
            Mapping::Template(template) => self.fill_in(site, place, template, on),
        }
    }

    /// An `output` or `export`: the mapping, then the schema. None: there is no mapping.
    pub(super) fn transform(
        &self,
        site: &Site<'_>,
        place: &str,
        transform: &Transform,
        on: &Data,
    ) -> Result<Option<Data>, WorkflowError> {
        let mapped = match &transform.mapping {
            Some(mapping) => Some(Data::from(self.map(site, place, mapping, on)?)),
            None => None,
        };
        if let Some(schema) = &transform.schema {
            validate(place, schema, mapped.as_ref().unwrap_or(on))?;
        }
        Ok(mapped)
    }

    pub(super) fn run_in<T>(
        &self,
        site: &Site<'_>,
        place: &str,
        variables: &BTreeSet<String>,
        run: impl FnOnce(&Scope) -> Result<T, EvalError>,
    ) -> Result<T, WorkflowError> {
        run(&self.scope(site, variables))
            .map_err(|error| ErrorKind::Expression.error(format!("{place}: {error}")))
    }
}

/// Checks `value` against a schema.
pub(super) fn validate(place: &str, schema: &Schema, value: &Data) -> Result<(), WorkflowError> {
    schema.validate(value.as_value()).map_err(|violation| {
        ErrorKind::Validation.error(format!("{place}: does not match the schema: {violation}"))
    })
}

/// A value that is not what it must be.
pub(super) fn wrong(place: &str, expected: &str, value: &Value) -> WorkflowError {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    ErrorKind::Expression.error(format!("{place}: must be {expected}, but is {found}"))
}

/// The text of a string, number or boolean.
pub(super) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
