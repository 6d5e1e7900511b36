//! The JSON Schema of definitions, for editors: what [`crate::parse`] takes, as far as a schema
//! can say it. It is built from the readers' own tables where they have any, and a test compares
//! its verdict with the parser's on thousands of broken documents.
//!
//! It cannot say that names are unique in a list, that `then` and references lead somewhere, that
//! a switch has one default, or that a number or duration fits 64 bits; it takes `1.0` for a whole
//! number; and it takes `schedule.every: PT0S`. It says one thing more than the parser, which the
//! compiler says: what `metadata.maxReturns` can be.

mod call;
mod component;
mod data;
mod document;
mod event;
mod fault;
mod flow;
mod part;
mod shape;
mod task;

use serde_json::{Map, Value, json};

/// The schema, in JSON Schema draft-07: the newest that editors' YAML servers know well.
pub fn schema() -> Value {
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Weir workflow",
        "description": "A workflow of the Open Workflow DSL 1.0, as Weir reads it.",
    });
    let definitions: Map<String, Value> = [
        document::definitions(),
        component::definitions(),
        task::definitions(),
        flow::definitions(),
        call::definitions(),
        event::definitions(),
        fault::definitions(),
        data::definitions(),
    ]
    .into_iter()
    .flatten()
    .map(|(name, schema)| (name.to_owned(), schema))
    .collect();
    if let (Value::Object(schema), Value::Object(root)) = (&mut schema, document::root()) {
        schema.extend(root);
        schema.insert("definitions".to_owned(), Value::Object(definitions));
    }
    schema
}
