//! A journal moves to EventStoreDB (its double) and back, with an instance that waits meanwhile.

use serde_json::Value;
use weir_eventstore_double::{Double, Options};

use crate::site::Site;

const WORKFLOW: &str = "
document: { dsl: 1.0.3, namespace: shop, name: order, version: 1.0.0 }
do:
  - paid:
      listen:
        to:
          one:
            with: { type: com.example.paid }
            correlate: { order: { from: .data.orderId, expect: '${ .orderId }' } }
      timeout: { after: PT1H }
  - done:
      set: { paid: '${ .[0].by }' }
";

#[test]
fn an_instance_goes_on_where_its_journal_was_copied_to() {
    let mut site = Site::new();
    let double = Double::start(Options::new(site.folder.path().join("events")));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let double = runtime.block_on(double).unwrap();
    site.set(
        "WEIR_JOURNAL__CONNECTION_STRING",
        double.connection_string(),
    );
    site.write("order.yaml", WORKFLOW);

    let dev = site.dev(&["--set", "journal.backend=jetstream"]);
    let run = r#"weir run order.yaml --detach --json --input '{"orderId": "o1"}'"#;
    let run = dev.until_value(run, |run| run["instance"].is_string());
    let id = run["instance"].as_str().unwrap();
    let waits = |why: &Value| why["waits"][0]["for"] == "event";
    dev.until_value(&format!("weir why {id} --json"), waits);
    let there = "weir journal copy --json --from jetstream --to eventstore";
    let copied = dev.until_value(there, |_| true);
    assert_eq!(
        (&copied["instances"], &copied["failed"]),
        (&1.into(), &0.into())
    );
    let before = copied["records"].as_u64().unwrap();
    assert_eq!(copied["appended"], before, "{copied}");
    drop(dev);

    let dev = site.dev(&["--set", "journal.backend=eventstore"]);
    let send = r#"weir send com.example.paid --data '{"orderId": "o1", "by": "card"}'"#;
    dev.until(send, |_| true);
    let output = dev.until_value(&format!("weir output {id} --json"), Value::is_object);
    assert_eq!(output["paid"], "card");
    // What was decided since is on EventStoreDB alone.
    let back = "weir journal copy --json --from eventstore --to jetstream";
    let copied = dev.until_value(back, |_| true);
    let records = copied["records"].as_u64().unwrap();
    assert!(records > before, "{copied}");
    assert_eq!(copied["appended"], records - before, "{copied}");
    let again = dev.until_value(back, |_| true);
    assert_eq!(again["appended"], 0, "{again}");
}
