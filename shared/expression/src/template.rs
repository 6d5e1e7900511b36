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
        self.eval_except(input, scope, &|_| false)
            .map(|(value, _)| value)
    }

    /// As [`Template::eval`], but leaves out the expressions that are `left` for later: null stands
    /// where they are, and they come back, each with its JSON pointer in the value.
    ///
    /// # Errors
    /// As [`Template::eval`].
    pub fn eval_except(
        &self,
        input: &Data,
        scope: &Scope,
        left: &dyn Fn(&Expression) -> bool,
    ) -> Result<(Value, Vec<(String, Expression)>), EvalError> {
        let mut run = Run {
            input,
            scope,
            room: Limits::default().output_bytes_max,
            pointer: String::new(),
            left,
            found: Vec::new(),
        };
        let value = run.node(&self.node)?;
        Ok((value, run.found))
    }

    /// Calls `visit` with every expression in it and its JSON pointer.
    pub fn expressions(&self, visit: &mut dyn FnMut(&str, &Expression)) {
        self.node.expressions(&mut String::new(), visit);
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
        push_token(&mut self.pointer, token);
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

    fn expressions(&self, pointer: &mut String, visit: &mut dyn FnMut(&str, &Expression)) {
        match self {
            Self::Literal(_) => {}
            Self::Expression(expression) | Self::Attempt(expression, _) => {
                visit(pointer, expression);
            }
            Self::Array(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    below(pointer, &index.to_string(), |at| {
                        node.expressions(at, visit);
                    });
                }
            }
            Self::Object(nodes) => {
                for (key, node) in nodes {
                    below(pointer, key, |at| node.expressions(at, visit));
                }
            }
        }
    }
}

/// One evaluation of a template.
struct Run<'a> {
    input: &'a Data,
    scope: &'a Scope,
    /// What all results together may still take.
    room: usize,
    pointer: String,
    left: &'a dyn Fn(&Expression) -> bool,
    found: Vec<(String, Expression)>,
}

impl Run<'_> {
    fn node(&mut self, node: &Node) -> Result<Value, EvalError> {
        match node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Expression(expression) | Node::Attempt(expression, _)
                if (self.left)(expression) =>
            {
                self.found.push((self.pointer.clone(), expression.clone()));
                Ok(Value::Null)
            }
            Node::Expression(expression) => self.expression(expression),
            Node::Attempt(expression, text) => match self.expression(expression) {
                Err(error) if error.kind == EvalErrorKind::Failed => {
                    Ok(Value::String(text.clone()))
                }
                result => result,
            },
            Node::Array(nodes) => nodes
                .iter()
                .enumerate()
                .map(|(index, node)| self.below(&index.to_string(), node))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            Node::Object(nodes) => nodes
                .iter()
                .map(|(key, node)| Ok((key.clone(), self.below(key, node)?)))
                .collect::<Result<Map<_, _>, _>>()
                .map(Value::Object),
        }
    }

    fn expression(&mut self, expression: &Expression) -> Result<Value, EvalError> {
        expression.eval_within(self.input, self.scope, &mut self.room)
    }

    fn below(&mut self, token: &str, node: &Node) -> Result<Value, EvalError> {
        let length = self.pointer.len();
        push_token(&mut self.pointer, token);
        let value = self.node(node);
        self.pointer.truncate(length);
        value
    }
}

fn below(pointer: &mut String, token: &str, run: impl FnOnce(&mut String)) {
    let length = pointer.len();
    push_token(pointer, token);
    run(pointer);
    pointer.truncate(length);
}

fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
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

    #[test]
    fn what_is_left_for_later_comes_back_with_its_place() {
        let value = json!({"a": "${ .x }", "b/c": ["${ $secrets.k.p }"], "d": "${ $secrets }"});
        let template = Template::compile(&value, Mode::Strict, &[]).unwrap();
        let secret = |expression: &Expression| expression.variables().contains("secrets");
        let (result, left) = template
            .eval_except(&Data::from(json!({"x": 7})), &Scope::default(), &secret)
            .unwrap();
        assert_eq!(result, json!({"a": 7, "b/c": [null], "d": null}));
        let left: Vec<_> = left
            .iter()
            .map(|(at, expression)| (at.as_str(), expression.secrets().cloned()))
            .collect();
        let named = Some(std::iter::once("k".to_owned()).collect());
        assert_eq!(left, [("/b~1c/0", named), ("/d", None)]);
    }
}
