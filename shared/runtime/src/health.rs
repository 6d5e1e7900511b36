//! `/healthz` and `/readyz`: what an orchestrator asks a process.
//!
//! `/healthz` answers 200 as long as the process can answer at all. `/readyz` answers 200 when
//! every component has said that it is ready, and else 503 with the reasons:
//! `{"ready": false, "reasons": {"nats": "connecting"}}`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Shutdown;

/// Serves the probes on `listen` until the returned server is dropped, through the grace period
/// of a shutdown.
///
/// # Errors
/// The address cannot be taken.
pub async fn serve(listen: SocketAddr, health: HealthHandle) -> std::io::Result<HealthServer> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router(health)).await {
            tracing::error!(%error, "the health endpoint ended");
        }
    });
    Ok(HealthServer { address, task })
}

/// The two routes, for a service that has a server of its own.
pub fn router(health: HealthHandle) -> Router {
    Router::new()
        .route("/healthz", get(|| async { StatusCode::OK }))
        .route("/readyz", get(ready))
        .with_state(health)
}

async fn ready(State(health): State<HealthHandle>) -> Response {
    let reasons = health.reasons();
    if reasons.is_empty() {
        return Json(json!({ "ready": true })).into_response();
    }
    let body = Json(json!({ "ready": false, "reasons": reasons }));
    (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
}

/// A running health endpoint; ends when dropped.
#[derive(Debug)]
pub struct HealthServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl HealthServer {
    /// Where it listens, the port chosen by the system included.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for HealthServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the components of a process say about their readiness. Clones share it.
///
/// Not ready before the first component has said that it is, nor once the process is stopping.
#[derive(Clone, Debug)]
pub struct HealthHandle {
    /// Component → why it is not ready, `None` when it is.
    components: Arc<Mutex<BTreeMap<&'static str, Option<String>>>>,
    shutdown: Shutdown,
}

impl HealthHandle {
    /// A process in which nothing is ready yet; `shutdown` makes it unready again.
    pub fn new(shutdown: Shutdown) -> Self {
        let components = Arc::default();
        Self {
            components,
            shutdown,
        }
    }

    /// States whether `component` is ready, and if not, why; logged when it changes.
    pub fn set_ready(&self, component: &'static str, ready: bool, reason: &str) {
        let state = (!ready).then(|| reason.to_owned());
        let before = self.components().insert(component, state.clone());
        if before.as_ref() == Some(&state) {
            return;
        }
        match state {
            None => tracing::info!(component, "ready"),
            Some(reason) if before.is_none() => tracing::info!(component, reason, "not ready yet"),
            Some(reason) => tracing::warn!(component, reason, "not ready any more"),
        }
    }

    /// What every component has said: why it is not ready, or none if it is.
    pub fn states(&self) -> BTreeMap<&'static str, Option<String>> {
        self.components().clone()
    }

    /// Why the process is not ready, by component; empty when it is.
    pub fn reasons(&self) -> BTreeMap<&'static str, String> {
        let components = self.components();
        let mut reasons: BTreeMap<_, _> = components
            .iter()
            .filter_map(|(component, reason)| Some((*component, reason.clone()?)))
            .collect();
        if components.is_empty() {
            reasons.insert("process", "starting".to_owned());
        }
        if self.shutdown.is_triggered() {
            reasons.insert("process", "stopping".to_owned());
        }
        reasons
    }

    fn components(&self) -> MutexGuard<'_, BTreeMap<&'static str, Option<String>>> {
        // Every critical section leaves the map whole, so a poisoned one is as good.
        self.components
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
