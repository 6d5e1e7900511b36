//! What was found, as a SARIF 2.1.0 log: what code review tools read.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};
use weir_definition::{
    Diagnostic,
    diagnostic::{Explanation, explanations},
};

use crate::command::source::{Checked, Found};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One run over all files.
pub(super) fn log(files: &[Checked]) -> String {
    let indices: BTreeMap<&str, usize> = explanations()
        .enumerate()
        .map(|(index, explanation)| (explanation.code, index))
        .collect();
    let results = files.iter().flat_map(|file| {
        let of_file = file.diagnostics().iter();
        of_file.map(|diagnostic| result(file, diagnostic, &indices))
    });
    let results: Vec<Value> = results.collect();
    let unreadable: Vec<Value> = files.iter().filter_map(notification).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "weir",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": explanations().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": unreadable.is_empty(),
                "toolExecutionNotifications": unreadable,
            }],
            "results": results,
        }],
    });
    format!("{log:#}")
}

fn rule(explanation: &Explanation) -> Value {
    json!({
        "id": explanation.code,
        "shortDescription": {"text": explanation.title},
        "fullDescription": {"text": explanation.reason},
        "help": {"text": explanation.remedy, "markdown": explanation.section()},
        "defaultConfiguration": {"level": explanation.severity().name()},
    })
}

fn result(file: &Checked, diagnostic: &Diagnostic, indices: &BTreeMap<&str, usize>) -> Value {
    let end = diagnostic.end(&file.text);
    let mut result = json!({
        "ruleId": diagnostic.code,
        "level": diagnostic.severity().name(),
        "message": {"text": format!("{}: {}", diagnostic.message, diagnostic.remedy)},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": uri(&file.name)},
                "region": {
                    "startLine": diagnostic.position.line,
                    "startColumn": diagnostic.position.column,
                    "endLine": end.line,
                    "endColumn": end.column,
                },
            },
            "logicalLocations": [{"fullyQualifiedName": diagnostic.pointer}],
        }],
    });
    if let Some(index) = indices.get(diagnostic.code) {
        result["ruleIndex"] = json!(index);
    }
    result
}

/// A path as a URI reference: whatever means something else there is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        let char = char::from(byte);
        if char.is_ascii_alphanumeric() || "-._~/".contains(char) {
            uri.push(char);
        } else {
            // Writing to a string does not fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// That a file could not be looked at.
fn notification(file: &Checked) -> Option<Value> {
    let Found::Unreadable(error) = &file.found else {
        return None;
    };
    Some(json!({
        "level": "error",
        "message": {"text": format!("{} cannot be read: {error}", file.name)},
    }))
}
