//! `weir check`: offline, all that is wrong at once.

use std::{fs, io, path::PathBuf};

use serde_json::{Value, json};
use weir_definition::Diagnostic;
use weir_graph::{Limits, Program};

use crate::output::{Exit, Output};

pub(crate) fn check(files: &[PathBuf], output: &Output) -> Exit {
    let mut exit = Exit::Done;
    for file in files.iter().map(File::read) {
        match file.compile() {
            Ok(program) => {
                let value = json!({"file": file.name, "workflow": program.workflow.to_string(),
                    "bound": bound(&program), "diagnostics": []});
                output.print(&value, || summary(&file.name, &program));
            }
            Err(wrong) => exit = wrong.print(&file, output),
        }
    }
    exit
}

/// The sources in these files; if one cannot be read or is not valid, says so, and returns how the
/// command ends.
pub(super) fn valid_sources(files: &[PathBuf], output: &Output) -> Result<Vec<String>, Exit> {
    let mut sources = Ok(Vec::new());
    for file in files.iter().map(File::read) {
        match (file.compile(), &mut sources) {
            (Err(wrong), _) => sources = Err(wrong.print(&file, output)),
            (Ok(_), Ok(sources)) => sources.extend(file.source.ok()),
            (Ok(_), Err(_)) => {}
        }
    }
    sources
}

/// A file that was read, once: it may be a pipe.
struct File {
    name: String,
    source: io::Result<String>,
}

/// What is wrong with a file.
enum Wrong {
    Unreadable(String),
    Invalid(Vec<Diagnostic>),
}

impl File {
    fn read(path: &PathBuf) -> Self {
        Self {
            name: path.display().to_string(),
            source: fs::read_to_string(path),
        }
    }

    fn compile(&self) -> Result<Program, Wrong> {
        let source = self.source.as_ref();
        let source = source.map_err(|error| Wrong::Unreadable(error.to_string()))?;
        weir_catalog::compile(source, &self.name, &Limits::default()).map_err(Wrong::Invalid)
    }
}

impl Wrong {
    fn print(&self, file: &File, output: &Output) -> Exit {
        let name = &file.name;
        match self {
            Self::Unreadable(error) => {
                let value = json!({"file": name, "error": error});
                output.print(&value, || format!("{name}: cannot be read: {error}"));
                Exit::Usage
            }
            Self::Invalid(diagnostics) => {
                let list: Vec<Value> = diagnostics.iter().map(to_json).collect();
                let source = file.source.as_deref().unwrap_or_default();
                output.print(&json!({"file": name, "diagnostics": list}), || {
                    let rendered = diagnostics.iter().map(|d| d.render(source, name));
                    rendered.collect::<Vec<String>>().join("\n")
                });
                Exit::Invalid
            }
        }
    }
}

fn bound(program: &Program) -> Value {
    let bound = program.bound;
    json!({"steps": bound.steps, "actions": bound.actions, "durationMs": bound.duration_ms,
        "branches": bound.branches})
}

fn summary(name: &str, program: &Program) -> String {
    let bound = program.bound;
    format!(
        "{name}: {} is fine. At most {} steps, {} actions, {} at the same time, {}.",
        program.workflow,
        bound.steps,
        bound.actions,
        bound.branches,
        crate::tree::span(bound.duration_ms)
    )
}

pub(super) fn to_json(diagnostic: &Diagnostic) -> Value {
    json!({
        "code": diagnostic.code,
        "message": diagnostic.message,
        "remedy": diagnostic.remedy,
        "pointer": diagnostic.pointer,
        "line": diagnostic.position.line,
        "column": diagnostic.position.column,
    })
}
