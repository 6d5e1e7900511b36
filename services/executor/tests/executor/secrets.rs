//! Secrets: put in here, and seen nowhere else.

use std::{fs, sync::Arc};

use axum::{Router, body::Bytes, http::HeaderMap, routing::post};
use serde_json::{Value, json};
use tempfile::TempDir;
use weir_executor::{Http, Settings, Shell};
use weir_protocol::v1::Format;

use crate::{
    service::World,
    support::{parts_of, serve, settings},
};

const PASSWORD: &str = "pa\"ss w0rd";

/// A folder of secrets, and settings that name it.
fn folder() -> (TempDir, Settings) {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("shop")).unwrap();
    fs::create_dir(folder.path().join("bank")).unwrap();
    write("token", "tok-12345\n");
    write(
        "login",
        &json!({"username": "ann", "password": PASSWORD}).to_string(),
    );
    write("shop/token", "shop-tok-1\n");
    write("bank/vault", "gold-4711");
    let settings = Settings {
        secrets_folder: Some(folder.path().to_owned()),
        ..settings()
    };
    (folder, settings)
}

fn shell(command: &str) -> Value {
    json!({ "function": "shell", "command": command, "return": "stdout" })
}

fn deferred(secret: &str, expressions: &[(&str, &str)]) -> Value {
    let expressions: Vec<_> = expressions
        .iter()
        .map(|(at, jq)| json!({ "at": at, "jq": jq }))
        .collect();
    json!({ "expressions": expressions, "secrets": [secret] })
}

#[tokio::test]
async fn a_secret_reaches_the_command_and_is_masked_in_what_it_says() {
    let (_folder, settings) = folder();
    let world = World::new();
    let executor = world.executor(Arc::new(Shell::new(&settings)), settings);
    let command = r#"printf %s "$T" | md5sum | cut -c1-6; echo "$T""#;
    let told = world
        .deferred(
            shell(command),
            deferred("token", &[("/environment/T", "$secrets.token")]),
        )
        .await;
    // The namespace's own goes before the common one: it is the digest of `shop-tok-1`.
    assert_eq!(told.output.as_ref().unwrap().as_value(), "543aec\n***\n");
    let told = String::from_utf8(told.encode()).unwrap();
    assert!(!told.contains("shop-tok"), "{told}");
    executor.stop().await;
}

#[tokio::test]
async fn a_secret_is_masked_in_errors_of_expressions_too() {
    let (_folder, settings) = folder();
    let world = World::new();
    let executor = world.executor(Arc::new(Shell::new(&settings)), settings);
    let jq = "error(\"is \" + $secrets.token)";
    let told = world
        .deferred(shell("true"), deferred("token", &[("/stdin", jq)]))
        .await;
    let error = told.error.unwrap();
    assert_eq!(parts_of(&error), ("expression", 400));
    assert_eq!(error.detail.unwrap(), "shell/stdin: is ***");
    executor.stop().await;
}

#[tokio::test]
async fn a_missing_or_foreign_secret_is_an_authorization_error() {
    let (_folder, settings) = folder();
    let world = World::new();
    let executor = world.executor(Arc::new(Shell::new(&settings)), settings);
    for name in ["none", "vault", "bank", "../token", "bank/vault", ""] {
        let told = world
            .deferred(shell("echo ran"), deferred(name, &[("/stdin", "1")]))
            .await;
        let error = told.error.unwrap();
        assert_eq!(parts_of(&error), ("authorization", 403), "{name}");
        assert!(
            error.detail.unwrap().contains(&format!("`{name}`")),
            "{name}"
        );
    }
    executor.stop().await;
}

#[tokio::test]
async fn a_login_is_sent_and_an_echo_of_it_is_masked_whatever_the_output() {
    async fn echo(headers: HeaderMap, body: Bytes) -> Vec<u8> {
        let login = headers["authorization"].as_bytes();
        [login, b" ", &body, b"\xff"].concat()
    }
    let (_folder, settings) = folder();
    let address = serve(Router::new().route("/", post(echo))).await;
    let world = World::new();
    let executor = world.executor(Arc::new(Http::new(&settings).unwrap()), settings);
    let request = json!({
        "function": "http", "method": "POST", "uri": format!("http://{address}/"), "output": "raw",
        "credentials": { "scheme": "basic", "username": "", "password": "" },
    });
    let expressions = [
        ("/credentials/username", "$secrets[\"login\"].username"),
        ("/credentials/password", "$secrets[\"login\"].password"),
        (
            "/body",
            "\"sent \\($authorization.scheme) \\($secrets.login.password)\"",
        ),
    ];
    let told = world
        .deferred(request, deferred("login", &expressions))
        .await;
    let output = told.output.unwrap();
    let raw = output.as_value().as_str().unwrap();
    let raw = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, raw).unwrap();
    assert_eq!(raw, b"Basic *** sent Basic ***\xff");
    executor.stop().await;
}
