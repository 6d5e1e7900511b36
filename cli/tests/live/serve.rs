//! `weir serve`: a command serves a function.

use std::path::Path;

use crate::site::Site;

const WORKFLOW: &str = "
document: { dsl: '1.0.3', namespace: test, name: greet, version: '1.0.0' }
do:
  - greet: { call: 'greet:1.0.0@default', with: { name: Ada } }
  - badly:
      try: [ { ask: { call: 'greet:1.0.0@default', with: { nobody: true } } } ]
      catch: { do: [ { told: { set: { greeting: '${ $input.greeting }', detail: '${ $error.detail }' } } } ] }
";

#[test]
fn a_script_serves_a_function() {
    let site = Site::new();
    site.write("greet.yaml", WORKFLOW);
    let dev = site.dev(&[]);

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/greet.sh");
    let script = script.display().to_string();
    let (_worker, serving) = site.start(&["serve", "greet:1.0.0", "--", &script]);
    assert_eq!(serving["function"], "greet:1.0.0");

    let ended = dev.until_value("weir run greet.yaml --json | tail -n 1", |_| true);
    let output = ended.get("output").unwrap_or(&ended);
    assert_eq!(output["greeting"], "Hello, Ada!");
    assert_eq!(
        output["detail"],
        "the command ended with 1: `name` is missing"
    );
}
