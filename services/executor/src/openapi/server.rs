//! Where the operations of a document are served.

use reqwest::Url;
use serde_json::Value;
use weir_engine::WorkflowError;

use super::invalid;

/// The URI that a path of the document is appended to: without a slash at its end.
///
/// `parts` are the operation, its path and the document: the first that names servers counts.
pub(super) fn base(parts: [&Value; 3], from: &str) -> Result<String, WorkflowError> {
    let from = Url::parse(from).map_err(|_| invalid(format!("document: `{from}` is no URI")))?;
    let document = parts[2];
    let given = if document.get("swagger").is_some() {
        of_version_2(document, &from)
    } else {
        let mut servers = parts.iter().filter_map(|part| part.get("servers")?.get(0));
        servers.next().map_or_else(|| "/".to_owned(), filled)
    };
    let base = from
        .join(&given)
        .map_err(|_| invalid(format!("document: its server `{given}` is no URI")))?;
    Ok(base.as_str().trim_end_matches('/').to_owned())
}

fn of_version_2(document: &Value, from: &Url) -> String {
    let path = document
        .get("basePath")
        .and_then(Value::as_str)
        .unwrap_or("/");
    let schemes: Vec<&str> = document
        .get("schemes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let scheme = if schemes.is_empty() || schemes.contains(&from.scheme()) {
        from.scheme()
    } else if schemes.contains(&"https") {
        "https"
    } else {
        schemes[0]
    };
    match document.get("host").and_then(Value::as_str) {
        Some(host) => format!("{scheme}://{host}{path}"),
        None => path.to_owned(),
    }
}

/// A server's URL with the defaults of its variables.
fn filled(server: &Value) -> String {
    let mut url = server
        .get("url")
        .and_then(Value::as_str)
        .unwrap_or("/")
        .to_owned();
    let variables = server.get("variables").and_then(Value::as_object);
    for (name, variable) in variables.into_iter().flatten() {
        let default = variable
            .get("default")
            .and_then(Value::as_str)
            .unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), default);
    }
    url
}
