//! The workflows that run while processes are killed, and the server they call.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Json, Router, extract::State, http::HeaderMap, routing::post};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use weir_graph::WorkflowRef;
use weir_integration_tests::{Api, Cluster, Web};
use weir_protocol::InstanceId;

/// Seven steps: three calls, a wait, a listen for what the server says about the second call, a set,
/// an emit.
const WORKFLOW: &str = r#"
document: { dsl: '1.0.3', namespace: test, name: chaos, version: '1.0.0' }
schedule:
  on: { one: { with: { type: com.example.test.begin } } }
input:
  from: 'if type == "array" then .[0] else . end'
do:
  - first:
      call: http
      with: { method: post, endpoint: '${ .server }', body: { step: first } }
      output: { as: $input }
  - second:
      call: http
      with: { method: post, endpoint: '${ .server }', body: { step: second, number: '${ .number }' } }
      output: { as: $input }
  - pause:
      wait: { milliseconds: 250 }
  - hear:
      listen:
        to:
          one:
            with: { type: com.example.test.answered }
            correlate: { number: { from: .data.number, expect: '${ .number }' } }
      timeout: { after: { minutes: 5 } }
      output: { as: $input }
  - third:
      call: http
      with: { method: post, endpoint: '${ .server }', body: { step: third } }
      output: { as: '{ number: $input.number, answer: .step }' }
  - count:
      set: { number: '${ .number }', answer: '${ .answer }', done: true }
  - tell:
      emit:
        event:
          with:
            source: https://example.com/chaos
            type: com.example.test.ended
            data: '${ . }'
"#;

/// Every instance leaves at least so many messages on the trace: its start and its end, and three
/// for each step.
pub const TRACED_MIN: usize = 20;

/// Calls of every instance.
const CALLS: usize = 3;

const SOURCE: &str = "https://example.com/chaos";

/// How long the server thinks, so that calls are under way when somebody is killed.
const THINKING: Duration = Duration::from_millis(20);

pub struct Load {
    api: Api,
    web: Web,
    server: Arc<Server>,
    started: AtomicUsize,
}

struct Server {
    api: Api,
    calls: Mutex<BTreeMap<String, usize>>,
}

impl Load {
    /// Deploys the workflow and starts its server.
    pub async fn prepare(cluster: &Cluster) -> Self {
        let api = cluster.api();
        api.deploy(WORKFLOW).await;
        let server = Arc::new(Server {
            api: api.clone(),
            calls: Mutex::default(),
        });
        let router = Router::new()
            .route("/", post(step))
            .with_state(server.clone());
        Self {
            api,
            web: Web::serve(router).await,
            server,
            started: AtomicUsize::new(0),
        }
    }

    /// Begins to start more instances, half of them by events; the tasks end with their ids.
    pub fn start(&self, count: usize, starts: &mut JoinSet<String>) {
        for _ in 0..count {
            let number = self.started.fetch_add(1, Ordering::Relaxed);
            let input = json!({"server": self.web.url, "number": number});
            let api = self.api.clone();
            if number.is_multiple_of(2) {
                starts.spawn(async move {
                    let key = format!("chaos-{number}");
                    api.start("test/chaos", &input, &key).await
                });
            } else {
                starts.spawn(async move { start_by_event(&api, number, &input).await });
            }
        }
    }

    pub fn calls(&self) -> Calls {
        Calls(self.server.calls.lock().unwrap().clone())
    }
}

async fn start_by_event(api: &Api, number: usize, input: &Value) -> String {
    let id = number.to_string();
    let event = event("com.example.test.begin", &id, input);
    api.publish(&event).await;
    let workflow = WorkflowRef {
        namespace: "test".to_owned(),
        name: "chaos".to_owned(),
        version: "1.0.0".to_owned(),
    };
    InstanceId::for_event(&workflow, SOURCE, &id).to_string()
}

fn event(event_type: &str, id: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": SOURCE, "type": event_type, "data": data,
    })
}

/// A call. What it has to say about the second one it publishes as an event: for some instances
/// before it answers, so before anybody listens, for others whenever.
async fn step(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Json<Value> {
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    *server.calls.lock().unwrap().entry(key).or_default() += 1;
    // sleep: the server thinks
    tokio::time::sleep(THINKING).await;
    if let Some(number) = body["number"].as_u64() {
        let id = format!("answer-{number}");
        let answer = event("com.example.test.answered", &id, &json!({"number": number}));
        let publishing = tokio::spawn(async move { server.api.publish(&answer).await });
        if number.is_multiple_of(3) {
            publishing.await.unwrap();
        }
    }
    Json(body)
}

/// How often the server was called with each key.
pub struct Calls(BTreeMap<String, usize>);

impl Calls {
    fn repeated(&self) -> usize {
        self.0.values().map(|count| count - 1).sum()
    }

    /// Each instance has called three times, repetitions apart.
    pub fn check(&self, started: &BTreeSet<String>) {
        let mut by_instance = BTreeMap::<&str, usize>::new();
        for key in self.0.keys() {
            let (instance, _) = key.split_once('/').unwrap();
            *by_instance.entry(instance).or_default() += 1;
        }
        for instance in started {
            assert_eq!(
                by_instance.remove(instance.as_str()),
                Some(CALLS),
                "{instance}"
            );
        }
        assert!(by_instance.is_empty(), "calls of nobody: {by_instance:?}");
    }
}

impl fmt::Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (keys, repeated) = (self.0.len(), self.repeated());
        write!(
            f,
            "HTTP calls: {keys} actions, {repeated} calls repeated with the same key"
        )
    }
}
