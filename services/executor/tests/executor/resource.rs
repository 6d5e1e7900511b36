//! What definitions refer to: scripts and documents from elsewhere, with credentials.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use axum::{
    Json, Router,
    http::{HeaderMap, StatusCode, header},
    routing::{get, post},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use weir_engine::WorkflowError;
use weir_executor::{OpenApi, Script, Settings};

use crate::{
    service::World,
    support::{call, parts, serve, settings},
};

const CODE: &str = "import sys\nprint('from afar', sys.argv[1])";

async fn run(settings: &Settings, endpoint: &str) -> Result<Value, WorkflowError> {
    let with = json!({
        "language": "python",
        "source": { "endpoint": endpoint },
        "arguments": ["x"],
        "return": "stdout",
    });
    let request = json!({ "function": "script", "with": with });
    call(&Script::new(settings).unwrap(), request).await
}

#[tokio::test]
async fn a_script_is_fetched() {
    let address = serve(Router::new().route("/script.py", get(|| async { CODE }))).await;
    let uri = |path| format!("http://{address}/{path}");
    assert_eq!(
        run(&settings(), &uri("script.py")).await.unwrap(),
        "from afar x\n"
    );
    let missing = run(&settings(), &uri("none.py")).await.unwrap_err();
    assert_eq!(
        (parts(&missing).0, parts(&missing).1),
        ("communication", 404)
    );
}

#[tokio::test]
async fn files_are_read_from_the_folder_of_resources_only() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("app")).unwrap();
    std::fs::write(folder.path().join("app/script.py"), CODE).unwrap();
    let told = Settings {
        resources_folder: Some(folder.path().join("app")),
        ..settings()
    };
    for uri in ["file:script.py", "file:///script.py"] {
        assert_eq!(run(&told, uri).await.unwrap(), "from afar x\n");
    }
    let whole = Settings {
        resources_folder: Some(folder.path().to_owned()),
        ..settings()
    };
    assert!(run(&whole, "file://app/script.py").await.is_ok());
    let refused = async |settings: &Settings, uri: &str, expected: &str| {
        let error = run(settings, uri).await.unwrap_err();
        let (kind, status, detail) = parts(&error);
        assert_eq!((kind, status), ("configuration", 400));
        assert!(detail.contains(expected), "{detail}");
    };
    refused(&told, "file:../app/script.py", "is outside").await;
    refused(&told, "file:none.py", "No such file").await;
    refused(
        &settings(),
        "file:script.py",
        "set executor.resources_folder",
    )
    .await;
    let small = Settings {
        response_bytes_max: 10,
        ..told
    };
    refused(&small, "file:script.py", "more than 10 bytes").await;
}

/// A document and its operation, each with its own door.
fn guarded(times: &Arc<AtomicUsize>) -> Router {
    let authorized = |headers: &HeaderMap, expected: &str| {
        let given = headers.get(header::AUTHORIZATION);
        given.is_some_and(|given| given == expected)
    };
    let document = move |headers: HeaderMap| async move {
        if !authorized(&headers, "Basic YW5uOnB3LTEyMw==") {
            return Err(StatusCode::UNAUTHORIZED);
        }
        Ok(Json(json!({
            "openapi": "3.0.0",
            "paths": { "/pets": { "get": { "operationId": "pets" } } },
        })))
    };
    let pets = move |headers: HeaderMap| async move {
        if !authorized(&headers, "Bearer tok-2") {
            return Err(StatusCode::UNAUTHORIZED);
        }
        Ok(Json(json!(["rex"])))
    };
    authority(times.clone())
        .route("/api.json", get(document))
        .route("/pets", get(pets))
}

/// Gives the tokens `tok-1`, `tok-2`, …
pub fn authority(times: Arc<AtomicUsize>) -> Router {
    let token = move || {
        let number = times.fetch_add(1, SeqCst) + 1;
        async move { Json(json!({ "access_token": format!("tok-{number}"), "expires_in": 3600 })) }
    };
    Router::new().route("/oauth2/token", post(token))
}

#[tokio::test]
async fn credentials_of_arguments_are_filled_in_and_refused_tokens_replaced() {
    let times = Arc::new(AtomicUsize::new(0));
    let address = serve(guarded(&times)).await;
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("pass"), "pw-123").unwrap();
    let settings = Settings {
        secrets_folder: Some(folder.path().to_owned()),
        ..settings()
    };
    let world = World::new();
    let executor = world.executor(Arc::new(OpenApi::new(&settings).unwrap()), settings);
    let policy = json!({ "authority": format!("http://{address}"), "grant": "client_credentials" });
    let request = json!({ "function": "openapi", "with": {
        "document": { "endpoint": {
            "uri": format!("http://{address}/api.json"),
            "authentication": { "scheme": "basic", "username": "ann", "password": null },
        } },
        "operationId": "pets",
        "authentication": { "scheme": "token", "oidc": false, "with": policy },
    } });
    let deferred = json!({
        "expressions": [
            { "at": "/with/document/endpoint/authentication/password", "jq": "$secrets.pass" },
        ],
        "secrets": ["pass"],
    });
    // The first token is not the one that is asked for; as one just given, it is not tried again.
    let refused = world.deferred(request.clone(), deferred.clone()).await;
    assert_eq!(refused.error.unwrap().status, 401);
    let told = world.deferred(request.clone(), deferred.clone()).await;
    assert_eq!(told.output.unwrap().as_value(), &json!(["rex"]));
    assert_eq!(times.load(SeqCst), 2);
    let again = world.deferred(request, deferred).await;
    assert!(again.output.is_some());
    assert_eq!(times.load(SeqCst), 2);
    let sent: Vec<_> = (1..=3)
        .map(|task| format!("{:?}", world.outcome_of(task)))
        .collect();
    let sent = sent.join("\n");
    assert!(
        !sent.contains("tok-2") && !sent.contains("pw-123"),
        "{sent}"
    );
    executor.stop().await;
}
