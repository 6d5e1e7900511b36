//! What the executor's tests share.

use std::{net::SocketAddr, sync::LazyLock, time::Duration};

use axum::Router;
use serde_json::Value;
use tokio::net::TcpListener;
use weir_engine::WorkflowError;
use weir_executor::{Action, Function, Hidden, Settings};
use weir_protocol::v1::{self, Request, WorkflowRef};
use weir_runtime::Config;

pub const ID: &str = "0190b2a8-0000-7000-8000-000000000001/do/0/call/1";
pub const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

pub fn settings() -> Settings {
    Settings {
        name: "test".to_owned(),
        ..Settings::new(&Config::default())
    }
}

/// Calls `function` with the stored form of a request.
pub async fn call(function: &dyn Function, request: Value) -> Result<Value, WorkflowError> {
    let request: Request = serde_json::from_value(request).unwrap();
    let hidden = Hidden::default();
    let action = action(&request, &hidden);
    tokio::time::timeout(Duration::from_secs(20), function.call(&action))
        .await
        .unwrap()
}

/// An action of nobody in particular.
pub fn action<'a>(request: &'a Request, hidden: &'a Hidden) -> Action<'a> {
    static WORKFLOW: LazyLock<WorkflowRef> = LazyLock::new(|| WorkflowRef {
        namespace: "shop".to_owned(),
        name: "order".to_owned(),
        version: "1.0.0".to_owned(),
    });
    Action {
        id: ID,
        traceparent: Some(TRACEPARENT),
        workflow: &WORKFLOW,
        reference: "/do/0/call",
        deadline_ms: 99_999_999_999_999,
        request,
        hidden,
    }
}

/// The last part of an error's type, its status, its detail.
pub fn parts(error: &WorkflowError) -> (&str, u64, &str) {
    let kind = error.type_.rsplit('/').next().unwrap();
    (
        kind,
        error.status,
        error.detail.as_deref().unwrap_or_default(),
    )
}

/// The last part of a reported error's type, and its status.
pub fn parts_of(error: &v1::WorkflowError) -> (&str, u64) {
    (error.type_.rsplit('/').next().unwrap(), error.status)
}

/// Serves `router` on a free port of this machine for as long as the test's runtime lives.
pub async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// Waits until `condition` holds.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let mut again = tokio::time::interval(Duration::from_millis(2));
    let wait = async {
        while !condition() {
            again.tick().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
    assert!(waited.is_ok(), "not within 20 s: {what}");
}
