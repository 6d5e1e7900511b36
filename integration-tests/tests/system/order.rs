//! The order of the examples: an event starts it, a callback or a deadline decides it.

mod shop;

use serde_json::{Value, json};
use weir_graph::WorkflowRef;
use weir_integration_tests::{Api, Cluster, Trace, Traced, Wire, until};
use weir_protocol::{InstanceId, Stream, Subject};

use self::shop::Shop;
use crate::cluster;

const ORDER: &str = include_str!("../../../examples/order.yaml");
const PLACED: &str = "com.example.order.placed";
const CAPTURED: &str = "com.example.payment.captured";
const FULFILLED: &str = "com.example.order.fulfilled";
const CANCELLED: &str = "com.example.order.cancelled";

/// A running system with the workflow deployed, and the shop that it calls.
struct World {
    cluster: Cluster,
    api: Api,
    shop: Shop,
    trace: Trace,
}

impl World {
    async fn start() -> Self {
        let cluster = cluster(1).await;
        let api = cluster.api();
        api.deploy(ORDER).await;
        Self {
            shop: Shop::open(api.clone()).await,
            trace: cluster.trace(),
            cluster,
            api,
        }
    }

    /// The event that places an order.
    fn placed(&self, order: &str) -> Value {
        let data = json!({
            "orderId": order, "items": ["book", "pen"], "amount": 42.5, "shop": self.shop.url(),
        });
        event(PLACED, order, data)
    }

    /// Waits until something happened to a task of an order.
    async fn until(&mut self, order: &str, name: &str, task: &str) {
        let instance = instance(order);
        let what = format!("{name} of {task} in {order}");
        let wanted = |message: &&Traced| {
            let about = message.event["subject"]
                .as_str()
                .or(message.event["data"]["weir"]["task"].as_str());
            message.instance == instance
                && message.name == name
                && about.is_some_and(|reference| reference.ends_with(task))
        };
        self.trace
            .until(&what, |traced| traced.iter().find(wanted).map(drop))
            .await;
    }

    /// An order's instance once it has completed.
    async fn completed(&self, order: &str) -> Value {
        let ended = self.api.ended(&instance(order)).await;
        assert_eq!(ended["status"], "completed", "{ended}");
        ended
    }

    /// The data of the events of a type that were emitted for an order.
    async fn emitted(&self, event_type: &str, order: &str) -> Vec<Value> {
        let stored = self
            .cluster
            .stored(Stream::Events, &Subject::event(event_type))
            .await;
        let events = stored
            .iter()
            .map(|stored| serde_json::from_slice::<Value>(&stored.payload).unwrap());
        events
            .map(|event| event["data"].clone())
            .filter(|data| data["orderId"] == order)
            .collect()
    }

    /// As [`World::emitted`], once there is something: the journal tells of an event before it is
    /// published.
    async fn emits(&self, event_type: &str, order: &str) -> Vec<Value> {
        until("the emitted event", || async move {
            Some(self.emitted(event_type, order).await).filter(|emitted| !emitted.is_empty())
        })
        .await
    }

    /// The ids of the events that an order has consumed.
    async fn consumed(&self, order: &str) -> Vec<Value> {
        let history = self.api.history(&instance(order)).await;
        assert_eq!(history.defect(), None, "{order}");
        history
            .events()
            .filter(|event| event["type"] == "event-consumed")
            .map(|event| event["event"]["id"].clone())
            .collect()
    }
}

fn event(event_type: &str, id: &str, data: Value) -> Value {
    let mut event = json!({
        "specversion": "1.0",
        "id": id,
        "source": "https://example.com/shop",
        "type": event_type,
    });
    event["data"] = data;
    event
}

fn captured(id: &str, order: &str) -> Value {
    event(CAPTURED, id, json!({"orderId": order, "transaction": id}))
}

/// The instance that the placing of an order has started.
fn instance(order: &str) -> String {
    let workflow = WorkflowRef {
        namespace: "examples".to_owned(),
        name: "order".to_owned(),
        version: "1.0.0".to_owned(),
    };
    InstanceId::for_event(&workflow, "https://example.com/shop", order).to_string()
}

#[tokio::test]
async fn an_order_is_fulfilled_once_its_callback_comes() {
    let mut world = World::start().await;
    let order = "after";
    world.api.publish(&world.placed(order)).await;
    // The same event, and the same order in another event: the first starts nothing.
    world.api.publish(&world.placed(order)).await;
    world
        .until(order, "workflow-correlation-started", "/confirmation")
        .await;
    // Of another order; then the right one, twice, and once more under another id.
    world.api.publish(&captured("of-another", "another")).await;
    world.api.publish(&captured("right", order)).await;
    world.api.publish(&captured("right", order)).await;
    world.api.publish(&captured("late", order)).await;

    let ended = world.completed(order).await;
    let label = "Order after, 2 items";
    let data = json!({"orderId": order, "label": label, "transaction": "right"});
    assert_eq!(world.emits(FULFILLED, order).await, [data], "{ended}");
    assert_eq!(world.emitted(CANCELLED, order).await, [json!(null); 0]);
    assert_eq!(world.consumed(order).await, ["right"]);
    assert_eq!(
        world.shop.calls(order),
        ["reserve: 503", "reserve: 200", "pay"]
    );
    let begins = |message: &&Traced| message.name == "workflow-started";
    let begun = world.trace.messages().iter().filter(begins).count();
    assert_eq!(begun, 1, "the repeated event started something");
    assert!(world.cluster.dead_letters().await.is_empty());
}

#[tokio::test]
async fn a_callback_that_comes_before_its_listen_is_found() {
    let world = World::start().await;
    let orders = ["early-1", "early-2", "early-3", "early-4"];
    for order in orders {
        // The shop publishes the callback before it answers the payment.
        world.shop.confirms_at_once(order);
        world.api.publish(&world.placed(order)).await;
    }
    for order in orders {
        world.completed(order).await;
        assert_eq!(world.consumed(order).await, [format!("paid-{order}")]);
        assert_eq!(world.emits(FULFILLED, order).await.len(), 1);
    }
}

#[tokio::test]
async fn an_order_without_callback_times_out_and_is_compensated() {
    let world = World::start().await;
    let mut wire = world.cluster.wire().await;
    wire.subscribe("weir.inbox.*.*.*.timeout").await;
    let order = "unpaid";
    let mut placed = world.placed(order);
    placed["data"]["patience"] = json!("PT1S");
    world.api.publish(&placed).await;

    let (subject, timeout) = loop {
        let received = wire.next().await;
        let timeout: Value = serde_json::from_slice(&received.payload).unwrap();
        let task = timeout["reference"].as_str().unwrap_or_default();
        if task.ends_with("/confirmation") {
            break (received.subject, timeout);
        }
    };
    let instance = instance(order);
    assert_eq!(
        subject,
        format!("weir.inbox.examples.order.{instance}.timeout")
    );
    let late = timeout["firedAt"].as_u64().unwrap() - timeout["due"].as_u64().unwrap();

    world.completed(order).await;
    assert_eq!(world.emitted(FULFILLED, order).await, [json!(null); 0]);
    let cancelled = world.emits(CANCELLED, order).await;
    assert_eq!(cancelled.len(), 1, "{cancelled:?}");
    let calls = ["reserve: 503", "reserve: 200", "pay", "release"];
    assert_eq!(world.shop.calls(order), calls);
    assert!(world.cluster.dead_letters().await.is_empty());
    println!("the timeout fired {late} ms late: {timeout}");
}

#[tokio::test]
async fn events_may_come_straight_over_nats() {
    let mut world = World::start().await;
    let mut wire = world.cluster.wire().await;
    // Whatever stands below `weir.events`: what counts is in the event.
    publish_binary(&mut wire, "weir.events.shop", &world.placed("nats")).await;
    world
        .until("nats", "workflow-correlation-started", "/confirmation")
        .await;
    let event = captured("structured", "nats").to_string();
    let headers = [(
        "content-type",
        "application/cloudevents+json; charset=utf-8",
    )];
    wire.publish("weir.events.any.where", &headers, event.as_bytes())
        .await;

    world.completed("nats").await;
    assert_eq!(world.consumed("nats").await, ["structured"]);
    let data = &world.emits(FULFILLED, "nats").await[0];
    assert_eq!(data["transaction"], "structured");
    assert!(world.cluster.dead_letters().await.is_empty());
}

async fn publish_binary(wire: &mut Wire, subject: &str, event: &Value) {
    let text = |name: &str| event[name].as_str().unwrap();
    let headers = [
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", text("id")),
        ("ce-source", text("source")),
        ("ce-type", text("type")),
    ];
    let body = event["data"].to_string();
    wire.publish(subject, &headers, body.as_bytes()).await;
}
