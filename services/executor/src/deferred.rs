//! What the scheduler left open in a request: expressions over secrets, and over how the request
//! authenticates. Their results are in memory here, and nowhere else.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use weir_engine::{ErrorKind, WorkflowError};
use weir_expression::{Data, Expression, Scope};
use weir_protocol::v1::{Credentials, Deferred, DeferredExpression, Request};

/// Where a request's credentials stand.
const CREDENTIALS: &str = "/credentials";

/// Which expressions are put in. Credentials come first: `$authorization` derives from them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Credentials,
    Rest,
}

/// Puts the results of the deferred expressions of one part into `request`.
///
/// # Errors
/// An expression fails, or gives what does not fit its place.
pub(crate) fn fill(
    request: &Request,
    deferred: &Deferred,
    secrets: Map<String, Value>,
    part: Part,
) -> Result<Request, WorkflowError> {
    let mut form = serde_json::to_value(request).map_err(|error| unreadable(&error))?;
    let function = request.function();
    let names: Vec<&str> = deferred.variables.keys().map(String::as_str).collect();
    let mut scope = Scope::default().with("secrets", Value::Object(secrets).into());
    for (name, value) in &deferred.variables {
        scope.set(name, value.clone().into());
    }

    if part == Part::Rest {
        let credentials = form.get("credentials").cloned();
        let credentials = credentials.and_then(|form| serde_json::from_value(form).ok());
        scope.set("authorization", authorization(credentials.as_ref()));
    }
    let wanted =
        |one: &&DeferredExpression| one.at.starts_with(CREDENTIALS) == (part == Part::Credentials);
    for one in deferred.expressions.iter().filter(wanted) {
        put(&mut form, function, one, &names, &deferred.input, &scope)?;
    }
    serde_json::from_value(form).map_err(|error| unreadable(&error))
}

fn put(
    form: &mut Value,
    function: &str,
    one: &DeferredExpression,
    names: &[&str],
    input: &Data,
    scope: &Scope,
) -> Result<(), WorkflowError> {
    let DeferredExpression { at, jq } = one;
    let failed =
        |why: &dyn std::fmt::Display| ErrorKind::Expression.error(format!("{function}{at}: {why}"));
    let expression = Expression::compile(jq, names).map_err(|error| failed(&error))?;
    let value = expression
        .eval(input, scope)
        .map_err(|error| failed(&error))?;
    let value = fit(function, at, value).map_err(|why| failed(&why))?;
    set(form, at, value).ok_or_else(|| failed(&"there is no such place in the request"))
}

/// `$authorization` (specification: Authorization Descriptor).
fn authorization(credentials: Option<&Credentials>) -> Data {
    Data::from(match credentials {
        Some(Credentials::Basic { username, password }) => json!({
            "scheme": "Basic",
            "parameter": BASE64_STANDARD.encode(format!("{username}:{password}")),
        }),
        Some(Credentials::Bearer { token }) => json!({"scheme": "Bearer", "parameter": token}),
        Some(Credentials::Digest { .. } | Credentials::Token { .. }) | None => Value::Null,
    })
}

/// The result as its place in the stored form needs it: what the scheduler does with all others.
fn fit(function: &str, at: &str, value: Value) -> Result<Value, &'static str> {
    let path = at.strip_prefix('/').unwrap_or(at);
    let (head, inner) = match path.split_once('/') {
        Some((head, _)) => (head, true),
        None => (path, false),
    };
    match (function, head, inner) {
        ("http", "method", _) => text(&value).map(|text| text.to_ascii_uppercase().into()),
        ("http", "headers", true) | ("shell", "environment", true) if value.is_null() => {
            Ok(Value::Null)
        }
        // A policy for tokens: read later, as a whole.
        (_, "credentials" | "with", true)
            if path.starts_with("credentials/with") || path.contains("authentication/with") =>
        {
            Ok(match value {
                Value::Number(number) => number.to_string().into(),
                other @ (Value::Null
                | Value::Bool(_)
                | Value::String(_)
                | Value::Array(_)
                | Value::Object(_)) => other,
            })
        }
        ("http", "uri" | "credentials", _)
        | ("http", "headers", true)
        | ("shell", "command", _)
        | ("shell", "environment" | "arguments", true) => text(&value).map(Value::from),
        ("http", "headers", false) | ("shell", "environment", false) => texts(value),
        ("shell", "arguments", false) => match value {
            Value::Array(items) => {
                let items = items.iter().map(|item| text(item).map(Value::from));
                items.collect::<Result<_, _>>().map(Value::Array)
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => Err("must be an array of strings"),
        },
        ("shell", "stdin", _) => Ok(match value {
            Value::Null | Value::String(_) => value,
            other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                other.to_string().into()
            }
        }),
        _ => Ok(value),
    }
}

fn text(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err("must be a string; does the secret have this member?")
        }
    }
}

fn texts(value: Value) -> Result<Value, &'static str> {
    let members = match value {
        Value::Null => Map::new(),
        Value::Object(members) => members,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err("must be an object of strings");
        }
    };
    let present = members.into_iter().filter(|(_, value)| !value.is_null());
    let texts: BTreeMap<String, String> = present
        .map(|(name, value)| Ok((name, text(&value)?)))
        .collect::<Result<_, &'static str>>()?;
    Ok(json!(texts))
}

/// Sets the value at a pointer whose parent may not be there yet; null removes a member.
fn set(form: &mut Value, at: &str, value: Value) -> Option<()> {
    let mut place = form;
    let mut tokens = at.strip_prefix('/')?.split('/').peekable();
    while let Some(token) = tokens.next() {
        let token = token.replace("~1", "/").replace("~0", "~");
        let last = tokens.peek().is_none();
        match place {
            Value::Object(members) if last && value.is_null() => {
                members.remove(&token);
                return Some(());
            }
            Value::Object(members) => {
                place = members.entry(token).or_insert_with(|| json!({}));
            }
            Value::Array(items) => place = items.get_mut(token.parse::<usize>().ok()?)?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
        }
    }
    *place = value;
    Some(())
}

fn unreadable(error: &serde_json::Error) -> WorkflowError {
    ErrorKind::Runtime.error(format!("the request cannot be completed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(request: Value, deferred: Value) -> Result<Value, WorkflowError> {
        let request: Request = serde_json::from_value(request).unwrap();
        let deferred: Deferred = serde_json::from_value(deferred).unwrap();
        let secrets = json!({"db": {"user": "ann", "pin": 4711}, "key": "k3y"});
        let Value::Object(secrets) = secrets else {
            unreachable!()
        };
        let request = fill(&request, &deferred, secrets.clone(), Part::Credentials)?;
        let request = fill(&request, &deferred, secrets, Part::Rest)?;
        Ok(serde_json::to_value(request).unwrap())
    }

    #[test]
    fn expressions_get_their_places_and_their_types() {
        let request = json!({
            "function": "http", "method": "", "uri": "http://x", "output": "content",
            "body": {"list": [1, null]},
            "credentials": {"scheme": "basic", "username": "", "password": "literal"},
        });
        let deferred = json!({
            "expressions": [
                {"at": "/headers/a~1b", "jq": "$authorization.parameter"},
                {"at": "/headers/none", "jq": "$secrets.db.none"},
                {"at": "/method", "jq": "$word + .st"},
                {"at": "/body/list/1", "jq": "$secrets.db"},
                {"at": "/query/pin", "jq": "$secrets.db.pin"},
                {"at": "/credentials/username", "jq": "$secrets.db.user"},
            ],
            "secrets": ["db"],
            "input": {"st": "st"},
            "variables": {"word": "po"},
        });
        assert_eq!(
            filled(request, deferred).unwrap(),
            json!({
                "function": "http", "method": "POST", "uri": "http://x", "output": "content",
                "headers": {"a/b": BASE64_STANDARD.encode("ann:literal")},
                "query": {"pin": 4711},
                "body": {"list": [1, {"user": "ann", "pin": 4711}]},
                "credentials": {"scheme": "basic", "username": "ann", "password": "literal"},
            })
        );
    }

    #[test]
    fn what_does_not_fit_is_an_expression_error() {
        let request = || json!({"function": "shell", "command": "", "return": "stdout"});
        for (at, jq, why) in [
            ("/command", "$secrets.db", "must be a string"),
            ("/command", "$secrets.none", "must be a string"),
            ("/arguments", "$secrets.key", "must be an array"),
            ("/command", "error(\"no\")", "no"),
            ("/command/x", "1", "no such place"),
            ("", "1", "no such place"),
            ("ä", "1", "no such place"),
        ] {
            let deferred = json!({"expressions": [{"at": at, "jq": jq}]});
            let error = filled(request(), deferred).unwrap_err();
            let detail = error.detail.unwrap();
            assert!(
                error.type_.ends_with("/expression"),
                "{at}: {}",
                error.type_
            );
            assert!(detail.contains(why), "{at}: {detail}");
        }
    }
}
