//! A drawing as a Mermaid flowchart.

use std::fmt::Write as _;

use crate::drawing::{Drawing, Node, Scope, Shape};

pub(crate) fn render(drawing: &Drawing) -> String {
    let title = drawing.title.replace('"', "'");
    let mut out = format!("---\ntitle: \"{title}\"\n---\nflowchart TD\n");
    write_scope(&mut out, &drawing.main, 1);
    out
}

/// Writing to a string does not fail.
fn write_scope(out: &mut String, scope: &Scope, depth: usize) {
    let indent = "  ".repeat(depth);
    for node in &scope.nodes {
        write_node(out, node, depth);
    }
    for edge in &scope.edges {
        let (from, to) = (&scope.nodes[edge.from].id, &scope.nodes[edge.to].id);
        let label = match &*edge.label {
            "" => String::new(),
            label => format!("|\"{}\"|", escaped(label)),
        };
        let _ = writeln!(out, "{indent}{from} -->{label} {to}");
    }
}

fn write_node(out: &mut String, node: &Node, depth: usize) {
    let indent = "  ".repeat(depth);
    let lines: Vec<String> = node.lines.iter().map(|line| escaped(line)).collect();
    let (id, label) = (&node.id, lines.join("<br/>"));
    if node.scopes.is_empty() {
        let (left, right) = match node.shape {
            Shape::Task => ("[", "]"),
            Shape::Choice => ("{", "}"),
            Shape::Start => ("([", "])"),
            Shape::Exit => ("((", "))"),
            Shape::End => ("(((", ")))"),
        };
        let _ = writeln!(out, "{indent}{id}{left}\"{label}\"{right}");
        return;
    }
    // A title takes one line.
    let title = lines.join(" · ");
    let _ = writeln!(out, "{indent}subgraph {id}[\"{title}\"]");
    for (place, scope) in node.scopes.iter().enumerate() {
        match &scope.label {
            Some(label) => {
                let label = escaped(label);
                let _ = writeln!(out, "{indent}  subgraph {id}p{place}[\"{label}\"]");
                write_scope(out, scope, depth + 2);
                let _ = writeln!(out, "{indent}  end");
            }
            None => write_scope(out, scope, depth + 1),
        }
    }
    let _ = writeln!(out, "{indent}end");
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for char in text.chars() {
        match char {
            '"' | '#' | '<' | '>' | '&' | '`' | '\\' => {
                let _ = write!(out, "#{};", u32::from(char));
            }
            char if char.is_control() => out.push(' '),
            char => out.push(char),
        }
    }
    out
}
