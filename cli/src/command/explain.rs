//! `weir explain`: what a diagnostic's code means.

use anyhow::Context;
use serde_json::{Value, json};
use weir_definition::diagnostic::{Explanation, explain as find, explanations};

use crate::output::{Exit, Output};

pub(crate) fn explain(code: Option<&str>, output: &Output) -> anyhow::Result<Exit> {
    let Some(code) = code else {
        for explanation in explanations() {
            output.print(&to_json(explanation), || {
                format!("{}  {}", explanation.code, explanation.title)
            });
        }
        return Ok(Exit::Done);
    };
    let explanation = find(code)
        .with_context(|| format!("there is no code `{code}`: `weir explain` lists all of them"))?;
    output.print(&to_json(explanation), || text(explanation));
    Ok(Exit::Done)
}

fn to_json(explanation: &Explanation) -> Value {
    json!({
        "code": explanation.code,
        "severity": explanation.severity().name(),
        "title": explanation.title,
        "reason": explanation.reason,
        "remedy": explanation.remedy,
        "example": explanation.example,
    })
}

fn text(explanation: &Explanation) -> String {
    let Explanation {
        code,
        title,
        reason,
        remedy,
        example,
    } = explanation;
    let severity = explanation.severity().name();
    let mut text = format!("{severity} {code}: {title}\n\n{reason}\n\nRemedy: {remedy}\n");
    if !example.is_empty() {
        text.push_str("\nFor example:\n\n");
        for line in example.lines() {
            text.push_str("    ");
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
