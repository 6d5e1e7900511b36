//! A drawing in the language of Graphviz.

use std::fmt::Write as _;

use crate::drawing::{Drawing, Node, Scope, Shape};

pub(crate) fn render(drawing: &Drawing) -> String {
    let mut out = format!(
        "digraph workflow {{\n  label=\"{}\";\n  compound=true;\n  \
         node [shape=box, style=rounded, fontname=sans];\n  edge [fontname=sans];\n",
        escaped(&drawing.title)
    );
    write_scope(&mut out, &drawing.main, 1);
    out.push_str("}\n");
    out
}

/// Writing to a string does not fail.
fn write_scope(out: &mut String, scope: &Scope, depth: usize) {
    let indent = "  ".repeat(depth);
    for node in &scope.nodes {
        write_node(out, node, depth);
    }
    for edge in &scope.edges {
        let (from, to) = (&scope.nodes[edge.from], &scope.nodes[edge.to]);
        let mut attributes = Vec::new();
        if !edge.label.is_empty() {
            attributes.push(format!("label=\"{}\"", escaped(&edge.label)));
        }
        // An edge of a cluster is one of a node in it that is cut off at its border.
        if !from.scopes.is_empty() {
            attributes.push(format!("ltail=cluster_{}", from.id));
        }
        if !to.scopes.is_empty() {
            attributes.push(format!("lhead=cluster_{}", to.id));
        }
        let attributes = match attributes.as_slice() {
            [] => String::new(),
            all => format!(" [{}]", all.join(", ")),
        };
        let (from, to) = (inner(from, true), inner(to, false));
        let _ = writeln!(out, "{indent}{from} -> {to}{attributes};");
    }
}

/// A node that is no cluster: the last or the first in it.
fn inner(node: &Node, last: bool) -> &str {
    let scopes = &node.scopes;
    let scope = if last { scopes.last() } else { scopes.first() };
    let nodes = scope.map(|scope| &scope.nodes);
    let next = nodes.and_then(|nodes| if last { nodes.last() } else { nodes.first() });
    next.map_or(&node.id, |next| inner(next, last))
}

fn write_node(out: &mut String, node: &Node, depth: usize) {
    let indent = "  ".repeat(depth);
    let id = &node.id;
    let lines: Vec<String> = node.lines.iter().map(|line| escaped(line)).collect();
    let label = lines.join("\\n");
    if node.scopes.is_empty() {
        let shape = match node.shape {
            Shape::Task => "",
            Shape::Choice => ", shape=diamond, style=solid",
            Shape::Start => ", shape=oval",
            Shape::Exit => ", shape=circle",
            Shape::End => ", shape=doublecircle, style=solid",
        };
        let _ = writeln!(out, "{indent}{id} [label=\"{label}\"{shape}];");
        return;
    }
    let _ = writeln!(out, "{indent}subgraph cluster_{id} {{");
    let _ = writeln!(out, "{indent}  label=\"{label}\";");
    for (place, scope) in node.scopes.iter().enumerate() {
        match &scope.label {
            Some(label) => {
                let _ = writeln!(out, "{indent}  subgraph cluster_{id}p{place} {{");
                let _ = writeln!(out, "{indent}    label=\"{}\";", escaped(label));
                write_scope(out, scope, depth + 2);
                let _ = writeln!(out, "{indent}  }}");
            }
            None => write_scope(out, scope, depth + 1),
        }
    }
    let _ = writeln!(out, "{indent}}}");
}

fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace(char::is_control, " ")
}
