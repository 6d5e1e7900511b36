//! From an operation and its parameters to a request.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use weir_engine::WorkflowError;
use weir_protocol::v1::{HttpOutput, HttpRequest};

use super::{
    invalid,
    parameter::{pairs, simple, word},
    server,
};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];
/// What stays as it is in a path (RFC 3986, unreserved).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const FORM: &str = "application/x-www-form-urlencoded";
const REFERENCES_MAX: usize = 16;

/// The request that does the operation called `id` of a document that came from `from`.
///
/// # Errors
/// `configuration`: there is no such operation, a parameter is missing, unknown or odd.
pub(super) fn compose(
    document: &Value,
    from: &str,
    id: &str,
    mut given: Map<String, Value>,
) -> Result<HttpRequest, WorkflowError> {
    let known = word(document, "swagger") == Some("2.0")
        || word(document, "openapi").is_some_and(|version| version.starts_with("3."));
    if !known {
        return Err(invalid(format!(
            "document: {from} is not OpenAPI 2.0 or 3.x"
        )));
    }
    let (path, item, method, operation) = find(document, id)
        .ok_or_else(|| invalid(format!("operationId: {from} has no operation `{id}`")))?;
    let mut request = HttpRequest {
        method: method.to_ascii_uppercase(),
        uri: String::new(),
        headers: BTreeMap::new(),
        query: BTreeMap::new(),
        body: None,
        output: HttpOutput::Content,
        redirect: false,
        credentials: None,
    };
    let mut path = path.to_owned();
    let mut cookies = Vec::new();
    let mut form = Map::new();
    for parameter in parameters(document, item, operation) {
        let (Some(name), Some(place)) = (word(parameter, "name"), word(parameter, "in")) else {
            continue;
        };
        let value = given.remove(name).filter(|value| !value.is_null());
        let Some(value) = value else {
            let required = parameter.get("required").and_then(Value::as_bool);
            if required == Some(true) {
                return Err(invalid(format!("parameters: `{id}` needs `{name}`")));
            }
            continue;
        };
        match place {
            "path" => {
                let text = simple(parameter, name, &value)?;
                let text = utf8_percent_encode(&text, ENCODED).to_string();
                path = path.replace(&format!("{{{name}}}"), &text);
            }
            "query" => request.query.extend(pairs(parameter, name, &value)?),
            "header" => {
                let text = simple(parameter, name, &value)?;
                request.headers.insert(name.to_owned(), text);
            }
            "cookie" => cookies.push(format!("{name}={}", simple(parameter, name, &value)?)),
            "formData" => form.extend(pairs(parameter, name, &value)?),
            "body" => request.body = Some(value.into()),
            other => return Err(invalid(format!("document: `{name}` is in `{other}`"))),
        }
    }
    if !cookies.is_empty() {
        request
            .headers
            .insert("cookie".to_owned(), cookies.join("; "));
    }
    if !form.is_empty() {
        request
            .headers
            .insert("content-type".to_owned(), FORM.to_owned());
        request.body = Some(Value::Object(form).into());
    }
    if let Some(body) = operation.get("requestBody") {
        add_body(&mut request, resolved(document, body), &mut given, id)?;
    }
    if let Some(name) = given.keys().next() {
        return Err(invalid(format!(
            "parameters: `{id}` has no parameter `{name}`"
        )));
    }
    request.uri = server::base([operation, item, document], from)? + &path;
    Ok(request)
}

/// The parameter `body`; without it, an object of all that are no parameters.
fn add_body(
    request: &mut HttpRequest,
    body: &Value,
    given: &mut Map<String, Value>,
    id: &str,
) -> Result<(), WorkflowError> {
    let value = match given.remove("body") {
        Some(value) => value,
        None if given.is_empty() => Value::Null,
        None => Value::Object(std::mem::take(given)),
    };
    if value.is_null() {
        if body.get("required").and_then(Value::as_bool) == Some(true) {
            return Err(invalid(format!("parameters: `{id}` needs a body")));
        }
        return Ok(());
    }
    let media: Vec<&String> = body
        .get("content")
        .and_then(Value::as_object)
        .map(|content| content.keys().collect())
        .unwrap_or_default();
    let json = media.iter().find(|media| media.contains("json"));
    let form = media.iter().find(|media| media.starts_with(FORM));
    let chosen = json
        .or(form)
        .or(media.first())
        .filter(|media| !media.contains('*'));
    if let Some(chosen) = chosen {
        if chosen.starts_with("multipart/") {
            return Err(invalid(format!(
                "parameters: `{id}` takes a body in parts only"
            )));
        }
        request
            .headers
            .insert("content-type".to_owned(), (*chosen).clone());
    }
    request.body = Some(value.into());
    Ok(())
}

/// Path, path item, method and operation.
fn find<'d>(document: &'d Value, id: &str) -> Option<(&'d str, &'d Value, &'d str, &'d Value)> {
    let paths = document.get("paths")?.as_object()?;
    paths.iter().find_map(|(path, item)| {
        let item = resolved(document, item);
        let mut methods = METHODS.iter();
        methods.find_map(|method| {
            let operation = item.get(*method)?;
            let found = word(operation, "operationId") == Some(id);
            found.then_some((path.as_str(), item, *method, operation))
        })
    })
}

/// Those of the operation, and those of its path that it does not replace.
fn parameters<'d>(document: &'d Value, item: &'d Value, operation: &'d Value) -> Vec<&'d Value> {
    let of = |part: &'d Value| {
        let list = part.get("parameters").and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .map(|one| resolved(document, one))
    };
    let mut all: Vec<&Value> = of(operation).collect();
    for one in of(item) {
        let same = |other: &&Value| other["name"] == one["name"] && other["in"] == one["in"];
        if !all.iter().any(same) {
            all.push(one);
        }
    }
    all
}

/// What a local `$ref` stands for.
fn resolved<'d>(document: &'d Value, mut value: &'d Value) -> &'d Value {
    for _ in 0..REFERENCES_MAX {
        let reference = word(value, "$ref").and_then(|text| text.strip_prefix('#'));
        match reference.and_then(|pointer| document.pointer(pointer)) {
            Some(target) => value = target,
            None => return value,
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FROM: &str = "https://api.example/docs/openapi.json";

    fn composed(document: &Value, parameters: Value) -> Result<Value, String> {
        let Value::Object(parameters) = parameters else {
            unreachable!()
        };
        let request = compose(document, FROM, "it", parameters);
        let request = request.map_err(|error| error.detail.unwrap())?;
        let mut form = serde_json::to_value(&request).unwrap();
        form.as_object_mut().unwrap().remove("output");
        Ok(form)
    }

    fn version_3() -> Value {
        json!({
            "openapi": "3.1.0",
            "servers": [{"url": "../{v}/", "variables": {"v": {"default": "v1"}}}],
            "components": {"parameters": {"id": {"name": "id", "in": "path", "required": true}}},
            "paths": {"/things/{id}": {
                "parameters": [{"$ref": "#/components/parameters/id"}],
                "post": {
                    "operationId": "it",
                    "parameters": [
                        {"name": "tag", "in": "query"},
                        {"name": "few", "in": "query", "explode": false},
                        {"name": "deep", "in": "query", "style": "deepObject"},
                        {"name": "X-A", "in": "header"},
                        {"name": "c", "in": "cookie"},
                    ],
                    "requestBody": {"content": {"text/csv": {}, "application/json": {}}},
                },
            }},
        })
    }

    #[test]
    fn every_place_gets_its_parameter() {
        let given = json!({
            "id": "a/b", "tag": ["x", "y"], "few": [1, 2], "deep": {"k": true}, "X-A": "h",
            "c": 7, "name": "n", "more": [null],
        });
        assert_eq!(
            composed(&version_3(), given).unwrap(),
            json!({
                "method": "POST", "uri": "https://api.example/v1/things/a%2Fb",
                "headers": {"X-A": "h", "cookie": "c=7", "content-type": "application/json"},
                "query": {"tag": ["x", "y"], "few": "1,2", "deep[k]": "true"},
                "body": {"name": "n", "more": [null]},
            })
        );
        let bare = composed(&version_3(), json!({"id": 1, "body": [1], "tag": null})).unwrap();
        assert_eq!((&bare["body"], bare.get("query")), (&json!([1]), None));
    }

    #[test]
    fn version_2_has_hosts_forms_and_collections() {
        let document = json!({
            "swagger": "2.0", "host": "h.example", "basePath": "/v2", "schemes": ["http"],
            "paths": {"/x": {"post": {"operationId": "it", "parameters": [
                {"name": "a", "in": "query", "type": "array"},
                {"name": "m", "in": "query", "type": "array", "collectionFormat": "multi"},
                {"name": "f", "in": "formData", "type": "string"},
            ]}}},
        });
        assert_eq!(
            composed(&document, json!({"a": [1, 2], "m": [1, 2], "f": "v"})).unwrap(),
            json!({
                "method": "POST", "uri": "http://h.example/v2/x",
                "headers": {"content-type": FORM},
                "query": {"a": "1,2", "m": ["1", "2"]},
                "body": {"f": "v"},
            })
        );
        let error = composed(&document, json!({"z": 1})).unwrap_err();
        assert_eq!(error, "parameters: `it` has no parameter `z`");
    }

    #[test]
    fn what_cannot_be_called_is_said() {
        let error = composed(&version_3(), json!({})).unwrap_err();
        assert_eq!(error, "parameters: `it` needs `id`");
        let error = composed(&version_3(), json!({"id": {"a": 1}})).unwrap_err();
        assert!(error.contains("`id` cannot be written"), "{error}");
        let error = composed(&json!({"openapi": "3.0.0", "paths": {}}), json!({})).unwrap_err();
        assert!(error.contains("has no operation `it`"), "{error}");
        let error = composed(&json!({"openapi": "4.0"}), json!({})).unwrap_err();
        assert!(error.contains("is not OpenAPI 2.0 or 3.x"), "{error}");
    }
}
