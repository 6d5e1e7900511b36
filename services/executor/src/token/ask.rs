//! Asking an authority for a token (RFC 6749, 7523, 8693).

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use reqwest::{
    Client as HttpClient, Method, Request, Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use weir_engine::{ErrorKind, WorkflowError};

use super::{
    invalid,
    policy::{Client, Endpoint, Grant, Policy},
};
use crate::http::{read_at_most, reason};

const ANSWER_BYTES_MAX: usize = 64 * 1024;
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ASSERTION_LIFETIME_S: u64 = 60;

/// What an authority gives.
#[derive(Deserialize)]
pub(super) struct Given {
    pub access_token: String,
    pub token_type: Option<String>,
    #[serde(default, deserialize_with = "seconds")]
    pub expires_in: Option<u64>,
    pub refresh_token: Option<String>,
    pub id_token: Option<String>,
}

/// Where to ask.
pub(super) async fn endpoint(client: &HttpClient, policy: &Policy) -> Result<Url, WorkflowError> {
    let document = match &policy.endpoint {
        Endpoint::Known(uri) => return url(uri),
        Endpoint::Discovered(document) => url(document)?,
    };
    let request = Request::new(Method::GET, document.clone());
    let (status, answer) = send(client, request).await?;
    let found = answer.get("token_endpoint").and_then(Value::as_str);
    let Some(found) = found.filter(|_| status.is_success()) else {
        return Err(ErrorKind::Communication.error(format!(
            "GET {document} answered {status} without a `token_endpoint`"
        )));
    };
    let found = url(found)?;
    if document.scheme() == "https" && found.scheme() != "https" {
        return Err(ErrorKind::Authentication.error(format!(
            "{document} names a token endpoint that is not https: {found}"
        )));
    }
    Ok(found)
}

/// Asks once.
pub(super) async fn ask(
    client: &HttpClient,
    endpoint: &Url,
    policy: &Policy,
    grant: &Grant,
) -> Result<Given, WorkflowError> {
    let mut request = Request::new(Method::POST, endpoint.clone());
    let mut fields = fields(policy, grant);
    match &policy.client {
        Client::Nameless => {}
        Client::Public { id } => fields.push(("client_id", id.clone())),
        Client::Post { id, secret } => {
            fields.push(("client_id", id.clone()));
            fields.push(("client_secret", secret.clone()));
        }
        Client::Basic { id, secret } => {
            let encoded = |text: &str| -> String {
                form_urlencoded::byte_serialize(text.as_bytes()).collect()
            };
            let login = format!("{}:{}", encoded(id), encoded(secret));
            let value = format!("Basic {}", BASE64_STANDARD.encode(login));
            let mut value = HeaderValue::try_from(value)
                .map_err(|_| invalid("authentication: the client's secret fits no header"))?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        Client::Assertion { id, assertion } => {
            fields.push(("client_id", id.clone()));
            fields.push(("client_assertion_type", ASSERTION_TYPE.to_owned()));
            fields.push(("client_assertion", assertion.clone()));
        }
        Client::Signing { id, secret } => {
            fields.push(("client_id", id.clone()));
            fields.push(("client_assertion_type", ASSERTION_TYPE.to_owned()));
            fields.push(("client_assertion", signed(id, secret, endpoint)?));
        }
    }
    let (media, body) = if policy.json {
        ("application/json", as_json(fields).to_string())
    } else {
        let mut form = form_urlencoded::Serializer::new(String::new());
        (
            "application/x-www-form-urlencoded",
            form.extend_pairs(fields).finish(),
        )
    };
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    *request.body_mut() = Some(body.into());

    let (status, answer) = send(client, request).await?;
    if !status.is_success() {
        return Err(refused(endpoint, status, &answer));
    }
    let given = Given::deserialize(&answer).map_err(|_| {
        ErrorKind::Authentication.error(format!("{endpoint} answered without an `access_token`"))
    })?;
    match &given.token_type {
        Some(type_) if !type_.eq_ignore_ascii_case("bearer") => Err(ErrorKind::Authentication
            .error(format!(
                "{endpoint} gave a token of the type `{type_}`, not `Bearer`"
            ))),
        _ => Ok(given),
    }
}

fn fields(policy: &Policy, grant: &Grant) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    let mut add = |name, value: &str| fields.push((name, value.to_owned()));
    match grant {
        Grant::Client => add("grant_type", "client_credentials"),
        Grant::Password { username, password } => {
            add("grant_type", "password");
            add("username", username);
            add("password", password);
        }
        Grant::Refresh { token } => {
            add("grant_type", "refresh_token");
            add("refresh_token", token);
        }
        Grant::Exchange { subject, actor } => {
            add(
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            );
            add("subject_token", &subject.token);
            add("subject_token_type", &subject.type_);
            if let Some(actor) = actor {
                add("actor_token", &actor.token);
                add("actor_token_type", &actor.type_);
            }
        }
    }
    if !policy.scopes.is_empty() {
        add("scope", &policy.scopes.join(" "));
    }
    for audience in &policy.audiences {
        add("audience", audience);
    }
    fields
}

/// A name that is there twice has an array.
fn as_json(fields: Vec<(&'static str, String)>) -> Value {
    let mut object = Map::new();
    for (name, value) in fields {
        match object.get_mut(name) {
            None => {
                object.insert(name.to_owned(), value.into());
            }
            Some(Value::Array(items)) => items.push(value.into()),
            Some(one) => *one = json!([one.take(), value]),
        }
    }
    object.into()
}

/// A JWT that says who the client is, signed with its secret (HS256).
fn signed(id: &str, secret: &str, endpoint: &Url) -> Result<String, WorkflowError> {
    let mut random = [0; 16];
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let (Ok(()), Ok(now)) = (SystemRandom::new().fill(&mut random), since) else {
        return Err(ErrorKind::Runtime.error("no random numbers, or no time, for an assertion"));
    };
    let payload = json!({
        "iss": id,
        "sub": id,
        "aud": endpoint.as_str(),
        "jti": BASE64_URL_SAFE_NO_PAD.encode(random),
        "iat": now.as_secs(),
        "exp": now.as_secs() + ASSERTION_LIFETIME_S,
    });
    let encode = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    let text = format!(
        "{}.{}",
        encode(&json!({"alg": "HS256", "typ": "JWT"})),
        encode(&payload)
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, text.as_bytes());
    Ok(format!(
        "{text}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(signature)
    ))
}

async fn send(client: &HttpClient, request: Request) -> Result<(StatusCode, Value), WorkflowError> {
    let what = format!("{} {}", request.method(), request.url());
    let failed = |error: &reqwest::Error| {
        ErrorKind::Communication.error(format!("{what} failed: {}", reason(error)))
    };
    let mut response: Response = client
        .execute(request)
        .await
        .map_err(|error| failed(&error))?;
    let status = response.status();
    let body = read_at_most(&mut response, ANSWER_BYTES_MAX).await;
    let body = body.ok_or_else(|| {
        ErrorKind::Communication.error(format!("{what} answered {status}, and no whole body"))
    })?;
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}

/// What an authority says in place of a token (RFC 6749, section 5.2).
fn refused(endpoint: &Url, status: StatusCode, answer: &Value) -> WorkflowError {
    let said = ["error", "error_description"]
        .into_iter()
        .filter_map(|name| answer.get(name)?.as_str())
        .collect::<Vec<_>>()
        .join(": ");
    let detail = format!("{endpoint} gave no token, but {status} {said}");
    let detail = detail.trim_end();
    if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
        return ErrorKind::Authentication.error(detail);
    }
    WorkflowError {
        status: status.as_u16().into(),
        ..ErrorKind::Communication.error(detail)
    }
}

fn url(uri: &str) -> Result<Url, WorkflowError> {
    Url::parse(uri)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| {
            invalid(format!(
                "authentication: `{uri}` is not an http or https URI"
            ))
        })
}

/// Some authorities write numbers as text.
fn seconds<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok())))
}
