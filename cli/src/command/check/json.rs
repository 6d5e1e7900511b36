//! What was found, for programs.

use serde_json::{Value, json};
use weir_definition::{Diagnostic, diagnostic::explain};
use weir_graph::{Bound, Measure};

use crate::command::source::{Checked, Found};

pub(super) fn file(file: &Checked) -> Value {
    let list: Vec<Value> = file
        .diagnostics()
        .iter()
        .map(|found| diagnostic(found, &file.text))
        .collect();
    match &file.found {
        Found::Valid(program) => json!({"file": file.name,
            "workflow": program.workflow.to_string(), "bound": bound(&program.bound),
            "diagnostics": list}),
        Found::Invalid(_) => json!({"file": file.name, "diagnostics": list}),
        Found::Unreadable(error) => json!({"file": file.name, "error": error}),
    }
}

pub(crate) fn bound(bound: &Bound) -> Value {
    let numbers = Measure::ALL.map(|measure| {
        let number = json!(bound.get(measure));
        (measure.key().to_owned(), number)
    });
    Value::Object(numbers.into_iter().collect())
}

/// A diagnostic about `text`.
pub(crate) fn diagnostic(diagnostic: &Diagnostic, text: &str) -> Value {
    let end = diagnostic.end(text);
    json!({
        "code": diagnostic.code,
        "severity": diagnostic.severity().name(),
        "message": diagnostic.message,
        "reason": explain(diagnostic.code).map(|explanation| explanation.reason),
        "remedy": diagnostic.remedy,
        "pointer": diagnostic.pointer,
        "line": diagnostic.position.line,
        "column": diagnostic.position.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}
