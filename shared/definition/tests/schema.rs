//! The schema for editors says what the parser says: about valid documents, and about thousands
//! that were broken at random.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

#[path = "schema/corpus.rs"]
mod corpus;
#[path = "schema/mutation.rs"]
mod mutation;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use weir_definition::{Diagnostic, parse};

use corpus::{documents, keys, own_documents};
use mutation::Mutator;

/// What only the parser can say: names that are twice in a list, targets and components that are
/// not there, second defaults.
const BEYOND_A_SCHEMA: [&str; 4] = ["E030", "E032", "E033", "E034"];

const SEED: u64 = 0x0057_4549_5200;
const MUTATIONS: usize = 10_000;

fn validator() -> jsonschema::Validator {
    let schema = weir_definition::schema::schema();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::validator_for(&schema).unwrap()
}

fn parsed(document: &Value) -> Result<(), Vec<Diagnostic>> {
    parse(&document.to_string(), "document.json").map(drop)
}

#[test]
fn valid_documents_are_valid() {
    let validator = validator();
    let documents = documents();
    for (name, document) in &documents {
        let errors: Vec<String> = validator
            .iter_errors(document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}:\n{}", errors.join("\n"));
    }
}

/// So the corpus tests all of the schema.
#[test]
fn every_property_of_the_schema_is_in_a_document() {
    let mut used = BTreeSet::new();
    for (_, document) in own_documents() {
        keys(&document, &mut used);
    }
    let missing: Vec<_> = properties()
        .into_iter()
        .filter(|name| !used.contains(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_definition_and_reference_leads_somewhere() {
    let schema = weir_definition::schema::schema();
    let mut references = BTreeSet::new();
    collect(&schema, "$ref", &mut |value| {
        references.insert(value.as_str().unwrap().to_owned());
    });
    for reference in &references {
        let found = schema.pointer(reference.strip_prefix('#').unwrap());
        assert!(found.is_some(), "{reference}");
    }
    for name in schema["definitions"].as_object().unwrap().keys() {
        assert!(
            references.contains(&format!("#/definitions/{name}")),
            "{name} is unused"
        );
    }
}

#[test]
fn broken_documents_are_refused_by_both_or_taken_by_both() {
    let validator = validator();
    let documents = documents();
    let mut mutator = Mutator::new(SEED, properties(), &documents);
    let (mut refused, mut beyond) = (0, 0);
    for round in 0..MUTATIONS {
        let (name, document) = &documents[round % documents.len()];
        let (broken, change) = mutator.mutate(document);
        let parsed = parsed(&broken);
        let schema_takes = validator.is_valid(&broken);
        let known = match &parsed {
            Ok(()) => !schema_takes && has_wrong_returns(&broken),
            Err(errors) => schema_takes && errors.iter().all(is_beyond_a_schema),
        };
        refused += usize::from(parsed.is_err());
        beyond += usize::from(known);
        assert!(
            known || parsed.is_ok() == schema_takes,
            "seed {SEED:#x}, round {round}, {name}, {change}:\nparser {parsed:?}\nschema {:?}",
            validator
                .iter_errors(&broken)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect::<Vec<_>>()
        );
    }
    // Neither "takes everything" nor "refuses everything" would pass.
    assert!(
        refused > MUTATIONS / 4 && refused < MUTATIONS * 9 / 10,
        "{refused} refused"
    );
    assert!(beyond < MUTATIONS / 5, "{beyond} differ as documented");
}

/// What the schema's documentation says that it cannot say.
#[test]
fn the_known_differences() {
    let validator = validator();
    let document = |tasks: Value| {
        json!({
            "document": {"dsl": "1.0.3", "namespace": "a", "name": "b", "version": "1.0.0"},
            "do": tasks,
        })
    };
    let set = || json!({"set": {"a": 1}});
    let mut every = document(json!([{"a": set()}]));
    every["schedule"] = json!({"every": "PT0S"});
    let lenient = [
        every,
        document(json!([{"a": set()}, {"a": set()}])),
        document(json!([{"a": {"wait": "PT1S", "then": "b"}}])),
        document(json!([{"a": {"wait": "PT1S", "timeout": "b"}}])),
        document(json!([{"a": {"switch": [{"b": {"then": "end"}}, {"c": {"then": "end"}}]}}])),
        document(json!([{"a": {"wait": "P999999999Y"}}])),
        document(json!([{"a": {"wait": {"seconds": 1.0}}}])),
    ];
    for document in lenient {
        assert!(validator.is_valid(&document), "{document}");
        assert!(parsed(&document).is_err(), "{document}");
    }
    let strict = document(json!([{"a": {"wait": "PT1S", "metadata": {"maxReturns": 0}}}]));
    assert!(!validator.is_valid(&strict));
    assert!(parsed(&strict).is_ok());
}

fn is_beyond_a_schema(diagnostic: &Diagnostic) -> bool {
    let no_time = diagnostic.code == "E023" && diagnostic.pointer == "/schedule/every";
    no_time || BEYOND_A_SCHEMA.contains(&diagnostic.code)
}

/// What the compiler refuses, not the parser.
fn has_wrong_returns(document: &Value) -> bool {
    let mut found = false;
    collect(document, "maxReturns", &mut |value| {
        found |= !value
            .as_u64()
            .is_some_and(|most| (1..=1_000_000).contains(&most));
    });
    found
}

/// The names of the schema's properties.
fn properties() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(
        &weir_definition::schema::schema(),
        "properties",
        &mut |value| {
            let properties = value.as_object().into_iter().flatten();
            names.extend(properties.map(|(name, _)| name.clone()));
        },
    );
    names
}

/// All values of a property, however deep.
fn collect(value: &Value, name: &str, found: &mut dyn FnMut(&Value)) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                if key == name {
                    found(member);
                }
                collect(member, name, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
