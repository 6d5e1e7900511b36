//! Every route, in one table.

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderMap, Method, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodRouter, delete, get, post},
};
use weir_runtime::{HealthHandle, health};

use super::{Api, dead, definitions, events, guard, instances, list, problem::Problem, why};
use crate::console::{self, Trouble};

/// The description of the API, OpenAPI 3.1.
const OPENAPI: &str = include_str!("../../openapi.json");

type Route = (Method, &'static str, MethodRouter<Arc<Api>>);

/// The routes; paths are written as in the description.
fn routes() -> Vec<Route> {
    let definitions = "/api/v1/definitions";
    let instances = "/api/v1/instances";
    let dead_letter = "/api/v1/dead-letters/{sequence}";
    vec![
        (Method::POST, "/events", post(events::publish)),
        (Method::POST, definitions, post(definitions::deploy)),
        (Method::GET, definitions, get(definitions::list)),
        (
            Method::GET,
            "/api/v1/definitions/{namespace}/{name}/{version}",
            get(definitions::get),
        ),
        (Method::POST, instances, post(instances::start)),
        (Method::GET, instances, get(list::list)),
        (
            Method::GET,
            "/api/v1/instances/{instance}",
            get(instances::get),
        ),
        (
            Method::GET,
            "/api/v1/instances/{instance}/output",
            get(instances::output),
        ),
        (
            Method::GET,
            "/api/v1/instances/{instance}/history",
            get(instances::history),
        ),
        (
            Method::GET,
            "/api/v1/instances/{instance}/why",
            get(why::get),
        ),
        (
            Method::POST,
            "/api/v1/instances/{instance}/cancel",
            post(instances::cancel),
        ),
        (Method::GET, "/api/v1/dead-letters", get(dead::list)),
        (Method::GET, dead_letter, get(dead::get)),
        (Method::DELETE, dead_letter, delete(dead::remove)),
        (
            Method::POST,
            "/api/v1/dead-letters/{sequence}/replay",
            post(dead::replay),
        ),
        (Method::GET, "/openapi.json", get(description)),
    ]
}

/// The whole interface: the routes behind their guards, and the probes.
pub(super) fn app(api: Arc<Api>, health: HealthHandle) -> Router {
    let mut router = Router::new();
    for (_, path, handler) in routes() {
        router = router.route(path, handler);
    }
    let guards = guard::Guards::new(&api.settings);
    router
        .merge(console::routes())
        .fallback(no_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(guards, guard::check))
        .with_state(api)
        // Probes are answered however busy the others are.
        .merge(health::router(health))
}

async fn description() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}

async fn no_route(headers: HeaderMap) -> Response {
    let problem = Problem::not_found(
        "there is nothing at this path",
        "GET /openapi.json describes all there is",
    );
    if console::is_for_people(&headers) {
        Trouble::from(problem).into_response()
    } else {
        problem.into_response()
    }
}

async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "this path has no such method",
        "GET /openapi.json describes which methods it has",
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn the_description_has_every_route_and_no_other() {
        let described: Value = serde_json::from_str(OPENAPI).unwrap();
        assert_eq!(described["openapi"], "3.1.0");
        let mut there = BTreeSet::new();
        for (path, item) in described["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if method == "parameters" {
                    continue;
                }
                there.insert((method.to_uppercase(), path.clone()));
                assert!(operation["operationId"].is_string(), "{method} {path}");
                assert!(
                    operation["responses"]["default"].is_object(),
                    "{method} {path}"
                );
            }
        }
        let routes = routes();
        let served: BTreeSet<_> = routes
            .iter()
            .map(|(method, path, _)| (method.to_string(), (*path).to_owned()))
            .collect();
        assert_eq!(served.len(), routes.len());
        assert_eq!(served, there);
    }

    #[test]
    fn every_reference_of_the_description_leads_somewhere() {
        let described: Value = serde_json::from_str(OPENAPI).unwrap();
        let mut queue = vec![&described];
        while let Some(value) = queue.pop() {
            match value {
                Value::Object(members) => {
                    if let Some(Value::String(reference)) = members.get("$ref") {
                        let pointer = reference.strip_prefix('#').unwrap();
                        assert!(described.pointer(pointer).is_some(), "{reference}");
                    }
                    queue.extend(members.values());
                }
                Value::Array(items) => queue.extend(items),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
    }
}
