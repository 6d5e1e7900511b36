//! MCP: a server in Python that is started for a call, one that answers HTTP, and, where
//! `WEIR_TEST_MCP_TIME` names the command of PyPI's `mcp-server-time`, one that nobody here wrote.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use weir_engine::WorkflowError;
use weir_executor::{Function, Hidden, Mcp, Settings};

use crate::{
    shell::{is_gone, pids},
    support::{action, call, parts, serve, settings, until},
};

/// Greets, asks and complains in between, tells what it was told, and writes its process id.
const SERVER: &str = r"
import json, os, sys
if len(sys.argv) > 1:
    open(sys.argv[1], 'a').write(f'{os.getpid()}\n')
def say(message):
    print(json.dumps({'jsonrpc': '2.0', **message}), flush=True)
ready = False
for line in sys.stdin:
    asked = json.loads(line)
    method, id = asked.get('method'), asked.get('id')
    if method == 'initialize':
        greeted = asked['params']
        say({'id': id, 'result': {'protocolVersion': '2025-03-26', 'capabilities': {}}})
    elif method == 'notifications/initialized':
        ready = True
    elif method == 'tools/list':
        print('a complaint', file=sys.stderr, flush=True)
        say({'method': 'notifications/message', 'params': {}})
        say({'id': 'q1', 'method': 'ping'})
        pong = json.loads(sys.stdin.readline())
        say({'id': 'q2', 'method': 'roots/list'})
        roots = json.loads(sys.stdin.readline())
        say({'id': id, 'result': {
            'ready': ready, 'greeted': greeted, 'pong': pong, 'roots': roots['error']['code'],
            'x': os.environ.get('X'), 'cargo': os.environ.get('CARGO'), 'params': asked.get('params'),
        }})
    elif method == 'tools/call' and asked['params']['name'] == 'fail':
        say({'id': id, 'error': {'code': -32602, 'message': 'no such tool', 'data': 'fail'}})
    elif method == 'tools/call' and asked['params']['name'] == 'die':
        sys.exit('all is lost')
    elif method == 'tools/call' and asked['params']['name'] == 'flood':
        while True: say({'method': 'notifications/message', 'params': 'x' * 100})
    elif method == 'prompts/list':
        print('no json', flush=True)
";

fn started(method: &str, parameters: Value) -> Value {
    let mut request = json!({ "function": "mcp", "with": {
        "method": method,
        "transport": { "stdio": {
            "command": "python3",
            "arguments": ["-c", SERVER],
            "environment": { "X": "y" },
        } },
    } });
    request["with"]["parameters"] = parameters;
    request
}

async fn ask(request: Value) -> Result<Value, WorkflowError> {
    call(&Mcp::new(&settings()).unwrap(), request).await
}

#[tokio::test]
async fn a_server_is_started_greeted_and_asked() {
    let mut request = started("tools/list", Value::Null);
    let told = ask(request.clone()).await.unwrap();
    assert_eq!(
        told,
        json!({
            "ready": true,
            "greeted": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": { "name": "weir", "version": env!("CARGO_PKG_VERSION") },
            },
            "pong": { "jsonrpc": "2.0", "id": "q1", "result": {} },
            "roots": -32601,
            "x": "y",
            "cargo": null,
            "params": null,
        })
    );
    request["with"]["protocolVersion"] = "2024-11-05".into();
    request["with"]["client"] = json!({ "name": "me", "version": "7" });
    request["with"]["parameters"] = json!({ "cursor": "c" });
    let told = ask(request).await.unwrap();
    assert_eq!(told["greeted"]["protocolVersion"], "2024-11-05");
    assert_eq!(
        told["greeted"]["clientInfo"],
        json!({ "name": "me", "version": "7" })
    );
    assert_eq!(told["params"], json!({ "cursor": "c" }));
}

#[tokio::test]
async fn what_goes_wrong_is_told() {
    let wrong = async |request: Value, kind: &str, expected: &str| {
        let error = ask(request).await.unwrap_err();
        assert_eq!(parts(&error).0, kind);
        assert!(parts(&error).2.contains(expected), "{error}");
    };
    let tool = |name: &str| started("tools/call", json!({ "name": name }));
    wrong(
        tool("fail"),
        "runtime",
        "tools/call failed: no such tool (-32602): \"fail\"",
    )
    .await;
    wrong(
        tool("die"),
        "communication",
        "`python3` ended without an answer; it said: all is lost",
    )
    .await;
    wrong(
        tool("flood"),
        "communication",
        "wrote more than 786432 bytes",
    )
    .await;
    wrong(
        started("prompts/list", Value::Null),
        "communication",
        "is no JSON",
    )
    .await;
    let mut missing = tool("x");
    missing["with"]["transport"]["stdio"]["command"] = "no-such-server".into();
    wrong(missing, "runtime", "`no-such-server` cannot be started").await;
    let mut odd = tool("x");
    odd["with"]["parameters"] = "x".into();
    wrong(odd, "configuration", "parameters").await;
    let mut slow = tool("silent");
    slow["with"]["timeout"] = "PT0.3S".into();
    wrong(slow, "timeout", "not answered within its `timeout`").await;
}

#[tokio::test]
async fn a_dropped_call_ends_the_server() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("pids");
    let mut request = started("tools/call", json!({ "name": "silent" }));
    request["with"]["transport"]["stdio"]["arguments"] = json!(["-c", SERVER, file]);
    let request = serde_json::from_value(request).unwrap();
    let hidden = Hidden::default();
    let action = action(&request, &hidden);
    let mcp = Mcp::new(&settings()).unwrap();
    let pids = tokio::select! {
        ended = mcp.call(&action) => panic!("{ended:?}"),
        pids = pids(&file, 1) => pids,
    };
    mcp.close().await;
    for pid in pids {
        until("the server is gone", || is_gone(pid)).await;
    }
}

type Requests = Arc<Mutex<Vec<String>>>;

/// Tells what it is asked, in turns as JSON and as events; wants its session and its version back.
async fn answer(
    State(seen): State<Requests>,
    headers: HeaderMap,
    Json(asked): Json<Value>,
) -> Response {
    let text = |name: &str| {
        headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
            .to_owned()
    };
    let method = asked["method"].as_str().unwrap_or("reply").to_owned();
    let about = [
        text("mcp-session-id"),
        text("mcp-protocol-version"),
        text("authorization"),
    ];
    seen.lock().unwrap().push(
        format!("{method} {}", about.join(" "))
            .trim_end()
            .to_owned(),
    );
    let id = &asked["id"];
    match method.as_str() {
        "initialize" => {
            let result = json!({ "protocolVersion": "2025-03-26", "capabilities": {} });
            let greeting = json!({ "jsonrpc": "2.0", "id": id, "result": result });
            ([("mcp-session-id", "s-1")], Json(greeting)).into_response()
        }
        "notifications/initialized" | "reply" => StatusCode::ACCEPTED.into_response(),
        "tools/list" => {
            let asks = json!({ "jsonrpc": "2.0", "id": 9, "method": "ping" });
            let told = json!({ "jsonrpc": "2.0", "id": id, "result": { "tools": [] } });
            let events = format!(
                ": hi\r\n\r\nid: 1\r\ndata: {asks}\r\n\r\nevent: message\ndata: {told}\n\n"
            );
            ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
        }
        "resources/list" => {
            let events = "data: {\"method\": \"notifications/message\"}\n\n";
            ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
        }
        _ => (StatusCode::IM_A_TEAPOT, "no").into_response(),
    }
}

async fn forget(State(seen): State<Requests>, headers: HeaderMap) -> StatusCode {
    let session = headers["mcp-session-id"].to_str().unwrap();
    seen.lock().unwrap().push(format!("DELETE {session}"));
    StatusCode::OK
}

#[tokio::test]
async fn a_server_over_http_keeps_its_session() {
    let seen = Requests::default();
    let router = Router::new()
        .route("/mcp", post(answer).delete(forget))
        .with_state(seen.clone());
    let address = serve(router).await;
    let request = |method: &str| {
        json!({ "function": "mcp", "with": {
            "method": method,
            "transport": { "http": {
                "endpoint": {
                    "uri": format!("http://{address}/mcp"),
                    "authentication": { "scheme": "bearer", "token": "t" },
                },
                "headers": { "x-more": "1" },
            } },
        } })
    };
    assert_eq!(
        ask(request("tools/list")).await.unwrap(),
        json!({ "tools": [] })
    );
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "initialize   Bearer t",
            "notifications/initialized s-1 2025-03-26 Bearer t",
            "tools/list s-1 2025-03-26 Bearer t",
            "reply s-1 2025-03-26 Bearer t",
            "DELETE s-1",
        ]
    );
    let wrong = async |method: &str, status: u64, expected: &str| {
        let error = ask(request(method)).await.unwrap_err();
        assert_eq!(
            (parts(&error).0, parts(&error).1),
            ("communication", status)
        );
        assert!(parts(&error).2.contains(expected), "{error}");
    };
    wrong("prompts/list", 418, "answered 418 I'm a teapot: no").await;
    wrong("resources/list", 500, "ended without an answer").await;
    let small = Settings {
        response_bytes_max: 80,
        ..settings()
    };
    let error = call(&Mcp::new(&small).unwrap(), request("tools/list")).await;
    assert!(parts(&error.unwrap_err()).2.contains("more than 80 bytes"));
}

#[tokio::test]
async fn a_server_of_the_world_is_understood() {
    let Ok(command) = std::env::var("WEIR_TEST_MCP_TIME") else {
        return;
    };
    let request = |method: &str, parameters: Value| {
        let stdio = json!({ "command": command, "arguments": ["--local-timezone", "UTC"] });
        json!({ "function": "mcp", "with": {
            "method": method,
            "parameters": parameters,
            "transport": { "stdio": stdio },
        } })
    };
    let tools = ask(request("tools/list", Value::Null)).await.unwrap();
    assert!(tools.to_string().contains("convert_time"), "{tools}");
    let parameters = json!({ "name": "convert_time", "arguments": {
        "source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo",
    } });
    let told = ask(request("tools/call", parameters)).await.unwrap();
    assert!(
        told["content"][0]["text"]
            .as_str()
            .unwrap()
            .contains("21:00"),
        "{told}"
    );
}
