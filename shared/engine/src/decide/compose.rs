//! Composing an action's request. What uses secrets, or how the request authenticates, is left for
//! the executor: here everything is journaled.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use weir_expression::{Data, Expression, Template, UriTemplate};

use super::{
    Decider,
    arguments::Site,
    evaluate::{scalar_text, wrong},
};
use crate::{Credentials, Deferred, DeferredExpression, ErrorKind, WorkflowError};

/// A request in the making: its parts are evaluated one after another.
///
/// `place` names a part for people, `at` is its JSON pointer in the request's stored form.
pub(super) struct Composer<'c, 'a> {
    decider: &'c Decider<'a>,
    site: Site<'c>,
    input: &'c Data,
    /// Whether only the executor knows how the request authenticates.
    authorization_later: bool,
    later: Vec<(String, Expression)>,
}

impl<'c, 'a> Composer<'c, 'a> {
    pub(super) fn new(decider: &'c Decider<'a>, site: &Site<'c>, input: &'c Data) -> Self {
        Self {
            decider,
            site: site.clone(),
            input,
            authorization_later: false,
            later: Vec::new(),
        }
    }

    /// Tells the parts that follow how the request authenticates.
    pub(super) fn authenticate(&mut self, credentials: Option<&'c Credentials>) {
        let asked_for = matches!(credentials, Some(Credentials::Token { .. }));
        let known = self.later.is_empty() && !asked_for;
        self.authorization_later = !known;
        self.site.credentials = credentials.filter(|_| known);
    }

    /// Whether anything below `at` is left for later.
    pub(super) fn is_later(&self, at: &str) -> bool {
        self.later.iter().any(|(later, _)| later.starts_with(at))
    }

    /// What the executor has to do.
    pub(super) fn deferred(self) -> Option<Box<Deferred>> {
        if self.later.is_empty() {
            return None;
        }
        let mut deferred = Deferred::default();
        for (at, expression) in self.later {
            let mut variables = expression.variables().clone();
            variables.retain(|name| !matches!(name.as_str(), "secrets" | "authorization"));
            let scope = self.decider.scope(&self.site, &variables);
            for name in variables {
                let value = scope.get(&name).cloned().unwrap_or_default();
                deferred.variables.insert(name, value);
            }
            deferred
                .secrets
                .extend(expression.secrets().into_iter().flatten().cloned());
            if expression.reads_input() {
                deferred.input = self.input.clone();
            }
            deferred.expressions.push(DeferredExpression {
                at,
                jq: expression.source().to_owned(),
            });
        }
        Some(Box::new(deferred))
    }

    /// Any value. Null where something is left for later.
    pub(super) fn value(
        &mut self,
        place: &str,
        at: &str,
        template: &Template,
    ) -> Result<Value, WorkflowError> {
        let authorization_later = self.authorization_later;
        let is_later = |expression: &Expression| must_wait(expression, authorization_later);
        let (value, later) =
            self.decider
                .run_in(&self.site, place, template.variables(), |scope| {
                    template.eval_except(self.input, scope, &is_later)
                })?;
        let later = later
            .into_iter()
            .map(|(path, expression)| (format!("{at}{path}"), expression));
        self.later.extend(later);
        Ok(value)
    }

    /// A text; empty if it is left for later.
    pub(super) fn text(
        &mut self,
        place: &str,
        at: &str,
        template: &Template,
    ) -> Result<String, WorkflowError> {
        let value = self.value(place, at, template)?;
        if self.is_later(at) {
            return Ok(String::new());
        }
        scalar_text(&value).ok_or_else(|| wrong(place, "a string", &value))
    }

    /// An object of texts. Null members, and those left for later, are left out.
    pub(super) fn texts(
        &mut self,
        place: &str,
        at: &str,
        template: Option<&Template>,
    ) -> Result<BTreeMap<String, String>, WorkflowError> {
        let members = self.members(place, at, template)?;
        let present = members.into_iter().filter(|(_, value)| !value.is_null());
        present
            .map(|(name, value)| match scalar_text(&value) {
                Some(text) => Ok((name, text)),
                None => Err(wrong(&format!("{place}.{name}"), "a string", &value)),
            })
            .collect()
    }

    /// An array of texts; empty ones for those left for later.
    pub(super) fn list(
        &mut self,
        place: &str,
        at: &str,
        template: Option<&Template>,
    ) -> Result<Vec<String>, WorkflowError> {
        let Some(template) = template else {
            return Ok(Vec::new());
        };
        let given = self.value(place, at, template)?;
        if self.later.iter().any(|(later, _)| later == at) {
            return Ok(Vec::new());
        }
        let values = given
            .as_array()
            .ok_or_else(|| wrong(place, "an array", &given))?;
        let texts = values.iter().enumerate().map(|(index, value)| {
            if self.is_later(&format!("{at}/{index}")) {
                return Ok(String::new());
            }
            scalar_text(value).ok_or_else(|| wrong(place, "made of strings", value))
        });
        texts.collect()
    }

    /// An object; null is an empty one.
    pub(super) fn members(
        &mut self,
        place: &str,
        at: &str,
        template: Option<&Template>,
    ) -> Result<Map<String, Value>, WorkflowError> {
        let Some(template) = template else {
            return Ok(Map::new());
        };
        match self.value(place, at, template)? {
            Value::Object(members) => Ok(members),
            Value::Null => Ok(Map::new()),
            other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                Err(wrong(place, "an object", &other))
            }
        }
    }

    /// An absolute http or https URI; empty if it is left for later.
    pub(super) fn uri(
        &mut self,
        place: &str,
        at: &str,
        template: &UriTemplate,
    ) -> Result<String, WorkflowError> {
        if let Some(expression) = template.expression()
            && must_wait(expression, self.authorization_later)
        {
            self.later.push((at.to_owned(), expression.clone()));
            return Ok(String::new());
        }
        let uri = self
            .decider
            .run_in(&self.site, place, template.variables(), |scope| {
                template.eval(self.input, scope)
            })?;
        if is_absolute_http(&uri) {
            return Ok(uri);
        }
        Err(ErrorKind::Configuration.error(format!(
            "{place}: `{uri}` is not an absolute http or https URI"
        )))
    }
}

fn must_wait(expression: &Expression, authorization_later: bool) -> bool {
    let variables = expression.variables();
    variables.contains("secrets") || (authorization_later && variables.contains("authorization"))
}

fn is_absolute_http(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return false;
    };
    let has_host = rest
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|authority| !authority.is_empty() && !authority.ends_with('@'));
    let http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let printable = |char: char| !char.is_whitespace() && !char.is_control();
    http && has_host && uri.chars().all(printable)
}
