//! The specification's documents, where it is at hand.

use std::{collections::BTreeMap, fs, path::Path};

/// Its examples, and the workflows of its use cases, by name.
pub(super) fn documents(root: &Path) -> BTreeMap<String, String> {
    let specification = root.join("../shared/spec");
    let mut documents = BTreeMap::new();
    for path in entries(&specification.join("examples")) {
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            documents.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    for path in entries(&specification.join("use-cases")) {
        let Ok(page) = fs::read_to_string(path.join("README.md")) else {
            continue;
        };
        let name = path.file_name().unwrap().to_string_lossy();
        let (_, rest) = page.split_once("```yaml\n").unwrap();
        let (workflow, _) = rest.split_once("\n```").unwrap();
        documents.insert(format!("use case {name}"), workflow.to_owned());
    }
    documents
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}
