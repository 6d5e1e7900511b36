//! `oauth2`, `oidc` and `digest` against a stand-in for an authority and for what it protects.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use weir_executor::Http;
use weir_protocol::v1::{Format, Outcome};

use crate::{
    service::{Executor, World},
    support::{parts_of, serve, settings},
};

/// What the authority was asked, and what it gives.
#[derive(Default)]
struct Authority {
    asked: Vec<(String, String)>,
    answers: Vec<(u16, Value)>,
    /// Tokens that are refused though they were given.
    revoked: Vec<String>,
    address: Option<SocketAddr>,
}

type Shared = Arc<Mutex<Authority>>;

async fn token(State(authority): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let mut authority = authority.lock().unwrap();
    let login = headers.get(header::AUTHORIZATION);
    let login = login.map_or("", |value| value.to_str().unwrap());
    authority.asked.push((login.to_owned(), body));
    let (status, answer) = authority.answers.remove(0);
    (StatusCode::from_u16(status).unwrap(), Json(answer)).into_response()
}

async fn discovery(State(authority): State<Shared>) -> Json<Value> {
    let address = authority.lock().unwrap().address.unwrap();
    Json(json!({ "token_endpoint": format!("http://{address}/oauth2/token") }))
}

/// Tells the token it got, but backwards, so that it is not masked.
async fn protected(State(authority): State<Shared>, headers: HeaderMap) -> Response {
    let token = headers[header::AUTHORIZATION].to_str().unwrap();
    let token = token.strip_prefix("Bearer ").unwrap();
    if authority
        .lock()
        .unwrap()
        .revoked
        .iter()
        .any(|one| one == token)
    {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let backwards: String = token.chars().rev().collect();
    format!("{backwards} {token}").into_response()
}

/// Asks for Digest, and says whether it got it.
async fn digest(headers: HeaderMap) -> Response {
    match headers.get(header::AUTHORIZATION) {
        Some(answer) => answer.to_str().unwrap().to_owned().into_response(),
        None => (
            StatusCode::UNAUTHORIZED,
            [(
                header::WWW_AUTHENTICATE,
                "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"",
            )],
        )
            .into_response(),
    }
}

struct Scene {
    world: World,
    authority: Shared,
    address: SocketAddr,
    executor: Executor,
}

impl Scene {
    async fn new(answers: &[(u16, Value)]) -> Self {
        let authority = Shared::default();
        let router = Router::new()
            .route("/oauth2/token", post(token))
            .route("/realm/.well-known/openid-configuration", get(discovery))
            .route("/protected", get(protected))
            .route("/digest", get(digest))
            .with_state(authority.clone());
        let address = serve(router).await;
        authority.lock().unwrap().address = Some(address);
        authority.lock().unwrap().answers = answers.to_vec();
        let world = World::new();
        let settings = settings();
        let executor = world.executor(Arc::new(Http::new(&settings).unwrap()), settings);
        Self {
            world,
            authority,
            address,
            executor,
        }
    }

    async fn call(&self, path: &str, credentials: Value) -> Outcome {
        let request = json!({
            "function": "http", "method": "GET", "output": "content",
            "uri": format!("http://{}{path}", self.address),
            "credentials": credentials,
        });
        self.world.deferred(request, Value::Null).await
    }

    /// Calls what is protected, by a policy of which only `parts` are told.
    async fn by(&self, oidc: bool, parts: Value) -> Outcome {
        let realm = if oidc { "/realm" } else { "" };
        let mut with = json!({"authority": format!("http://{}{realm}", self.address)});
        with.as_object_mut()
            .unwrap()
            .extend(parts.as_object().unwrap().clone());
        let credentials = json!({"scheme": "token", "oidc": oidc, "with": with});
        self.call("/protected", credentials).await
    }

    fn asked(&self) -> Vec<(String, String)> {
        self.authority.lock().unwrap().asked.clone()
    }
}

fn said(outcome: &Outcome) -> &str {
    let output = outcome.output.as_ref();
    output
        .unwrap_or_else(|| panic!("{outcome:?}"))
        .as_value()
        .as_str()
        .unwrap()
}

fn client() -> Value {
    json!({"grant": "client_credentials", "client": {"id": "me", "secret": "s3cr et"}})
}

#[tokio::test]
async fn a_token_is_asked_for_once_used_while_it_lives_and_told_nowhere() {
    let given = json!({"access_token": "tok-abc", "token_type": "bearer", "expires_in": 3600});
    let scene = Scene::new(&[(200, given)]).await;
    let mut policy = client();
    policy["scopes"] = json!(["read", "write"]);
    policy["audiences"] = json!(["a", "b"]);
    for _ in 0..3 {
        let outcome = scene.by(false, policy.clone()).await;
        assert_eq!(said(&outcome), "cba-kot ***");
        let told = String::from_utf8(outcome.encode()).unwrap();
        assert!(!told.contains("tok-abc"), "{told}");
    }
    let form = "grant_type=client_credentials&scope=read+write&audience=a&audience=b\
                &client_id=me&client_secret=s3cr+et";
    assert_eq!(scene.asked(), [(String::new(), form.to_owned())]);
    scene.executor.stop().await;
}

#[tokio::test]
async fn a_revoked_token_is_asked_for_anew_and_a_refresh_token_is_used() {
    let given = |token: &str, lifetime_s: u64| json!({"access_token": token, "refresh_token": "refresh-1", "expires_in": lifetime_s});
    let refused = (400, json!({"error": "invalid_grant"}));
    let answers = [
        (200, given("first-one", 3600)),
        (200, given("short-one", 1)),
        (200, given("short-two", 1)),
        refused,
        (200, given("third-one", 3600)),
    ];
    let scene = Scene::new(&answers).await;
    assert_eq!(said(&scene.by(false, client()).await), "eno-tsrif ***");
    scene
        .authority
        .lock()
        .unwrap()
        .revoked
        .push("first-one".to_owned());
    assert_eq!(said(&scene.by(false, client()).await), "eno-trohs ***");
    // It has expired for us: refreshed once; the second time the refresh token is refused.
    assert_eq!(said(&scene.by(false, client()).await), "owt-trohs ***");
    assert_eq!(said(&scene.by(false, client()).await), "eno-driht ***");
    let asked = scene.asked();
    let grants: Vec<_> = asked
        .iter()
        .map(|(_, form)| {
            form.split('&')
                .next()
                .unwrap()
                .strip_prefix("grant_type=")
                .unwrap()
        })
        .collect();
    let (own, refresh) = ("client_credentials", "refresh_token");
    assert_eq!(grants, [own, own, refresh, refresh, own]);
    scene.executor.stop().await;
}

#[tokio::test]
async fn clients_show_who_they_are_in_every_way_that_is_known() {
    let answers = vec![(200, json!({"access_token": "tok-abc"})); 6];
    let scene = Scene::new(&answers).await;
    for client in [
        json!({"id": "m:e", "secret": "s 1", "authentication": "client_secret_basic"}),
        json!({"id": "me", "authentication": "none"}),
        json!({"id": "me", "assertion": "a.b.c", "authentication": "private_key_jwt"}),
        json!({"id": "me", "secret": "s3cret", "authentication": "client_secret_jwt"}),
    ] {
        let policy = json!({
            "grant": "password", "username": "ann", "password": "p&w", "client": client,
        });
        assert_eq!(said(&scene.by(false, policy).await), "cba-kot ***");
    }
    let refresh = json!({
        "grant": "refresh_token", "subject": {"token": "r1", "type": "x"},
        "request": {"encoding": "application/json"}, "audiences": ["a", "b"],
    });
    assert_eq!(said(&scene.by(true, refresh).await), "cba-kot ***");
    let asked = scene.asked();
    let password = "grant_type=password&username=ann&password=p%26w";
    let basic = format!("Basic {}", BASE64_STANDARD.encode("m%3Ae:s+1"));
    assert_eq!(asked[0], (basic, password.to_owned()));
    assert_eq!(asked[1].1, format!("{password}&client_id=me"));
    let assertion = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type\
                     %3Ajwt-bearer&client_assertion=";
    assert_eq!(
        asked[2].1,
        format!("{password}&client_id=me&{assertion}a.b.c")
    );
    let signed = asked[3].1.rsplit('=').next().unwrap();
    let payload = signed.split('.').nth(1).unwrap();
    let payload: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(
        (&payload["iss"], &payload["sub"]),
        (&json!("me"), &json!("me"))
    );
    let json: Value = serde_json::from_str(&asked[4].1).unwrap();
    let wanted = json!({
        "grant_type": "refresh_token", "refresh_token": "r1", "audience": ["a", "b"],
    });
    assert_eq!(json, wanted);
    scene.executor.stop().await;
}

#[tokio::test]
async fn what_gives_no_token_is_an_authentication_error() {
    let from = |issuer: &str| {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(json!({ "iss": issuer }).to_string());
        json!({"access_token": format!("x.{payload}.x")})
    };
    let answers = [
        (
            401,
            json!({"error": "invalid_client", "error_description": "who?"}),
        ),
        (200, json!({"token": "?"})),
        (200, json!({"access_token": "tok-abc", "token_type": "mac"})),
        (200, from("https://evil")),
        (503, json!({})),
    ];
    let scene = Scene::new(&answers).await;
    let mut policy = client();
    policy["issuers"] = json!(["https://good"]);
    let authentication = ("authentication", 401);
    for (kind, why) in [
        (authentication, "401 Unauthorized invalid_client: who?"),
        (authentication, "without an `access_token`"),
        (authentication, "of the type `mac`"),
        (authentication, "`https://evil`, which is not in `issuers`"),
        (("communication", 503), "503"),
    ] {
        let error = scene.by(false, policy.clone()).await.error.unwrap();
        assert_eq!(parts_of(&error), kind, "{why}");
        let detail = error.detail.unwrap();
        assert!(detail.contains(why), "{detail}");
    }
    let error = scene
        .by(false, json!({"grant": "password"}))
        .await
        .error
        .unwrap();
    assert_eq!(parts_of(&error), ("configuration", 400));
    assert!(error.detail.unwrap().contains("needs `username`"));
    scene.executor.stop().await;
}

#[tokio::test]
async fn a_digest_is_sent_once_it_is_asked_for() {
    let scene = Scene::new(&[]).await;
    let login = json!({"scheme": "digest", "username": "ann", "password": "p"});
    let outcome = scene.call("/digest?a=1", login).await;
    let answer = said(&outcome);
    let begin = "Digest username=\"ann\", realm=\"r\", nonce=\"n\", uri=\"/digest?a=1\", response=";
    assert!(answer.starts_with(begin), "{answer}");
    scene.executor.stop().await;
}
