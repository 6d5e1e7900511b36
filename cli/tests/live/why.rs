//! `weir why` and its like, of an instance that waits.

use serde_json::{Value, json};

use crate::site::Site;

const WORKFLOW: &str = "
document: { dsl: 1.0.3, namespace: shop, name: order, version: 1.0.0 }
do:
  - label:
      run: { shell: { command: printf labelled } }
      output: { as: '$input + { label: . }' }
  - paid:
      listen:
        to:
          one:
            with: { type: com.example.paid }
            correlate: { order: { from: .data.orderId, expect: '${ .orderId }' } }
      timeout: { after: PT1H }
      output: { as: '$input + { paid: .[0] }' }
";

#[test]
fn what_an_instance_waits_for_is_said_with_a_command_that_works() {
    let site = Site::new();
    site.write("order.yaml", WORKFLOW);
    let weir = site.dev(&[]);
    let run = r#"weir run order.yaml --detach --input '{"orderId": "o 1"}'"#;
    let id = weir.until(run, |_| true).trim().to_owned();

    let listens = |why: &Value| why["waits"][0]["for"] == "event";
    let why = weir.until_value(&format!("weir why {id} --json"), listens);
    assert_eq!(why["waits"][0]["reference"], "/do/1/paid");
    let told = weir.until(&format!("weir why {id}"), |_| true);
    let told = told.replace('\n', " ");
    assert!(told.starts_with("It has run for "), "{told}");
    assert!(told.contains("2 of at most 2 steps"), "{told}");
    assert!(told.contains(r#"`.data.orderId` is "o 1""#), "{told}");

    let was = weir.until(&format!("weir replay {id} --at 1"), |_| true);
    assert!(was.contains("after decision 1 of "), "{was}");
    assert!(was.contains("/do/0/label  action"), "{was}");
    let refused = weir.shell(&format!("weir output {id}"));
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");

    let command = why["waits"][0]["command"].as_str().unwrap();
    weir.until(command, |sent| sent.starts_with("sent com.example.paid"));
    let output = weir.until_value(&format!("weir output {id} --json"), |_| true);
    let paid = json!({"orderId": "o 1"});
    assert_eq!(
        output,
        json!({"orderId": "o 1", "label": "labelled", "paid": paid})
    );

    let why = weir.until(&format!("weir why {id}"), |_| true);
    assert!(why.starts_with("It completed at "), "{why}");
    let history = weir.until(&format!("weir history {id}"), |_| true);
    assert!(
        history.contains("paid received com.example.paid"),
        "{history}"
    );
    let trace = weir.until(&format!("weir trace {id}"), |_| true);
    assert!(trace.trim_end().ends_with("workflow.completed"), "{trace}");
}
