//! `docs/examples.md`: what the specification's examples and use cases can cost, and that they run:
//! as they are, or else with a remedy. `scenes.yaml` has the remedies and the runs.
//!
//! Needs the specification at hand; elsewhere nothing is tested. `WEIR_UPDATE=1` writes the page.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests fail by panicking, and print what they leave out"
)]

mod page;
mod remedy;
mod specification;

use std::{env, fs, path::PathBuf, sync::Arc};

use serde_json::{Map, Value};
use weir_definition::{Diagnostic, Source};
use weir_graph::{Limits, Program, span};
use weir_rehearsal::{Performance, Script, rehearse};

/// The code of what is not YAML.
const SYNTAX: &str = "E002";

/// What became of a document.
struct Document {
    name: String,
    /// Why it is refused as it is; empty: it is taken.
    refused: Vec<Diagnostic>,
    /// As it is, or with the remedy.
    program: Arc<Program>,
    /// How its runs ended.
    runs: String,
}

/// What is written about a document in `scenes.yaml`.
struct Scene<'a> {
    remedy: Option<&'a Map<String, Value>>,
    cases: &'a Value,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn compiled(text: &str) -> Result<Arc<Program>, Vec<Diagnostic>> {
    let definition = weir_definition::parse(text, "example")?;
    weir_graph::compile(&definition, &Limits::default()).map(Arc::new)
}

#[test]
fn every_example_runs_within_its_bound() {
    let documents = specification::documents(&root());
    if documents.is_empty() {
        println!("skipped: the specification is not at hand");
        return;
    }
    let (_, scenes) = Source::read(include_str!("scenes.yaml"), "scenes.yaml").unwrap();
    let mut wrong = Vec::new();
    let mut told = Vec::new();
    for (name, text) in &documents {
        match tell(name, text, &scene(&scenes, name)) {
            Ok(document) => told.push(document),
            Err(failed) => wrong.push(format!("{name}: {failed}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    for name in scenes.as_object().unwrap().keys() {
        assert!(documents.contains_key(name), "there is no `{name}`");
    }
    let path = root().join("docs/examples.md");
    let now = page::write(&told);
    if env::var_os("WEIR_UPDATE").is_some() {
        fs::write(&path, &now).unwrap();
    }
    page::compare(&fs::read_to_string(&path).unwrap(), &now, &told);
}

fn scene<'a>(scenes: &'a Value, name: &str) -> Scene<'a> {
    let scene = scenes.get(name);
    let scene = scene.unwrap_or_else(|| panic!("scenes.yaml says nothing of `{name}`"));
    Scene {
        remedy: scene.get("remedy").and_then(Value::as_object),
        cases: &scene["cases"],
    }
}

/// What becomes of a document, or what is not as its scene says.
fn tell(name: &str, text: &str, scene: &Scene<'_>) -> Result<Document, String> {
    let document = |refused, program, runs| Document {
        name: name.to_owned(),
        refused,
        program,
        runs,
    };
    let mut text = text.to_owned();
    let mut refused = Vec::new();
    if let Err(wrong) = compiled(&text)
        && wrong.iter().any(|one| one.code == SYNTAX)
    {
        // Nothing else is said until it can be read.
        refused = wrong;
        text = remedy::quoted(&text);
    }
    match compiled(&text) {
        Ok(program) => {
            let runs = match play(&program, scene.cases) {
                // Its scene is of the remedy, for which there is no need any more.
                Err(failed) if scene.remedy.is_some() => {
                    println!("{name} is taken now: it needs another scene: {failed}");
                    "not yet".to_owned()
                }
                runs => runs?,
            };
            return Ok(document(refused, program, runs));
        }
        Err(wrong) => refused.extend(wrong),
    }
    if let Some(mute) = refused.iter().find(|one| one.remedy.is_empty()) {
        return Err(format!("is refused without a remedy: {mute}"));
    }
    let Some(remedy) = scene.remedy else {
        return Err(format!(
            "is refused, but its scene has no remedy: {refused:#?}"
        ));
    };
    let text = remedy::applied(&text, remedy);
    let program = compiled(&text).map_err(|wrong| format!("{wrong:#?}\n{text}"))?;
    let runs = play(&program, scene.cases)?;
    Ok(document(refused, program, runs))
}

/// Runs the cases: how they ended, or what was not as expected.
fn play(program: &Arc<Program>, cases: &Value) -> Result<String, String> {
    let tests = serde_json::json!({ "cases": cases }).to_string();
    let script = Script::read(&tests, "scenes.yaml", program);
    let script = script.map_err(|wrong| format!("{wrong:#?}"))?;
    let report = rehearse(program, &script);
    let mut ends = Vec::new();
    for run in &report.performances {
        if let Some(failure) = run.failures.first() {
            let trace = run.trace.join("\n");
            return Err(format!("{}: {failure:?}\n{trace}", run.name));
        }
        assert!(run.elapsed_ms <= program.bound.duration_ms, "{}", run.name);
        let end = end(run);
        if !ends.contains(&end) {
            ends.push(end);
        }
    }
    Ok(ends.join("; "))
}

/// Such as `completed after 30 s`.
fn end(run: &Performance) -> String {
    let last = run.trace.last().unwrap().trim_start();
    let (_, what) = last.split_once("  ").unwrap();
    let what = what.split([' ', ':']).next().unwrap();
    match run.elapsed_ms {
        0 => format!("{what} at once"),
        ms => format!("{what} after {}", span(ms)),
    }
}
