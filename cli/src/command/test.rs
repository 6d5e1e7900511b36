//! `weir test`: a workflow's own tests, on the pure engine.

mod junit;
mod text;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::{Value, json};
use weir_definition::{Definition, Diagnostic, Position};
use weir_graph::Limits;
use weir_rehearsal::{Coverage, Performance, Report, Script, rehearse};

use crate::{
    args::Test,
    output::{Exit, Output},
};

/// How the tests of one file went.
struct Suite {
    /// The tests' file.
    name: String,
    /// The workflow's file.
    workflow: String,
    definition: Definition,
    report: Report,
    took: Duration,
}

/// Why tests did not run.
struct Refusal {
    file: String,
    source: String,
    diagnostics: Vec<Diagnostic>,
}

pub(crate) fn test(test: &Test, output: &Output) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    let mut suites = Vec::new();
    for file in &test.files {
        match run(file)? {
            Ok(suite) => {
                output.print(&suite.to_json(), || text::suite(&suite, test.trace));
                if !suite.report.passed() && exit == Exit::Done {
                    exit = Exit::Failed;
                }
                suites.push(suite);
            }
            Err(refusal) => {
                output.print(&refusal.to_json(), || refusal.to_text());
                exit = Exit::Invalid;
            }
        }
    }
    if let Some(path) = &test.junit {
        fs::write(path, junit::document(&suites))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(exit)
}

/// Runs the tests that `file` has beside it, or is.
fn run(file: &Path) -> anyhow::Result<Result<Suite, Refusal>> {
    let begin = Instant::now();
    let (tests, workflow) = pair(file)?;
    let (name, workflow_name) = (tests.display().to_string(), workflow.display().to_string());
    let source = read(&workflow)?;
    let refused = |file: &str, source: &str| {
        let (file, source) = (file.to_owned(), source.to_owned());
        |diagnostics| Refusal {
            file,
            source,
            diagnostics,
        }
    };
    let definition = match weir_definition::parse(&source, &workflow_name) {
        Ok(definition) => definition,
        Err(diagnostics) => return Ok(Err(refused(&workflow_name, &source)(diagnostics))),
    };
    let program = match weir_graph::compile(&definition, &Limits::default()) {
        Ok(program) => Arc::new(program),
        Err(diagnostics) => return Ok(Err(refused(&workflow_name, &source)(diagnostics))),
    };
    let text = read(&tests)?;
    Ok(Script::read(&text, &name, &program)
        .map(|script| Suite {
            report: rehearse(&program, &script),
            name: name.clone(),
            workflow: workflow_name,
            definition,
            took: begin.elapsed(),
        })
        .map_err(refused(&name, &text)))
}

/// The file of the tests, and that of the workflow.
fn pair(file: &Path) -> anyhow::Result<(PathBuf, PathBuf)> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, "yaml"));
    let Some(workflow) = stem.strip_suffix(".test") else {
        let beside = file.with_file_name(format!("{stem}.test.{ending}"));
        if !beside.exists() {
            anyhow::bail!(
                "{} has no tests: write them to {} (docs/testing.md says how)",
                file.display(),
                beside.display()
            );
        }
        return Ok((beside, file.to_owned()));
    };
    let beside = file.with_file_name(format!("{workflow}.{ending}"));
    Ok((file.to_owned(), named(file).unwrap_or(beside)))
}

/// The workflow that the tests name, if they do. What is wrong with them is said later.
fn named(tests: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(tests).ok()?;
    let (_, value) = weir_definition::Source::read(&text, "").ok()?;
    Some(tests.with_file_name(value.get("workflow")?.as_str()?))
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

impl Suite {
    fn to_json(&self) -> Value {
        let cases = self.report.performances.iter().map(case_json);
        json!({
            "file": self.name,
            "workflow": self.workflow,
            "passed": self.report.passed(),
            "cases": cases.collect::<Vec<_>>(),
            "coverage": coverage_json(&self.report.coverage, &self.definition),
            "tookMs": u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// Where in the workflow something stands that was not reached.
    fn place(&self, pointer: &str) -> Position {
        place(&self.definition, pointer)
    }
}

fn place(definition: &Definition, pointer: &str) -> Position {
    let span = definition.source.key_span(pointer);
    definition.source.position(span.start)
}

fn case_json(case: &Performance) -> Value {
    let failures = case.failures.iter().map(|failure| {
        json!({
            "what": failure.what,
            "expected": failure.expected,
            "came": failure.came,
            "line": failure.position.line,
            "column": failure.position.column,
        })
    });
    json!({
        "name": case.name,
        "line": case.position.line,
        "passed": case.failures.is_empty(),
        "elapsedMs": case.elapsed_ms,
        "failures": failures.collect::<Vec<_>>(),
        "trace": case.trace,
    })
}

fn coverage_json(coverage: &Coverage, definition: &Definition) -> Value {
    let [tasks, branches] = coverage.counts();
    let count = |(reached, all)| json!({"reached": reached, "all": all});
    let missing = coverage.missing().map(|point| {
        json!({
            "what": point.to_string(),
            "pointer": point.pointer(),
            "line": place(definition, &point.pointer()).line,
        })
    });
    json!({
        "tasks": count(tasks),
        "branches": count(branches),
        "missing": missing.collect::<Vec<_>>(),
    })
}

impl Refusal {
    fn to_json(&self) -> Value {
        let list = self.diagnostics.iter();
        let list: Vec<_> = list
            .map(|diagnostic| super::check::to_json(diagnostic, &self.source))
            .collect();
        json!({"file": self.file, "diagnostics": list})
    }

    fn to_text(&self) -> String {
        let rendered = self.diagnostics.iter();
        let rendered = rendered.map(|diagnostic| diagnostic.render(&self.source, &self.file));
        rendered.collect::<Vec<_>>().join("\n")
    }
}
