//! Secrets and scripts in the whole system: what is written down, and what is not.

use std::fs;

use axum::{Json, Router, http::HeaderMap, routing::post};
use serde_json::{Value, json};
use tempfile::TempDir;
use weir_integration_tests::{Cluster, Web};

use crate::PROGRAMS;

const PASSWORD: &str = "Tr0ub4dor-and-3";
const KEY: &str = "key-8f41c2";
/// The login as it goes over the wire.
const BASIC: &str = "YW5uLXNtaXRoOlRyMHViNGRvci1hbmQtMw==";

const WORKFLOW: &str = r#"
document: { dsl: '1.0.3', namespace: test, name: secrets, version: '1.0.0' }
use:
  secrets: [ login, key, none ]
  authentications:
    mine: { basic: { use: login } }
do:
  - call:
      call: http
      with:
        method: post
        endpoint: { uri: '${ .server }', authentication: { use: mine } }
        headers: { x-key: '${ $secrets.key }' }
        body: { marker: seen-in-the-journal }
      export: { as: . }
  - script:
      run:
        script:
          language: python
          environment: { KEY: '${ $secrets.key }' }
          code: |
            import os
            print(len(os.environ["KEY"]), os.environ["KEY"], end="")
  - missing:
      try:
        - call:
            run: { shell: { command: 'true', stdin: '${ $secrets.none }' } }
      catch:
        errors: { with: { status: 403 } }
        as: error
        do:
          - tell: { set: { script: '${ . }', echo: '${ $context }', error: '${ $error.type }' } }
"#;

#[tokio::test]
async fn secrets_reach_services_and_scripts_and_are_written_nowhere() {
    let folder = TempDir::new().unwrap();
    let login = json!({"username": "ann-smith", "password": PASSWORD});
    fs::write(folder.path().join("login"), login.to_string()).unwrap();
    fs::write(folder.path().join("key"), KEY).unwrap();
    let setting = format!("executor.secrets_folder={}", folder.path().display());
    let settings = [setting.as_str(), "telemetry.log=trace"];
    let cluster = Cluster::start(&PROGRAMS, 1, &settings).await;

    let echo = |headers: HeaderMap| async move {
        let text = |name| headers[name].to_str().unwrap().to_owned();
        let right = text("authorization") == format!("Basic {BASIC}") && text("x-key") == KEY;
        Json(json!({"right": right, "login": text("authorization"), "key": text("x-key")}))
    };
    let web = Web::serve(Router::new().route("/", post(echo))).await;
    let api = cluster.api();
    api.deploy(WORKFLOW).await;
    let input: Value = json!({"server": format!("{}/", web.url)});
    let id = api.start("test/secrets", &input, "secrets").await;
    let ended = api.ended(&id).await;
    let error = ended["output"]["error"].as_str().unwrap_or_default();
    assert!(error.ends_with("/errors/authorization"), "{ended}");
    assert_eq!(
        ended["output"]["echo"],
        json!({"right": true, "login": "Basic ***", "key": "***"})
    );
    assert_eq!(ended["output"]["script"], "10 ***", "{ended}");

    assert!(!cluster.files_with("seen-in-the-journal").is_empty());
    for secret in [PASSWORD, KEY, BASIC] {
        assert_eq!(cluster.files_with(secret), Vec::<std::path::PathBuf>::new());
    }
    assert!(cluster.dead_letters().await.is_empty());
}
