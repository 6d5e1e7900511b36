//! The public servers that the kit calls, played locally.

use axum::{
    Json, Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use weir_integration_tests::Web;

/// The hosts, and the folder in which each is played.
const HOSTS: [(&str, &str); 2] = [
    ("https://petstore.swagger.io", "/petstore"),
    ("https://httpbin.org", "/httpbin"),
];
/// User and password that the server knows, as base64.
const LOGIN: &str = "c2VydmVybGVzcy13b3JrZmxvdzpjb25mb3JtYW5jZS10ZXN0";

pub struct Stand(Web);

impl Stand {
    pub async fn serve() -> Self {
        let router = Router::new()
            .route("/petstore/v2/swagger.json", get(document))
            .route("/petstore/v2/pet/findByStatus", get(available))
            .route("/petstore/v2/pet/{id}", get(pet))
            .route("/httpbin/basic-auth/{user}/{password}", get(login));
        Self(Web::serve(router).await)
    }

    /// `text` with the local server in the place of the public ones.
    pub fn take_the_place_of_hosts(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (host, folder) in HOSTS {
            text = text.replace(host, &format!("{}{folder}", self.0.url));
        }
        text
    }
}

fn animal(id: u64) -> Value {
    json!({"id": id, "name": "Rex", "status": "available"})
}

/// What the kit's calls need of the pet store's document.
async fn document() -> Json<Value> {
    Json(json!({
        "swagger": "2.0",
        "basePath": "/petstore/v2",
        "paths": {
            "/pet/findByStatus": {"get": {
                "operationId": "findPetsByStatus",
                "parameters": [{
                    "name": "status", "in": "query", "required": true, "type": "array",
                    "items": {"type": "string"}, "collectionFormat": "multi",
                }],
            }},
            "/pet/{petId}": {"get": {
                "operationId": "getPetById",
                "parameters": [
                    {"name": "petId", "in": "path", "required": true, "type": "integer"},
                ],
            }},
        },
    }))
}

async fn available() -> Json<Value> {
    Json(json!([animal(1), animal(2)]))
}

async fn pet(Path(id): Path<String>) -> Result<Json<Value>, StatusCode> {
    let id = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(Json(animal(id)))
}

async fn login(headers: HeaderMap) -> Response {
    let given = headers.get(header::AUTHORIZATION);
    let wanted = format!("Basic {LOGIN}");
    if given.is_some_and(|given| given.as_bytes() == wanted.as_bytes()) {
        return Json(json!({"authenticated": true})).into_response();
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"stand-in\"")];
    (StatusCode::UNAUTHORIZED, challenge).into_response()
}
