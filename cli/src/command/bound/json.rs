//! A bound for programs.

use serde_json::{Map, Value, json};
use weir_graph::{Analysis, Measure, Node};

use super::Statement;
use crate::command::check;

pub(super) fn statement(statement: &Statement<'_>) -> Value {
    let analysis = &statement.analysis;
    let assumptions = analysis.assumptions.iter().map(|assumption| {
        json!({
            "symbol": assumption.symbol,
            "task": &*assumption.reference,
            "text": assumption.text,
            "source": assumption.source,
        })
    });
    json!({
        "file": statement.file,
        "workflow": statement.program.workflow.to_string(),
        "ofInput": statement.of_input,
        "bound": check::bound(&analysis.bound),
        "journalBytesMax": analysis.bound.journal_bytes(statement.value_bytes_max),
        "formulas": formulas(|measure| analysis.formula(measure)),
        "assumptions": assumptions.collect::<Vec<_>>(),
        "tasks": tasks(analysis, &analysis.tasks),
    })
}

fn tasks(analysis: &Analysis, nodes: &[Node]) -> Value {
    nodes.iter().map(|one| node(analysis, one)).collect()
}

fn node(analysis: &Analysis, node: &Node) -> Value {
    let costliest = node.costliest.iter().map(|measure| measure.key());
    let parts = node
        .parts
        .iter()
        .map(|part| json!({"label": part.label, "tasks": tasks(analysis, &part.tasks)}));
    json!({
        "name": &*node.name,
        "reference": &*node.reference,
        "kind": node.kind,
        "bound": check::bound(&node.bound),
        "formulas": formulas(|measure| analysis.formula_of(node, measure)),
        "why": node.why,
        "costliest": costliest.collect::<Vec<_>>(),
        "parts": parts.collect::<Vec<_>>(),
    })
}

fn formulas(formula: impl Fn(Measure) -> String) -> Value {
    let named = Measure::ALL.map(|measure| (measure.key().to_owned(), json!(formula(measure))));
    Value::Object(Map::from_iter(named))
}
