//! JSON values with expressions in their leaves.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    CompileError, Data, EvalError, EvalErrorKind, Expression, Limits, Scope, TemplateError,
};

/// How a definition marks its expressions (`evaluate.mode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A string is an expression if, and only if, all of it is `${…}`.
    #[default]
    Strict,
    /// Every string is tried as an expression; one that fails stands for itself.
    Loose,
}

/// A JSON value whose string leaves may be expressions: `set`, `with`, `body`, `headers`, …
#[derive(Clone, Debug)]
pub struct Template {
    node: Node,
    variables: BTreeSet<String>,
}

#[derive(Clone, Debug)]
enum Node {
    /// No expression in here.
    Literal(Value),
    Expression(Expression),
    /// Loose mode: the text itself, if the expression fails.
    Attempt(Expression, String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// The program inside `${…}`, or the text itself if it is not wrapped. White space around is
/// ignored; the program may itself end in a brace.
pub fn expression_text(source: &str) -> &str {
    inner(source).unwrap_or(source).trim()
}

/// Whether a string is `${…}` as a whole, white space around allowed.
pub fn is_expression(source: &str) -> bool {
    inner(source).is_some()
}

impl Template {
    /// Compiles all expressions in a value.
    ///
    /// # Errors
    /// In strict mode, the first expression that does not compile, with its JSON pointer. Loose
    /// mode takes what does not compile literally and never fails.
    pub fn compile(value: &Value, mode: Mode, vars: &[&str]) -> Result<Self, TemplateError> {
        let mut variables = BTreeSet::new();
        let mut at = Place {
            pointer: String::new(),
            mode,
            vars,
            variables: &mut variables,
        };
        let node = Node::compile(value, &mut at)?;
        Ok(Self { node, variables })
    }

    /// The value with every expression replaced by its result. All are evaluated on the same
    /// `input`.
    ///
    /// # Errors
    /// The first expression that fails; in loose mode, only one that exceeds its limits. All
    /// results together must keep to the limit for one.
    pub fn eval(&self, input: &Data, scope: &Scope) -> Result<Value, EvalError> {
        let mut room = Limits::default().output_bytes_max;
        self.node.eval(input, scope, &mut room)
    }

    /// Whether there is no expression in it, so that it always gives the same value.
    pub fn is_literal(&self) -> bool {
        matches!(self.node, Node::Literal(_))
    }

    /// Names of the `$` variables used anywhere in it, without dollar sign.
    pub fn variables(&self) -> &BTreeSet<String> {
        &self.variables
    }
}

/// Where compilation is within the template, and what it collects.
struct Place<'a> {
    pointer: String,
    mode: Mode,
    vars: &'a [&'a str],
    variables: &'a mut BTreeSet<String>,
}

impl Place<'_> {
    fn descend<T>(&mut self, token: &str, run: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer
            .push_str(&token.replace('~', "~0").replace('/', "~1"));
        let result = run(self);
        self.pointer.truncate(length);
        result
    }

    fn expression(&mut self, source: &str) -> Result<Expression, CompileError> {
        let text = expression_text(source);
        let expression = Expression::compile(text, self.vars).map_err(|mut error| {
            error.offset += text.as_ptr() as usize - source.as_ptr() as usize;
            error
        })?;
        self.variables
            .extend(expression.variables().iter().cloned());
        Ok(expression)
    }
}

impl Node {
    fn compile(value: &Value, at: &mut Place<'_>) -> Result<Self, TemplateError> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(Self::Literal(value.clone())),
            Value::String(text) => Self::compile_text(text, at),
            Value::Array(items) => {
                let nodes: Vec<Self> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| {
                        at.descend(&index.to_string(), |at| Self::compile(item, at))
                    })
                    .collect::<Result<_, _>>()?;
                let literal = nodes.iter().all(Self::is_literal);
                Ok(if literal {
                    Self::Literal(value.clone())
                } else {
                    Self::Array(nodes)
                })
            }
            Value::Object(map) => {
                let nodes: Vec<(String, Self)> = map
                    .iter()
                    .map(|(key, item)| {
                        let node = at.descend(key, |at| Self::compile(item, at))?;
                        Ok((key.clone(), node))
                    })
                    .collect::<Result<_, _>>()?;
                let literal = nodes.iter().all(|(_, node)| node.is_literal());
                Ok(if literal {
                    Self::Literal(value.clone())
                } else {
                    Self::Object(nodes)
                })
            }
        }
    }

    fn compile_text(text: &str, at: &mut Place<'_>) -> Result<Self, TemplateError> {
        let literal = || Self::Literal(Value::String(text.to_owned()));
        match at.mode {
            Mode::Strict if !is_expression(text) => Ok(literal()),
            Mode::Strict => {
                at.expression(text)
                    .map(Self::Expression)
                    .map_err(|error| TemplateError {
                        pointer: at.pointer.clone(),
                        error,
                    })
            }
            Mode::Loose => Ok(match at.expression(text) {
                Ok(expression) => Self::Attempt(expression, text.to_owned()),
                Err(_) => literal(),
            }),
        }
    }

    fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    fn eval(&self, input: &Data, scope: &Scope, room: &mut usize) -> Result<Value, EvalError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Expression(expression) => expression.eval_within(input, scope, room),
            Self::Attempt(expression, text) => match expression.eval_within(input, scope, room) {
                Err(error) if error.kind == EvalErrorKind::Failed => {
                    Ok(Value::String(text.clone()))
                }
                result => result,
            },
            Self::Array(nodes) => nodes
                .iter()
                .map(|node| node.eval(input, scope, room))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            Self::Object(nodes) => nodes
                .iter()
                .map(|(key, node)| Ok((key.clone(), node.eval(input, scope, room)?)))
                .collect::<Result<Map<_, _>, _>>()
                .map(Value::Object),
        }
    }
}

fn inner(source: &str) -> Option<&str> {
    source.trim().strip_prefix("${")?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn evaluates_wrapped_leaves_only() {
        let value = json!({"a": "${ .x }", "b": ".x", "c": [1, " ${ {y: .x} } "]});
        let template = Template::compile(&value, Mode::Strict, &[]).unwrap();
        let result = template
            .eval(&Data::from(json!({"x": 7})), &Scope::default())
            .unwrap();
        assert_eq!(result, json!({"a": 7, "b": ".x", "c": [1, {"y": 7}]}));
    }
}
