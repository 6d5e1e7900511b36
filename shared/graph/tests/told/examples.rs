//! `docs/examples.md`: what the specification's examples can cost, or why they are refused.
//!
//! `WEIR_UPDATE=1` writes it where the specification is at hand. What is refused today may be
//! supported tomorrow, so elsewhere only this is tested: that every example is on the page, and
//! that each that is refused has a remedy.

use std::{collections::BTreeMap, env, fmt::Write as _, fs, path::PathBuf};

use weir_graph::{Measure, analyze, span};

use crate::compiled;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The examples by name; none if the specification is not at hand.
fn examples() -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(root().join("../shared/spec/examples")) else {
        return BTreeMap::new();
    };
    let files = entries.map(|entry| entry.unwrap().path());
    let documents = files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    documents
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn page(examples: &BTreeMap<String, String>) -> String {
    let (mut bounded, mut refused) = (String::new(), String::new());
    let mut count = 0;
    for (name, text) in examples {
        match compiled(text) {
            Ok(program) => {
                count += 1;
                let analysis = analyze(&program);
                let formula = analysis.formula(Measure::Steps);
                let number = analysis.bound.steps.to_string();
                let steps = if formula == number {
                    number
                } else {
                    format!("{number} = {formula}")
                };
                let bound = analysis.bound;
                let _ = writeln!(
                    bounded,
                    "| {name} | {steps} | {} | {} | {} | {} | {} |",
                    bound.actions,
                    bound.emits,
                    bound.events,
                    bound.branches,
                    span(bound.duration_ms)
                );
            }
            Err(wrong) => {
                for diagnostic in wrong {
                    assert!(!diagnostic.remedy.is_empty(), "{name}: {diagnostic}");
                    let cell = |text: &str| text.replace('|', "\\|");
                    let (message, remedy) = (cell(&diagnostic.message), cell(&diagnostic.remedy));
                    let line = diagnostic.position.line;
                    let code = diagnostic.code;
                    let _ = writeln!(refused, "| {name}:{line} | {code} | {message} | {remedy} |");
                }
            }
        }
    }
    format!(
        "# The specification's examples\n\n\
         Of the {} examples of the specification (1.0.3), {count} are taken as they are. What each \
         can cost\n\
         at most, under the default limits:\n\n\
         | example | steps | actions | emits | journal events | branches | time |\n\
         |---|---|---|---|---|---|---|\n\
         {bounded}\n\
         What is refused, and what to write instead:\n\n\
         | where | code | what | remedy |\n\
         |---|---|---|---|\n\
         {refused}\n\
         This page is generated: `WEIR_UPDATE=1 cargo test -p weir-graph --test told examples`.\n",
        examples.len()
    )
}

#[test]
fn every_example_is_on_the_page() {
    let examples = examples();
    if examples.is_empty() {
        println!("skipped: the specification is not at hand");
        return;
    }
    let path = root().join("docs/examples.md");
    let page = page(&examples);
    if env::var_os("WEIR_UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    if written != page {
        println!("docs/examples.md is old: run this again with WEIR_UPDATE=1");
    }
    for name in examples.keys() {
        let listed = [format!("\n| {name} |"), format!("\n| {name}:")];
        let is_listed = listed.iter().any(|row| written.contains(row));
        assert!(is_listed, "{name} is missing: WEIR_UPDATE=1 adds it");
    }
}
