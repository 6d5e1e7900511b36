//! The specification's own documents, where they are at hand: all of them must parse.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]
#![allow(clippy::print_stderr, reason = "says what was skipped")]

use std::fs;
use std::path::{Path, PathBuf};

use weir_definition::parse;

fn specification(part: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = root.join("../shared/spec").join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is absent", folder.display());
    None
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path
            .extension()
            .is_some_and(|extension| extension == ending)
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The fenced YAML blocks of a Markdown text that are whole workflows.
fn workflows(markdown: &str) -> Vec<String> {
    let blocks = markdown.split("```yaml\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("\n```").next());
    blocks
        .filter(|block| block.contains("document:"))
        .map(str::to_owned)
        .collect()
}

/// What is wrong with documents, for people.
fn failures(documents: &[(String, String)]) -> Vec<String> {
    let failed = documents.iter().filter_map(|(name, text)| {
        let diagnostics = parse(text, name).err()?;
        Some(
            diagnostics
                .iter()
                .map(|diagnostic| diagnostic.render(text, name))
                .collect(),
        )
    });
    failed.collect()
}

/// Whole workflows shown in the specification's prose, without those that are no YAML at all
/// (one is not, in 1.0.3: it has a plain scalar with a colon in it).
fn shown(part: &str, ending: &str, blocks: fn(&str) -> Vec<String>) -> Vec<(String, String)> {
    let Some(folder) = specification(part) else {
        return Vec::new();
    };
    let mut documents = Vec::new();
    for path in files(&folder, ending) {
        for text in blocks(&fs::read_to_string(&path).unwrap()) {
            let name = path.file_name().unwrap().display().to_string();
            let broken = parse(&text, &name)
                .err()
                .filter(|errors| errors[0].code == "E002");
            match broken {
                Some(errors) => eprintln!("NO YAML: {}", errors[0].render(&text, &name)),
                None => documents.push((name, text)),
            }
        }
    }
    documents
}

#[test]
fn all_examples_parse() {
    let Some(folder) = specification("examples") else {
        return;
    };
    let read = |path: &PathBuf| {
        (
            path.file_name().unwrap().display().to_string(),
            fs::read_to_string(path).unwrap(),
        )
    };
    let documents: Vec<_> = files(&folder, "yaml").iter().map(read).collect();
    assert!(documents.len() >= 66, "{} documents", documents.len());
    let failures = failures(&documents);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_use_cases_parse() {
    let failures = failures(&shown("use-cases", "md", workflows));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_conformance_kit_parses() {
    let failures = failures(&shown("ctk/features", "feature", scenarios));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The workflows of the kit's scenarios.
fn scenarios(feature: &str) -> Vec<String> {
    let blocks = feature.split("\"\"\"yaml\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("\"\"\"").next());
    let unindented = |block: &str| {
        let indent = block.len() - block.trim_start().len();
        let lines = block
            .lines()
            .map(|line| line.get(indent..).unwrap_or_default());
        lines.collect::<Vec<_>>().join("\n")
    };
    blocks
        .filter(|block| block.contains("document:"))
        .map(unindented)
        .collect()
}
