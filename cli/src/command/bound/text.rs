//! A bound for people: the whole, what it rests on, task by task, the costliest paths.

use std::fmt::Write as _;

use weir_graph::{Analysis, Deadline, Interval, Measure, Node, span};

use super::Statement;
use crate::{
    number::grouped,
    table::{Align, Table},
};

/// The measures of each task that are shown.
const SHOWN: [Measure; 4] = [
    Measure::Steps,
    Measure::Actions,
    Measure::Events,
    Measure::Duration,
];

pub(super) fn statement(statement: &Statement<'_>) -> String {
    let analysis = &statement.analysis;
    let of_input = if statement.of_input {
        ", with this input"
    } else {
        ""
    };
    let mut out = format!(
        "{}: {}: the most that one instance can do{of_input}\n\n",
        statement.file, statement.program.workflow
    );
    out.push_str(&whole(statement));
    if !analysis.assumptions.is_empty() {
        out.push_str("\nIt rests on\n\n");
        let mut table = Table::new([Align::Left, Align::Left]);
        for assumption in &analysis.assumptions {
            table.row([assumption.text.clone(), assumption.source.to_owned()]);
        }
        out.push_str(&table.render("  "));
    }
    out.push_str("\nTask by task (one activation, with all that is in it)\n\n");
    out.push_str(&tasks(analysis));
    out.push_str("\nThe costliest paths\n\n");
    out.push_str(&paths(analysis));
    out
}

/// The numbers of the whole, and their formulas where those say more.
fn whole(statement: &Statement<'_>) -> String {
    let analysis = &statement.analysis;
    let mut table = Table::new([Align::Left, Align::Right, Align::Left]);
    for measure in Measure::ALL {
        let number = number(measure, analysis.bound.get(measure));
        let formula = analysis.formula(measure);
        let plain = analysis.bound.get(measure).to_string();
        let formula = if measure == Measure::Duration
            && let Some(deadline) = deadline(statement)
        {
            deadline.to_owned()
        } else if formula == number || formula == plain {
            String::new()
        } else {
            format!("= {formula}")
        };
        table.row([measure.name().to_owned(), number, formula]);
    }
    let most = analysis.bound.journal_bytes(statement.value_bytes_max);
    let each = grouped(statement.value_bytes_max);
    table.row([
        "journal bytes in all".to_owned(),
        grouped(most),
        format!("if each value had {each} bytes, the most it can (limits.payload_bytes_max)"),
    ]);
    table.render("  ")
}

/// The workflow's deadline, if that is what its time comes from.
fn deadline(statement: &Statement<'_>) -> Option<&'static str> {
    let duration_ms = statement.analysis.bound.duration_ms;
    match &statement.program.deadline {
        Deadline::Own(Interval::Literal(ms)) if *ms == duration_ms => {
            Some("the workflow's timeout")
        }
        Deadline::Default(ms) if *ms == duration_ms => {
            Some("the workflow's default timeout (limits.workflow_timeout_ms)")
        }
        Deadline::Own(_) | Deadline::Default(_) | Deadline::Inherited => None,
    }
}

fn number(measure: Measure, number: u64) -> String {
    if measure == Measure::Duration {
        span(number)
    } else {
        grouped(number)
    }
}

fn tasks(analysis: &Analysis) -> String {
    let mut table = Table::new([
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Left,
    ]);
    table.row(["task", "", "steps", "actions", "events", "time", "why"].map(str::to_owned));
    write_tasks(&mut table, analysis, &analysis.tasks, 0);
    table.render("  ")
}

fn write_tasks(table: &mut Table<7>, analysis: &Analysis, nodes: &[Node], depth: usize) {
    for node in nodes {
        let [steps, actions, events, time] =
            SHOWN.map(|measure| analysis.formula_of(node, measure));
        table.row([
            format!("{}{}", "  ".repeat(depth), node.name),
            node.kind.to_owned(),
            steps,
            actions,
            events,
            time,
            node.why.join("; "),
        ]);
        for part in &node.parts {
            // A list that is the task's only one needs no name.
            let is_named = node.parts.len() > 1 && node.kind == "try";
            if is_named {
                let label = format!("{}{}:", "  ".repeat(depth + 1), part.label);
                table.row([&*label, "", "", "", "", "", ""].map(str::to_owned));
            }
            let inner = depth + 1 + usize::from(is_named);
            write_tasks(table, analysis, &part.tasks, inner);
        }
    }
}

/// The tasks on the costliest path of each measure; measures with the same one share a line.
fn paths(analysis: &Analysis) -> String {
    let mut paths: Vec<(Vec<&str>, String)> = Vec::new();
    for measure in SHOWN {
        let path = path(&analysis.tasks, measure);
        if path.is_empty() {
            continue;
        }
        let name = if measure == Measure::Duration {
            "time"
        } else {
            measure.name()
        };
        match paths.iter_mut().find(|(_, known)| *known == path) {
            Some((names, _)) => names.push(name),
            None => paths.push((vec![name], path)),
        }
    }
    let mut out = String::new();
    for (names, path) in paths {
        // Writing to a string does not fail.
        let _ = writeln!(out, "  {}: {path}", names.join(", "));
    }
    out
}

/// `a → b (c → d) → e`; side by side: `a (b | c)`.
fn path(nodes: &[Node], measure: Measure) -> String {
    let on_path = nodes
        .iter()
        .filter(|node| node.costliest.contains(&measure));
    let steps = on_path.map(|node| {
        let parts = node.parts.iter().map(|part| path(&part.tasks, measure));
        let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
        let between = if node.kind == "fork" { " | " } else { " → " };
        match parts.as_slice() {
            [] => node.name.to_string(),
            parts => format!("{} ({})", node.name, parts.join(between)),
        }
    });
    steps.collect::<Vec<_>>().join(" → ")
}
