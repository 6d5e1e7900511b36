//! `weir schema`: one JSON document on standard output, for people and programs alike.

use serde_json::Value;

use crate::{root, weir};

#[test]
fn it_is_the_schema_of_definitions() {
    let schema = weir_definition::schema::schema();
    let (code, pretty) = weir(&root(), &["schema"]);
    assert_eq!(code, 0);
    assert_eq!(serde_json::from_str::<Value>(&pretty).unwrap(), schema);
    let (code, line) = weir(&root(), &["schema", "--json"]);
    assert_eq!(code, 0);
    assert_eq!(line.lines().count(), 1);
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), schema);
}
