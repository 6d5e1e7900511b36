//! `weir check`: offline, all that is wrong at once.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use weir_definition::Diagnostic;
use weir_graph::{Limits, Program};

use crate::output::{Exit, Output};

pub(crate) fn check(files: &[PathBuf], output: &Output) -> Exit {
    let mut exit = Exit::Done;
    for path in files {
        let name = path.display().to_string();
        let source = match fs::read_to_string(path) {
            Ok(source) => source,
            Err(error) => {
                let value = json!({"file": name, "error": error.to_string()});
                output.print(&value, || format!("{name}: cannot be read: {error}"));
                exit = Exit::Usage;
                continue;
            }
        };
        match weir_catalog::compile(&source, &name, &Limits::default()) {
            Ok(program) => {
                let value = json!({"file": name, "workflow": program.workflow.to_string(),
                    "bound": bound(&program), "diagnostics": []});
                output.print(&value, || summary(&name, &program));
            }
            Err(diagnostics) => {
                let list: Vec<Value> = diagnostics.iter().map(to_json).collect();
                output.print(&json!({"file": name, "diagnostics": list}), || {
                    let rendered: Vec<String> = diagnostics
                        .iter()
                        .map(|d| d.render(&source, &name))
                        .collect();
                    rendered.join("\n")
                });
                exit = Exit::Invalid;
            }
        }
    }
    exit
}

/// Whether there is nothing to say about a definition.
pub(super) fn is_valid(path: &Path) -> bool {
    let Ok(source) = fs::read_to_string(path) else {
        return false;
    };
    weir_catalog::compile(&source, "", &Limits::default()).is_ok()
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

fn to_json(diagnostic: &Diagnostic) -> Value {
    json!({
        "code": diagnostic.code,
        "message": diagnostic.message,
        "remedy": diagnostic.remedy,
        "pointer": diagnostic.pointer,
        "line": diagnostic.position.line,
        "column": diagnostic.position.column,
    })
}
