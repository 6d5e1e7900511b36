//! From what the workflow asks for to what is sent.

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{
    Method, Request, Url,
    header::{
        AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
        TRANSFER_ENCODING,
    },
};
use weir_engine::{ErrorKind, WorkflowError};
use weir_protocol::v1::{Credentials, HttpRequest};

use super::body;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The request to send for `asked`. Headers that the author wrote win over Weir's own.
///
/// # Errors
/// `configuration`, naming the part that cannot be sent.
pub(super) fn prepare(
    action_id: &str,
    traceparent: Option<&str>,
    asked: &HttpRequest,
) -> Result<Request, WorkflowError> {
    let method = Method::from_bytes(asked.method.as_bytes())
        .map_err(|_| invalid(format!("method: `{}` is not an HTTP method", asked.method)))?;
    let mut url = url(&asked.uri)?;
    let user = take_user(&mut url);
    add_query(&mut url, asked)?;

    let mut headers = headers(asked)?;
    let credentials = asked.credentials.as_ref().and_then(authorization).or(user);
    if let Some(text) = credentials
        && !headers.contains_key(AUTHORIZATION)
    {
        let mut value = HeaderValue::try_from(text)
            .map_err(|_| invalid("authentication: the token has characters that no header can"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    add_missing(&mut headers, IDEMPOTENCY_KEY, Some(action_id));
    add_missing(&mut headers, TRACEPARENT, traceparent);

    let mut request = Request::new(method, url);
    if let Some(data) = &asked.body {
        let body = body::encode(data.as_value(), headers.get(CONTENT_TYPE))?;
        add_missing(&mut headers, CONTENT_TYPE, Some(body.content_type));
        *request.body_mut() = Some(body.bytes.into());
    }
    *request.headers_mut() = headers;
    Ok(request)
}

fn url(uri: &str) -> Result<Url, WorkflowError> {
    let url = Url::parse(uri)
        .map_err(|error| invalid(format!("endpoint: `{uri}` is no URI: {error}")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(invalid(format!(
            "endpoint: `{scheme}:` cannot be called, only http: and https: can"
        ))),
    }
}

/// `https://user:password@host` as Basic credentials; they are not to be seen in errors and
/// outputs, so they leave the URI.
fn take_user(url: &mut Url) -> Option<String> {
    let password = url.password().map(ToOwned::to_owned);
    if url.username().is_empty() && password.is_none() {
        return None;
    }
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    let username = decode(url.username());
    let password = password.map(|text| decode(&text)).unwrap_or_default();
    // Both succeed: a URL with a scheme of the web has a host.
    let removed = url.set_username("").and_then(|()| url.set_password(None));
    debug_assert!(removed.is_ok(), "user information stays in {url}");
    Some(basic(&username, &password))
}

fn add_query(url: &mut Url, asked: &HttpRequest) -> Result<(), WorkflowError> {
    let mut pairs = Vec::new();
    for (name, value) in &asked.query {
        body::flatten(name, value, &mut pairs)
            .map_err(|part| invalid(format!("query: `{part}` must be a scalar or an array")))?;
    }
    if !pairs.is_empty() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    Ok(())
}

fn headers(asked: &HttpRequest) -> Result<HeaderMap, WorkflowError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &asked.headers {
        let header = HeaderName::try_from(name)
            .map_err(|_| invalid(format!("headers: `{name}` is not a header name")))?;
        // These follow from the body; contradicting it would garble the connection.
        if header == CONTENT_LENGTH || header == TRANSFER_ENCODING {
            continue;
        }
        let value = HeaderValue::try_from(value).map_err(|_| {
            invalid(format!(
                "headers: the value of `{name}` has characters that no header can"
            ))
        })?;
        headers.append(header, value);
    }
    Ok(headers)
}

/// The header that shows `credentials`, if they can be shown before the server has said anything.
pub(crate) fn authorization(credentials: &Credentials) -> Option<String> {
    match credentials {
        Credentials::Basic { username, password } => Some(basic(username, password)),
        Credentials::Bearer { token } => Some(format!("Bearer {token}")),
        // The server has to say first what it wants; a token became `Bearer` before.
        Credentials::Digest { .. } | Credentials::Token { .. } => None,
    }
}

fn basic(username: &str, password: &str) -> String {
    format!(
        "Basic {}",
        BASE64_STANDARD.encode(format!("{username}:{password}"))
    )
}

/// What cannot be a header value is left out: these are Weir's own, the author has no part in it.
fn add_missing(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    if let Some(value) = value.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.entry(name).or_insert(value);
    }
}

pub(super) fn invalid(detail: impl Into<String>) -> WorkflowError {
    ErrorKind::Configuration.error(detail)
}
