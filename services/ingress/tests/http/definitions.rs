//! Deploying and looking at workflows.

use std::sync::Arc;

use serde_json::json;
use weir_graph::Limits;
use weir_protocol::{
    Stream,
    v1::{Format, Listener, OpenSubscription},
};

use crate::fixture::{Fixture, definition};

const ON_PLACED: &str = "schedule:\n  on:\n    one:\n      with:\n        type: placed\n";

#[tokio::test]
async fn a_version_is_deployed_once_and_never_changes() {
    let ingress = Fixture::start().await;
    let source = definition("1.0.0", "");
    let created = ingress.deploy(&source).await;
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(
        created.header("location"),
        Some("/api/v1/definitions/shop/order/1.0.0")
    );
    assert_eq!(created.body["name"], "order");
    assert_eq!(created.body["bound"]["steps"], 1);
    assert_eq!(created.body["warnings"], json!([]));
    let stored = &ingress.messages(Stream::Definitions)[0].payload;
    let stored = weir_protocol::v1::Definition::decode(stored).unwrap();
    assert_eq!(json!(stored.bound), created.body["bound"]);
    let again = ingress.deploy(&source).await;
    assert_eq!((again.status, &again.body), (200, &created.body));
    let other = ingress.deploy(&source.replace("world", "moon")).await;
    other.problem(409, "other content");

    let got = ingress.get("/api/v1/definitions/shop/order/1.0.0").await;
    assert_eq!(got.body["source"], source);
    assert_eq!(got.body["deployedAt"], "2025-10-09T08:53:20.000Z");
    ingress
        .get("/api/v1/definitions/shop/order/1.0.1")
        .await
        .problem(404, "shop/order:1.0.1");
    ingress
        .get("/api/v1/definitions/shop/none/latest")
        .await
        .problem(404, "shop/none");
}

#[tokio::test]
async fn a_deployment_tells_what_it_warns_of() {
    let ingress = Fixture::start().await;
    let source = definition("1.0.0", "") + "      then: end\n  - never:\n      wait: PT1S\n";
    let created = ingress.deploy(&source).await;
    assert_eq!(created.status, 201, "{created:?}");
    let warning = &created.body["warnings"][0];
    assert_eq!(warning["code"], "W001");
    assert_eq!(warning["severity"], "warning");
    assert_eq!(warning["pointer"], "/do/1/never");
}

#[tokio::test]
async fn a_namespace_has_its_own_limits() {
    let change = |settings: &mut weir_ingress::Settings| {
        let tight = Limits {
            steps_max: 1,
            ..settings.limits.clone()
        };
        settings.namespaces.insert("shop".to_owned(), tight);
    };
    let ingress = Fixture::with(change, |bus| Arc::new(bus)).await;
    assert_eq!(ingress.deploy(&definition("1.0.0", "")).await.status, 201);
    let two = definition("1.1.0", "") + "  - again:\n      set:\n        hello: you\n";
    let refused = ingress.deploy(&two).await;
    refused.problem(422, "up to 2 tasks, more than 1");
    assert_eq!(refused.body["diagnostics"][0]["code"], "E106");
    let elsewhere = two.replace("namespace: shop", "namespace: web");
    assert_eq!(ingress.deploy(&elsewhere).await.status, 201);
}

#[tokio::test]
async fn the_newest_version_is_the_latest_by_precedence() {
    let ingress = Fixture::start().await;
    for version in ["1.9.0", "1.10.0", "1.10.0-rc.1"] {
        assert_eq!(ingress.deploy(&definition(version, "")).await.status, 201);
    }
    let latest = ingress.get("/api/v1/definitions/shop/order/latest").await;
    assert_eq!(latest.body["version"], "1.10.0");
    let list = ingress.get("/api/v1/definitions").await.body;
    let versions: Vec<_> = list["definitions"].as_array().unwrap().iter().collect();
    let read: Vec<_> = versions
        .iter()
        .map(|entry| {
            (
                entry["version"].as_str().unwrap(),
                entry["latest"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        read,
        [("1.9.0", false), ("1.10.0-rc.1", false), ("1.10.0", true)]
    );
}

#[tokio::test]
async fn events_start_the_newest_version() {
    let ingress = Fixture::start().await;
    let trigger = || {
        let message = ingress.messages(Stream::Events).pop().unwrap();
        assert_eq!(message.subject, "weir.subscriptions.trigger.shop.order");
        let open = OpenSubscription::decode(&message.payload).ok();
        open.map(|open| {
            assert!(matches!(open.listener, Listener::Trigger { .. }));
            open.workflow.version
        })
    };
    ingress.deploy(&definition("1.1.0", ON_PLACED)).await;
    assert_eq!(trigger().as_deref(), Some("1.1.0"));
    ingress.deploy(&definition("1.0.0", ON_PLACED)).await;
    assert_eq!(trigger().as_deref(), Some("1.1.0"));
    ingress.deploy(&definition("1.2.0", ON_PLACED)).await;
    assert_eq!(trigger().as_deref(), Some("1.2.0"));
    ingress.deploy(&definition("2.0.0", "")).await;
    assert_eq!(trigger(), None);
    ingress.deploy(&definition("1.3.0", ON_PLACED)).await;
    assert_eq!(trigger(), None);
    assert_eq!(ingress.messages(Stream::Events).len(), 1);
}

#[tokio::test]
async fn deploying_again_repairs_the_trigger() {
    let ingress = Fixture::start().await;
    let source = definition("1.0.0", ON_PLACED);
    // As after a crash between the two: the definition is there, its trigger is not.
    let catalog = weir_catalog::Catalog::new(std::sync::Arc::new(ingress.bus.clone()));
    let limits = weir_graph::Limits::default();
    catalog.deploy(source.clone(), limits, 0).await.unwrap();
    assert!(ingress.messages(Stream::Events).is_empty());
    assert_eq!(ingress.deploy(&source).await.status, 200);
    assert_eq!(ingress.messages(Stream::Events).len(), 1);
}

#[tokio::test]
async fn all_that_is_wrong_is_told_with_its_place() {
    let ingress = Fixture::start().await;
    let source = definition("1.0.0", "").replace("set:", "sett:");
    let answer = ingress.deploy(&source).await;
    answer.problem(422, "8:");
    let diagnostic = &answer.body["diagnostics"][0];
    assert_eq!(diagnostic["line"], 8, "{answer:?}");
    assert_eq!(diagnostic["pointer"], "/do/0/greet/sett", "{answer:?}");
    for member in ["code", "severity", "message", "remedy"] {
        assert!(
            diagnostic[member]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{answer:?}"
        );
    }
    assert!(ingress.messages(Stream::Definitions).is_empty());
}
