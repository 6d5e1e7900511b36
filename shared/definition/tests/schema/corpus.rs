//! Valid documents: one with every property, the examples, and the specification's if they are at
//! hand.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use weir_definition::parse;

/// All valid documents, by name.
pub fn documents() -> Vec<(String, Value)> {
    let mut documents = own_documents();
    documents.extend(folder("examples"));
    let of_the_specification = folder("../shared/spec/examples");
    if !of_the_specification.is_empty() {
        assert!(
            of_the_specification.len() >= 60,
            "{}",
            of_the_specification.len()
        );
    }
    documents.extend(of_the_specification);
    documents
}

/// The documents of the corpus.
pub fn own_documents() -> Vec<(String, Value)> {
    let texts = include_str!("corpus.yaml").split("\n---\n");
    let documents = texts.enumerate().map(|(index, text)| {
        let name = format!("corpus {index}");
        let document = parse(text, "corpus.yaml").unwrap_or_else(|errors| {
            let errors: Vec<_> = errors
                .iter()
                .map(|error| error.render(text, &name))
                .collect();
            panic!("{}", errors.join("\n"))
        });
        (name, document.value)
    });
    documents.collect()
}

/// The keys of all mappings in a document.
pub fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                found.insert(key.clone());
                keys(member, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The valid definitions in a folder of the repository or beside it; none if it is absent.
fn folder(path: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path);
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let yaml = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    let documents = yaml.filter_map(|path| {
        let name = path.file_name().unwrap().display().to_string();
        let document = parse(&fs::read_to_string(path).unwrap(), &name).ok()?;
        Some((name, document.value))
    });
    documents.collect()
}
