//! Agents, played by a server of this machine.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use weir_engine::WorkflowError;
use weir_executor::A2a;

use crate::support::{call, parts, serve, settings};

type Seen = Arc<Mutex<Vec<(String, Value)>>>;

async fn answer(
    State(seen): State<Seen>,
    headers: HeaderMap,
    Json(asked): Json<Value>,
) -> Response {
    let given = headers.get(header::AUTHORIZATION);
    let given = given.map_or("", |value| value.to_str().unwrap()).to_owned();
    seen.lock().unwrap().push((given, asked.clone()));
    let told = |result: Value| json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result });
    match asked["method"].as_str().unwrap() {
        "message/stream" => {
            let events = [
                told(json!({ "part": 1 })),
                told(json!({ "part": 2, "final": true })),
            ];
            let events = events.map(|event| format!("data: {event}\n\n")).concat();
            ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
        }
        "tasks/get" => {
            let error = json!({ "code": -32001, "message": "Task not found" });
            Json(json!({ "jsonrpc": "2.0", "id": asked["id"], "error": error })).into_response()
        }
        _ => Json(told(json!({ "kind": "message" }))).into_response(),
    }
}

async fn agent(card: Value) -> (String, Seen) {
    let seen = Seen::default();
    let router = Router::new()
        .route("/rpc", post(answer))
        .route("/card.json", get(|| async { Json(card) }))
        .with_state(seen.clone());
    (format!("http://{}", serve(router).await), seen)
}

async fn ask(with: Value) -> Result<Value, WorkflowError> {
    call(
        &A2a::new(&settings()).unwrap(),
        json!({ "function": "a2a", "with": with }),
    )
    .await
}

#[tokio::test]
async fn a_message_has_an_id_and_a_role() {
    let (base, seen) = agent(Value::Null).await;
    let with = json!({
        "method": "message/send",
        "server": {
            "uri": format!("{base}/rpc"),
            "authentication": { "scheme": "bearer", "token": "t" },
        },
        "parameters": { "message": { "parts": [] } },
    });
    for _ in 0..2 {
        assert_eq!(
            ask(with.clone()).await.unwrap(),
            json!({ "kind": "message" })
        );
    }
    let mut own = with;
    own["parameters"]["message"]["messageId"] = "mine".into();
    ask(own).await.unwrap();
    let seen = seen.lock().unwrap();
    let message = |index: usize| &seen[index].1["params"]["message"];
    assert_eq!(seen[0].0, "Bearer t");
    assert_eq!(message(0)["role"], "user");
    assert_eq!(message(0)["messageId"].as_str().unwrap().len(), 36);
    // The same action, the same message.
    assert_eq!(message(0), message(1));
    assert_eq!(message(2)["messageId"], "mine");
}

#[tokio::test]
async fn a_stream_is_the_array_of_its_results_and_an_error_is_a_runtime_error() {
    let (base, _) = agent(Value::Null).await;
    let with = |method: &str| json!({ "method": method, "server": format!("{base}/rpc") });
    let told = ask(with("message/stream")).await.unwrap();
    assert_eq!(told, json!([{ "part": 1 }, { "part": 2, "final": true }]));
    let error = ask(with("tasks/get")).await.unwrap_err();
    assert_eq!((parts(&error).0, parts(&error).1), ("runtime", 500));
    assert_eq!(parts(&error).2, "tasks/get failed: Task not found (-32001)");
    let nobody = json!({ "method": "tasks/get", "server": "http://127.0.0.1:1/" });
    assert_eq!(parts(&ask(nobody).await.unwrap_err()).0, "communication");
}

#[tokio::test]
async fn a_card_tells_where_the_agent_is() {
    let (rpc, seen) = agent(Value::Null).await;
    let cards = [
        json!({ "url": format!("{rpc}/rpc"), "preferredTransport": "JSONRPC" }),
        json!({ "url": format!("{rpc}/rpc") }),
        json!({
            "url": "http://127.0.0.1:1/",
            "preferredTransport": "GRPC",
            "additionalInterfaces": [{ "url": format!("{rpc}/rpc"), "transport": "JSONRPC" }],
        }),
        json!({ "supportedInterfaces": [
            { "url": "http://127.0.0.1:1/", "protocolBinding": "GRPC" },
            { "url": format!("{rpc}/rpc"), "protocolBinding": "JSONRPC" },
        ] }),
    ];
    for card in cards {
        let (base, _) = agent(card).await;
        let endpoint = json!({
            "uri": format!("{base}/card.json"),
            "authentication": { "scheme": "bearer", "token": "t" },
        });
        let with = json!({ "method": "tasks/list", "agentCard": { "endpoint": endpoint } });
        assert_eq!(ask(with).await.unwrap(), json!({ "kind": "message" }));
    }
    // The agents are elsewhere than the cards: they get no credentials.
    assert!(
        seen.lock()
            .unwrap()
            .iter()
            .all(|(given, _)| given.is_empty())
    );

    let (base, _) =
        agent(json!({ "url": "http://127.0.0.1:1/", "preferredTransport": "GRPC" })).await;
    let card = json!({ "endpoint": format!("{base}/card.json") });
    let error = ask(json!({ "method": "tasks/list", "agentCard": card }))
        .await
        .unwrap_err();
    assert_eq!(parts(&error).0, "configuration");
    assert!(
        parts(&error).2.contains("no address that speaks JSONRPC"),
        "{error}"
    );
}
