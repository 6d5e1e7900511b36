//! Which events a filter lets through: the one rule that routers and engine share.

use regex_lite::RegexBuilder;
use serde_json::Value;
use weir_expression::{Data, EvalError, Expression, Scope};

use crate::{AttributeMatch, Correlation, EventFilter};

/// Most bytes of a compiled pattern.
const PATTERN_BYTES_MAX: usize = 64 * 1024;

impl EventFilter {
    /// Whether the attributes of `event`, a whole `CloudEvent` as JSON, are as this filter asks.
    /// Correlation is not looked at.
    ///
    /// # Errors
    /// An expression that failed: no match, but the author should hear of it.
    pub fn matches(&self, event: &Data, scope: &Scope) -> Result<bool, EvalError> {
        let attribute = |name: &str| event.as_value().get(name);
        // What is cheap and cannot fail goes first.
        let (computed, constant): (Vec<_>, Vec<_>) = self
            .attributes
            .iter()
            .partition(|(_, wanted)| wanted.expression().is_some());
        if !constant
            .into_iter()
            .all(|(name, wanted)| attribute(name).is_some_and(|value| wanted.is(value)))
        {
            return Ok(false);
        }
        for (name, wanted) in computed {
            let Some(expression) = wanted.expression() else {
                continue;
            };
            let value = attribute(name).cloned().map_or_else(Data::null, Data::from);
            if !expression.test(&value, scope)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The event type it asks for, if it asks for exactly one: by this, filters can be indexed.
    pub fn type_literal(&self) -> Option<&str> {
        match self.attributes.get("type") {
            Some(AttributeMatch::Literal(Value::String(text))) => Some(text),
            Some(
                AttributeMatch::Literal(_)
                | AttributeMatch::Pattern { .. }
                | AttributeMatch::Expression(_),
            )
            | None => None,
        }
    }

    /// Whether its expressions use `$` variables, so that only the engine can decide.
    pub fn is_contextual(&self) -> bool {
        let attributes = self.attributes.values();
        let attributes = attributes.filter_map(AttributeMatch::expression);
        let keys = self.correlate.iter().map(|key| &key.from);
        attributes
            .chain(keys)
            .any(|expression| !expression.variables().is_empty())
    }
}

impl AttributeMatch {
    /// What a string that is no expression asks for: the same string; and, if it looks like a
    /// regular expression, any string it matches as a whole.
    pub(crate) fn of_text(text: &str) -> Self {
        let literal = || Self::Literal(Value::String(text.to_owned()));
        // Dots, pluses and question marks alone are too common in types and URIs.
        if !text.contains(['*', '[', '(', '^', '$', '|', '\\']) && !text.contains(".+") {
            return literal();
        }
        let pattern = RegexBuilder::new(&format!("^(?:{text})$"))
            .size_limit(PATTERN_BYTES_MAX)
            .build();
        pattern.map_or_else(
            |_| literal(),
            |regex| Self::Pattern {
                text: text.to_owned(),
                regex,
            },
        )
    }

    /// Whether `value` is as asked, if that takes no evaluation.
    fn is(&self, value: &Value) -> bool {
        match self {
            Self::Literal(wanted) => wanted == value,
            Self::Pattern { text, regex } => value
                .as_str()
                .is_some_and(|value| value == text || regex.is_match(value)),
            Self::Expression(_) => false,
        }
    }

    fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Expression(expression) => Some(expression),
            Self::Literal(_) | Self::Pattern { .. } => None,
        }
    }
}

impl Correlation {
    /// The key of `event`, a whole `CloudEvent` as JSON; none if it has no such key: null never
    /// correlates, and neither does an expression that fails.
    pub fn key(&self, event: &Data, scope: &Scope) -> Option<Value> {
        let key = self.from.eval(event, scope).ok()?;
        (!key.is_null()).then_some(key)
    }
}
