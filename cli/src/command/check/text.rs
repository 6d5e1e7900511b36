//! What was found, for people.

use std::{collections::BTreeSet, fmt::Write as _};

use weir_definition::{Diagnostic, diagnostic::explain};
use weir_graph::{Measure, Program, span};

use crate::command::source::{Checked, Found};

/// The codes whose meaning was told already.
#[derive(Default)]
pub(crate) struct Told(BTreeSet<&'static str>);

impl Told {
    pub fn file(&mut self, file: &Checked) -> String {
        let mut out = String::new();
        for diagnostic in file.diagnostics() {
            self.write(&mut out, diagnostic, file);
            out.push('\n');
        }
        let name = &file.name;
        // Writing to a string does not fail.
        let _ = match &file.found {
            Found::Valid(program) => write!(out, "{name}: {}", fine(program, &counted(file))),
            Found::Invalid(_) => write!(
                out,
                "{name}: {}. `weir explain CODE` says more",
                counted(file)
            ),
            Found::Unreadable(error) => write!(out, "{name}: cannot be read: {error}"),
        };
        out
    }

    fn write(&mut self, out: &mut String, diagnostic: &Diagnostic, file: &Checked) {
        out.push_str(&diagnostic.render(&file.text, &file.name));
        if let Some(explanation) = explain(diagnostic.code)
            && self.0.insert(explanation.code)
        {
            let margin = diagnostic.position.line.to_string().len();
            let _ = writeln!(out, "{:margin$} = why: {}", "", explanation.reason);
        }
    }
}

fn fine(program: &Program, warnings: &str) -> String {
    let but = if program.warnings.is_empty() {
        String::new()
    } else {
        format!(", with {warnings}")
    };
    let bound = program.bound;
    format!(
        "{} is fine{but}. At most {} steps, {} actions, {} at the same time, {}.",
        program.workflow,
        bound.get(Measure::Steps),
        bound.get(Measure::Actions),
        bound.get(Measure::Branches),
        span(bound.get(Measure::Duration))
    )
}

/// `2 errors, 1 warning`.
fn counted(file: &Checked) -> String {
    let (errors, warnings) = file.counts();
    let several = |count, what| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        count => Some(format!("{count} {what}s")),
    };
    let counts = [several(errors, "error"), several(warnings, "warning")];
    counts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
