//! What an `oauth2` or `oidc` policy says.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;
use weir_engine::{ErrorKind, WorkflowError};

use super::{ask::Given, invalid};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const DISCOVERY_OAUTH2: &str = "/.well-known/oauth-authorization-server";

/// A policy, read.
pub(super) struct Policy {
    pub endpoint: Endpoint,
    pub grant: Grant,
    pub client: Client,
    /// Whether the request for a token is JSON; else it is a form.
    pub json: bool,
    pub scopes: Vec<String>,
    pub audiences: Vec<String>,
    issuers: Vec<String>,
}

/// Where tokens are asked for.
pub(super) enum Endpoint {
    Known(String),
    /// This document tells.
    Discovered(String),
}

/// Why a token should be given.
pub(super) enum Grant {
    Client,
    Password {
        username: String,
        password: String,
    },
    Refresh {
        token: String,
    },
    Exchange {
        subject: Token,
        actor: Option<Token>,
    },
}

/// How the client shows who it is.
pub(super) enum Client {
    Nameless,
    Public {
        id: String,
    },
    Basic {
        id: String,
        secret: String,
    },
    Post {
        id: String,
        secret: String,
    },
    /// It signs an assertion with its secret.
    Signing {
        id: String,
        secret: String,
    },
    Assertion {
        id: String,
        assertion: String,
    },
}

/// A security token and its type.
#[derive(Deserialize)]
pub(super) struct Token {
    pub token: String,
    #[serde(rename = "type")]
    pub type_: String,
}

#[derive(Deserialize)]
struct Source {
    authority: String,
    grant: String,
    #[serde(default)]
    endpoints: Endpoints,
    #[serde(default)]
    client: ClientSource,
    #[serde(default)]
    request: RequestSource,
    #[serde(default)]
    issuers: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    audiences: Vec<String>,
    username: Option<String>,
    password: Option<String>,
    subject: Option<Token>,
    actor: Option<Token>,
}

#[derive(Default, Deserialize)]
struct Endpoints {
    token: Option<String>,
}

#[derive(Default, Deserialize)]
struct ClientSource {
    id: Option<String>,
    secret: Option<String>,
    assertion: Option<String>,
    authentication: Option<String>,
}

#[derive(Default, Deserialize)]
struct RequestSource {
    encoding: Option<String>,
}

impl Policy {
    pub(super) fn read(oidc: bool, with: &Value) -> Result<Self, WorkflowError> {
        let scheme = if oidc { "oidc" } else { "oauth2" };
        let source = Source::deserialize(with)
            .map_err(|error| invalid(format!("authentication.{scheme}: {error}")))?;
        let needs = |what: &str| {
            let grant = &source.grant;
            invalid(format!(
                "authentication.{scheme}: the grant `{grant}` needs `{what}`"
            ))
        };
        let grant = match source.grant.as_str() {
            "client_credentials" => Grant::Client,
            "password" => Grant::Password {
                username: source.username.clone().ok_or_else(|| needs("username"))?,
                password: source.password.clone().ok_or_else(|| needs("password"))?,
            },
            "refresh_token" => Grant::Refresh {
                token: match &source.subject {
                    Some(subject) => subject.token.clone(),
                    None => return Err(needs("subject.token")),
                },
            },
            "urn:ietf:params:oauth:grant-type:token-exchange" => match source.subject {
                Some(subject) => Grant::Exchange {
                    subject,
                    actor: source.actor,
                },
                None => return Err(needs("subject")),
            },
            other => {
                return Err(invalid(format!(
                    "authentication.{scheme}: the grant `{other}` is not supported"
                )));
            }
        };
        Ok(Self {
            endpoint: endpoint(oidc, &source.authority, source.endpoints.token.as_deref()),
            grant,
            client: client(source.client)
                .map_err(|why| invalid(format!("authentication.{scheme}: {why}")))?,
            json: source.request.encoding.as_deref() == Some("application/json"),
            scopes: source.scopes,
            audiences: source.audiences,
            issuers: source.issuers,
        })
    }

    /// Whether the token is from one of `issuers`, if the policy names any.
    pub(super) fn check_issuer(&self, given: &Given) -> Result<(), WorkflowError> {
        if self.issuers.is_empty() {
            return Ok(());
        }
        let tokens = [Some(&given.access_token), given.id_token.as_ref()];
        let issuer = tokens
            .into_iter()
            .flatten()
            .find_map(|token| issuer_of(token));
        let why = match issuer {
            Some(issuer) if self.issuers.contains(&issuer) => return Ok(()),
            Some(issuer) => format!("the token is from `{issuer}`, which is not in `issuers`"),
            None => "the token does not say who issued it, and `issuers` are given".to_owned(),
        };
        Err(ErrorKind::Authentication.error(why))
    }
}

/// Discovery by `oidc`, or if the authority is a discovery document.
fn endpoint(oidc: bool, authority: &str, token: Option<&str>) -> Endpoint {
    let authority = authority.trim_end_matches('/');
    if authority.ends_with(DISCOVERY) || authority.ends_with(DISCOVERY_OAUTH2) {
        return Endpoint::Discovered(authority.to_owned());
    }
    if oidc {
        return Endpoint::Discovered(format!("{authority}{DISCOVERY}"));
    }
    let token = token.unwrap_or("/oauth2/token");
    Endpoint::Known(if token.contains("://") {
        token.to_owned()
    } else {
        format!("{authority}/{}", token.trim_start_matches('/'))
    })
}

fn client(source: ClientSource) -> Result<Client, String> {
    let method = match (source.authentication, &source.id) {
        (Some(method), _) => method,
        (None, Some(_)) => "client_secret_post".to_owned(),
        (None, None) => return Ok(Client::Nameless),
    };
    let Some(id) = source.id else {
        return match method.as_str() {
            "none" => Ok(Client::Nameless),
            _ => Err(format!(
                "`client.authentication: {method}` needs `client.id`"
            )),
        };
    };
    let secret = source.secret;
    let secret =
        || secret.ok_or_else(|| format!("`client.authentication: {method}` needs `client.secret`"));
    match (method.as_str(), source.assertion) {
        ("none", _) => Ok(Client::Public { id }),
        ("client_secret_basic", _) => secret().map(|secret| Client::Basic { id, secret }),
        ("client_secret_post", _) => secret().map(|secret| Client::Post { id, secret }),
        ("client_secret_jwt" | "private_key_jwt", Some(assertion)) => {
            Ok(Client::Assertion { id, assertion })
        }
        ("client_secret_jwt", None) => secret().map(|secret| Client::Signing { id, secret }),
        ("private_key_jwt", None) => {
            Err("`client.authentication: private_key_jwt` needs `client.assertion`".to_owned())
        }
        _ => Err(format!("`client.authentication: {method}` is not known")),
    }
}

/// The issuer that a JWT names. Its signature is the resource's to check: here it came straight from
/// the authority.
fn issuer_of(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    let payload: Value = serde_json::from_slice(&payload).ok()?;
    payload.get("iss")?.as_str().map(str::to_owned)
}
