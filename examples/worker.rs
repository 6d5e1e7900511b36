//! A worker: serves `call: greet:1.0.0@default` with nothing but a NATS client.
//!
//! Usage: worker nats://HOST:PORT. See docs/workers.md for the protocol.

use std::{env, error::Error};

use async_nats::{HeaderMap, jetstream};
use futures::StreamExt;
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let url = env::args().nth(1).ok_or("usage: worker nats://HOST:PORT")?;
    let jetstream = jetstream::new(async_nats::connect(url).await?);
    let config = jetstream::consumer::pull::Config {
        durable_name: Some("executor-greet_1_0_0".to_owned()),
        filter_subject: "weir.actions.greet_1_0_0".to_owned(),
        ..Default::default()
    };
    let consumer = jetstream
        .create_consumer_on_stream(config, "WEIR_ACTIONS")
        .await?;
    let mut messages = consumer.messages().await?;
    while let Some(message) = messages.next().await {
        let message = message?;
        let action: Value = serde_json::from_slice(&message.payload)?;
        let mut outcome = json!({"id": action["id"], "task": action["task"], "executor": "worker"});
        match action["request"]["arguments"]["name"].as_str() {
            Some(name) => outcome["output"] = json!({"greeting": format!("Hello, {name}!")}),
            None => {
                outcome["error"] = json!({
                    "type": "https://open-workflow-specification.org/spec/1.0.0/errors/runtime",
                    "status": 500, "title": "Runtime Error", "detail": "`name` is missing",
                });
            }
        }
        let (id, to) = (action["id"].as_str(), action["replyTo"].as_str());
        let (id, to) = id.zip(to).ok_or("not an action")?;
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", format!("outcome/{id}"));
        // Stored first, acknowledged then: whoever dies in between, the action is done again.
        let payload = outcome.to_string().into();
        let stored = jetstream.publish_with_headers(to.to_owned(), headers, payload);
        stored.await?.await?;
        message.ack().await?;
    }
    Ok(())
}
