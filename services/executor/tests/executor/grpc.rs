//! gRPC, with a server of tonic's that knows nothing of how it is called.

mod server;

use std::sync::{Arc, atomic::AtomicUsize};

use axum::{Router, http::HeaderMap, routing::get};
use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::transport::{Certificate, ClientTlsConfig};
use weir_engine::WorkflowError;
use weir_executor::{Grpc, Settings};

use self::server::{serve_plain, serve_tls};
use crate::{
    service::World,
    support::{ID, call, parts, settings},
};

const PROTO: &str = r#"
    syntax = "proto3";
    package shop.v1;
    import "common/money.proto";
    import "google/protobuf/timestamp.proto";
    service Prices {
      rpc Get (Item) returns (Price);
      rpc Watch (Item) returns (stream Price);
      rpc Put (stream Item) returns (Price);
    }
    message Item { string name = 1; int64 count = 2; }
    message Price {
      Money money = 1;
      google.protobuf.Timestamp at = 2;
      bool is_final = 3;
      map<string, string> told = 4;
    }
"#;
const MONEY: &str = r#"
    syntax = "proto3";
    package shop.v1;
    message Money { int64 cents = 1; Currency currency = 2; }
    enum Currency { EUR = 0; USD = 1; }
"#;

/// The descriptions in a folder of resources.
fn folder() -> (TempDir, Settings) {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path().join("shop")).unwrap();
    std::fs::create_dir_all(folder.path().join("common")).unwrap();
    std::fs::write(folder.path().join("shop/prices.proto"), PROTO).unwrap();
    std::fs::write(folder.path().join("common/money.proto"), MONEY).unwrap();
    let settings = Settings {
        resources_folder: Some(folder.path().to_owned()),
        ..settings()
    };
    (folder, settings)
}

fn request(port: u16, method: &str, arguments: Value) -> Value {
    let mut request = json!({ "function": "grpc", "with": {
        "proto": { "endpoint": "file:shop/prices.proto" },
        "service": { "name": "shop.v1.Prices", "host": "127.0.0.1", "port": port },
        "method": method,
    } });
    request["with"]["arguments"] = arguments;
    request
}

async fn ask(port: u16, method: &str, arguments: Value) -> Result<Value, WorkflowError> {
    let (_folder, settings) = folder();
    call(
        &Grpc::new(&settings).unwrap(),
        request(port, method, arguments),
    )
    .await
}

#[tokio::test]
async fn a_method_is_called_as_its_description_says() {
    let port = serve_plain().await;
    let told = ask(port, "Get", json!({ "name": "apple", "count": 3 })).await;
    assert_eq!(
        told.unwrap(),
        json!({
            "money": { "cents": "300", "currency": "USD" },
            "at": "2026-01-02T03:04:05Z",
            "isFinal": false,
            "told": { "name": "apple", "idempotency-key": ID },
        })
    );
}

#[tokio::test]
async fn a_stream_of_answers_is_an_array() {
    let port = serve_plain().await;
    let told = ask(port, "Watch", json!({ "name": "pear", "count": 3 })).await;
    let told = told.unwrap();
    let cents: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["money"]["cents"])
        .collect();
    assert_eq!(cents, ["100", "200", "300"]);
    let (_folder, settings) = folder();
    let small = Settings {
        response_bytes_max: 1000,
        ..settings
    };
    let many = request(port, "Watch", json!({ "name": "x", "count": 100 }));
    let error = call(&Grpc::new(&small).unwrap(), many).await.unwrap_err();
    assert!(parts(&error).2.contains("more than 1000 bytes"), "{error}");
    let long = request(port, "Get", json!({ "name": "y".repeat(2000), "count": 1 }));
    let error = call(&Grpc::new(&small).unwrap(), long).await.unwrap_err();
    assert!(parts(&error).2.contains("more than 1000 bytes"), "{error}");
}

#[tokio::test]
async fn what_fails_has_the_status_that_http_would_have() {
    let port = serve_plain().await;
    for (code, status) in [("5", 404), ("7", 403), ("8", 429), ("14", 503), ("16", 401)] {
        let error = ask(port, "Get", json!({ "name": format!("fail {code}") })).await;
        let error = error.unwrap_err();
        assert_eq!(
            (parts(&error).0, parts(&error).1),
            ("communication", status)
        );
        assert!(
            parts(&error).2.contains("shop.v1.Prices.Get answered"),
            "{error}"
        );
        assert!(parts(&error).2.contains("as asked"), "{error}");
    }
    let nobody = ask(1, "Get", json!({})).await.unwrap_err();
    assert_eq!((parts(&nobody).0, parts(&nobody).1), ("communication", 503));
    assert!(parts(&nobody).2.contains("refused"), "{nobody}");
}

#[tokio::test]
async fn what_the_description_does_not_have_is_told() {
    let port = serve_plain().await;
    let wrong = async |method: &str, arguments: Value, expected: &str| {
        let error = ask(port, method, arguments).await.unwrap_err();
        assert_eq!((parts(&error).0, parts(&error).1), ("configuration", 400));
        assert!(parts(&error).2.contains(expected), "{error}");
    };
    wrong(
        "Nope",
        json!({}),
        "there is no `Nope`, but: Get, Watch, Put",
    )
    .await;
    wrong("Put", json!({}), "takes a stream of messages").await;
    wrong(
        "Get",
        json!({ "nme": "x" }),
        "no shop.v1.Item: unrecognized field name 'nme'",
    )
    .await;
    wrong("Get", json!({ "count": "x" }), "no shop.v1.Item").await;
    let (folder, settings) = folder();
    let grpc = Grpc::new(&settings).unwrap();
    let mut other = request(port, "Get", json!({ "name": "a" }));
    other["with"]["service"]["name"] = "Prices".into();
    assert!(call(&grpc, other.clone()).await.is_ok());
    other["with"]["service"]["name"] = "Wares".into();
    let error = call(&grpc, other).await.unwrap_err();
    assert!(
        parts(&error)
            .2
            .contains("there is no `Wares`, but: shop.v1.Prices"),
        "{error}"
    );

    let broken = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        let mut request = request(port, "Get", json!({}));
        request["with"]["proto"]["endpoint"] = format!("file:{name}").into();
        request
    };
    let syntax = call(&grpc, broken("a.proto", "syntax = \"proto3\"; message {")).await;
    let syntax = syntax.unwrap_err();
    assert_eq!(parts(&syntax).0, "configuration");
    assert!(
        parts(&syntax).2.starts_with("proto: file:a.proto: "),
        "{syntax}"
    );
    let import = call(
        &grpc,
        broken("b.proto", "syntax = \"proto3\"; import \"none.proto\";"),
    )
    .await;
    let import = import.unwrap_err();
    assert!(
        parts(&import)
            .2
            .contains("imports `none.proto`, which is neither"),
        "{import}"
    );
}

#[tokio::test]
async fn credentials_go_along_and_descriptions_come_over_http_with_theirs() {
    let port = serve_plain().await;
    let guarded = |text: &'static str| {
        get(move |headers: HeaderMap| async move {
            let given = headers
                .get("authorization")
                .is_some_and(|given| given == "Bearer doc-1");
            given
                .then_some(text)
                .ok_or(axum::http::StatusCode::UNAUTHORIZED)
        })
    };
    let router = Router::new()
        .route("/v1/shop/prices.proto", guarded(PROTO))
        .route("/v1/common/money.proto", guarded(MONEY));
    let address = crate::support::serve(router).await;
    let times = Arc::new(AtomicUsize::new(0));
    let authority = crate::support::serve(crate::resource::authority(times.clone())).await;
    let mut request = request(port, "Get", json!({ "name": "a" }));
    request["with"]["proto"]["endpoint"] = json!({
        "uri": format!("http://{address}/v1/shop/prices.proto"),
        "authentication": { "scheme": "bearer", "token": "doc-1" },
    });
    let policy =
        json!({ "authority": format!("http://{authority}"), "grant": "client_credentials" });
    request["with"]["service"]["authentication"] =
        json!({ "scheme": "token", "oidc": false, "with": policy });
    let world = World::new();
    let executor = world.executor(Arc::new(Grpc::new(&settings()).unwrap()), settings());
    let told = world.deferred(request, Value::Null).await;
    let told = told.output.unwrap().as_value()["told"]["authorization"].clone();
    // It is not told as it is: it is a secret.
    assert_eq!(told, "Bearer ***");
    executor.stop().await;
}

#[tokio::test]
async fn tls_is_spoken_with_a_host_that_says_so() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (port, authority) = serve_tls().await;
    let (_folder, settings) = folder();
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority));
    let grpc = Grpc::with_tls(&settings, tls).unwrap();
    let mut request = request(port, "Get", json!({ "name": "a" }));
    request["with"]["service"]["host"] = "https://localhost".into();
    assert!(call(&grpc, request.clone()).await.is_ok());
    let stranger = Grpc::new(&settings).unwrap();
    let error = call(&stranger, request).await.unwrap_err();
    assert!(parts(&error).2.contains("certificate"), "{error}");
}
