//! The HTTP interface, as a client uses it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::{History, until};

/// A client of all ingresses: a request goes to one, the next to another.
#[derive(Clone, Debug)]
pub struct Api {
    http: Client,
    urls: Arc<[String]>,
    turn: Arc<AtomicUsize>,
}

/// What an ingress says.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// The body; a text if it is no JSON.
    pub body: Value,
}

impl Api {
    pub(crate) fn new(http: Client, urls: Vec<String>) -> Self {
        Self {
            http,
            urls: urls.into(),
            turn: Arc::default(),
        }
    }

    /// The address of the first ingress, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.urls[0]
    }

    /// Deploys a workflow.
    pub async fn deploy(&self, source: &str) -> Value {
        let deployed = self.try_deploy(source).await;
        assert!(deployed.status.is_success(), "deploy: {deployed:?}");
        deployed.body
    }

    /// Deploys what may be refused.
    pub async fn try_deploy(&self, source: &str) -> Answer {
        self.patiently("deploy", |http, url| {
            http.post(format!("{url}/api/v1/definitions"))
                .body(source.to_owned())
        })
        .await
    }

    /// Starts an instance of the workflow `<namespace>/<name>`; the same `key`, the same instance.
    pub async fn start(&self, workflow: &str, input: &Value, key: &str) -> String {
        let (namespace, name) = workflow.split_once('/').unwrap();
        let body = json!({"workflow": {"namespace": namespace, "name": name}, "input": input});
        let started = self
            .patiently("start", |http, url| {
                http.post(format!("{url}/api/v1/instances"))
                    .header("idempotency-key", key)
                    .json(&body)
            })
            .await;
        assert_eq!(started.status, StatusCode::ACCEPTED, "start: {started:?}");
        started.body["instance"].as_str().unwrap().to_owned()
    }

    /// Publishes a CloudEvent in structured mode, until it is accepted.
    pub async fn publish(&self, event: &Value) {
        let published = self
            .patiently("publish", |http, url| {
                http.post(format!("{url}/events"))
                    .header("content-type", "application/cloudevents+json")
                    .body(event.to_string())
            })
            .await;
        assert_eq!(
            published.status,
            StatusCode::ACCEPTED,
            "publish: {published:?}"
        );
    }

    /// An instance as it is.
    pub async fn instance(&self, id: &str) -> Value {
        let found = self.get(&format!("/api/v1/instances/{id}")).await;
        assert_eq!(found.status, StatusCode::OK, "instance {id}: {found:?}");
        found.body
    }

    /// An instance once it has ended.
    pub async fn ended(&self, id: &str) -> Value {
        until(&format!("the end of {id}"), || async {
            let found = self.get(&format!("/api/v1/instances/{id}")).await;
            let ended = found.body.get("endedAt").is_some();
            ended.then_some(found.body)
        })
        .await
    }

    /// The journal of an instance.
    pub async fn history(&self, id: &str) -> History {
        let history = self.try_history(id).await;
        history.unwrap_or_else(|| panic!("{id} has no history"))
    }

    /// The journal of an instance, if it has one yet.
    pub async fn try_history(&self, id: &str) -> Option<History> {
        let found = self.get(&format!("/api/v1/instances/{id}/history")).await;
        if found.status == StatusCode::NOT_FOUND {
            return None;
        }
        assert_eq!(found.status, StatusCode::OK, "history of {id}: {found:?}");
        Some(History::new(&found.body))
    }

    /// Cancels an instance, unless it has ended.
    pub async fn cancel(&self, id: &str, reason: &str) {
        let body = json!({ "reason": reason });
        let cancelled = self
            .patiently("cancel", |http, url| {
                http.post(format!("{url}/api/v1/instances/{id}/cancel"))
                    .json(&body)
            })
            .await;
        let is_answer = [StatusCode::ACCEPTED, StatusCode::CONFLICT].contains(&cancelled.status);
        assert!(is_answer, "cancel: {cancelled:?}");
    }

    /// `GET`, until there is an answer.
    pub async fn get(&self, path: &str) -> Answer {
        self.patiently(path, |http, url| http.get(format!("{url}{path}")))
            .await
    }

    /// One request, as it is, once; none if there is no answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &[u8])],
        body: Vec<u8>,
    ) -> Option<Answer> {
        let mut request = self.http.request(method, format!("{}{path}", self.next()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.body(body)).await
    }

    /// Repeats a request while the ingress is away, or says that something else is.
    async fn patiently(
        &self,
        what: &str,
        request: impl Fn(&Client, &str) -> RequestBuilder,
    ) -> Answer {
        until(what, || async {
            let answer = answer(request(&self.http, self.next())).await;
            answer.filter(|answer| {
                !matches!(
                    answer.status,
                    StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
                )
            })
        })
        .await
    }

    fn next(&self) -> &str {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        &self.urls[turn % self.urls.len()]
    }
}

async fn answer(request: RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let status = response.status();
    let body = response.bytes().await.ok()?;
    let body = serde_json::from_slice(&body)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body)));
    Some(Answer { status, body })
}
