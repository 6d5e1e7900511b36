//! The shop: stock and payments over HTTP.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{delete, post},
};
use serde_json::{Value, json};
use weir_integration_tests::{Api, Web};

use super::captured;

pub struct Shop {
    web: Web,
    books: Arc<Books>,
}

struct Books {
    api: Api,
    /// By order, in order.
    calls: Mutex<BTreeMap<String, Vec<String>>>,
    at_once: Mutex<BTreeSet<String>>,
}

impl Shop {
    /// A shop that publishes its callbacks through `api`.
    pub async fn open(api: Api) -> Self {
        let books = Arc::new(Books {
            api,
            calls: Mutex::default(),
            at_once: Mutex::default(),
        });
        let router = Router::new()
            .route("/stock/reservations", post(reserve))
            .route("/stock/reservations/{order}", delete(release))
            .route("/payments", post(pay))
            .with_state(books.clone());
        Self {
            web: Web::serve(router).await,
            books,
        }
    }

    pub fn url(&self) -> &str {
        &self.web.url
    }

    /// The callback for this order comes before the answer to its payment.
    pub fn confirms_at_once(&self, order: &str) {
        self.books.at_once.lock().unwrap().insert(order.to_owned());
    }

    /// What was asked for an order.
    pub fn calls(&self, order: &str) -> Vec<String> {
        let calls = self.books.calls.lock().unwrap();
        calls.get(order).cloned().unwrap_or_default()
    }
}

impl Books {
    /// Writes a call down.
    fn write(&self, order: &str, call: &str) {
        let mut calls = self.calls.lock().unwrap();
        calls
            .entry(order.to_owned())
            .or_default()
            .push(call.to_owned());
    }
}

/// Unavailable at first.
async fn reserve(
    State(books): State<Arc<Books>>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let order = body["orderId"].as_str().unwrap();
    let first = !books.calls.lock().unwrap().contains_key(order);
    if first {
        books.write(order, "reserve: 503");
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    books.write(order, "reserve: 200");
    Ok(Json(json!({ "id": order })))
}

async fn release(State(books): State<Arc<Books>>, Path(order): Path<String>) -> StatusCode {
    books.write(&order, "release");
    StatusCode::NO_CONTENT
}

async fn pay(State(books): State<Arc<Books>>, Json(body): Json<Value>) -> Json<Value> {
    let order = body["orderId"].as_str().unwrap();
    books.write(order, "pay");
    let at_once = books.at_once.lock().unwrap().contains(order);
    if at_once {
        let id = format!("paid-{order}");
        books.api.publish(&captured(&id, order)).await;
    }
    Json(json!({ "accepted": true }))
}
