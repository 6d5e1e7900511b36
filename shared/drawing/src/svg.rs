//! A drawing as SVG, laid out here: scopes one in another.

use std::fmt::Write as _;

use crate::{
    drawing::{Drawing, Node, Scope, Shape},
    layout::{Layout, layout},
};

/// How wide a character is, about.
const CHAR: i32 = 7;
const LINE: i32 = 17;
const PADDING: i32 = 12;
/// Between the scopes of a task.
const SCOPE_GAP: i32 = 20;

const ARROW: &str = "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" \
markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path class=\"head\" d=\"M0 0L8 4L0 8z\" \
fill=\"#456\"/></marker></defs>\n";

const STYLE: &str = "text{font:12px sans-serif;fill:#222}.name{font-weight:bold}\
.small{fill:#667}.box{fill:#fff;stroke:#456}.group{fill:#4561;stroke:#456}\
.choice{fill:#fff6dd;stroke:#a83}.mark{fill:#456}.mark+text{fill:#fff}\
.edge{fill:none;stroke:#456}\
.label{fill:#a50;stroke:#fff;stroke-width:4;paint-order:stroke}";

/// Class of a task by its reference, for a stylesheet of the reader's.
pub(crate) type States<'a> = &'a dyn Fn(&str) -> Option<&'static str>;

/// A picture of its own, with its style and title.
pub(crate) fn render(drawing: &Drawing) -> String {
    let main = Placed::new(&drawing.main);
    let title_width = width(&drawing.title);
    let (width, height) = (main.size.0.max(title_width), main.size.1);
    let (width, height) = (width + 2 * PADDING, height + 2 * PADDING + 2 * LINE);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n<style>{STYLE}</style>\n{ARROW}\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    text(
        &mut out,
        "name",
        (width / 2, PADDING + LINE / 2),
        &drawing.title,
    );
    let left = (width - main.size.0) / 2;
    main.write(&mut out, (left, PADDING + 2 * LINE), &|_| None);
    out.push_str("</svg>\n");
    out
}

/// A picture within a page of HTML, whose stylesheet gives it its looks.
pub(crate) fn inline(drawing: &Drawing, states: States<'_>) -> String {
    let main = Placed::new(&drawing.main);
    let (width, height) = (main.size.0 + 2 * PADDING, main.size.1 + 2 * PADDING);
    let label = escaped(&drawing.title).replace('"', "&quot;");
    let mut out = format!(
        "<svg class=\"graph\" role=\"img\" aria-label=\"{label}\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n{ARROW}"
    );
    main.write(&mut out, (PADDING, PADDING), states);
    out.push_str("</svg>\n");
    out
}

/// A scope with the sizes of all that is in it.
struct Placed<'a> {
    scope: &'a Scope,
    nodes: Vec<Sized<'a>>,
    layout: Layout,
    size: (i32, i32),
}

struct Sized<'a> {
    node: &'a Node,
    scopes: Vec<Placed<'a>>,
    size: (i32, i32),
}

impl<'a> Placed<'a> {
    fn new(scope: &'a Scope) -> Self {
        let nodes: Vec<Sized<'_>> = scope.nodes.iter().map(Sized::new).collect();
        let sizes: Vec<_> = nodes.iter().map(|node| node.size).collect();
        let edges: Vec<_> = scope
            .edges
            .iter()
            .map(|edge| (edge.from, edge.to))
            .collect();
        let layout = layout(&sizes, &edges);
        let (width, mut height) = layout.size;
        if scope.label.is_some() {
            height += LINE;
        }
        Self {
            scope,
            nodes,
            size: (width, height),
            layout,
        }
    }

    fn write(&self, out: &mut String, (left, mut top): (i32, i32), states: States<'_>) {
        if let Some(label) = &self.scope.label {
            text(
                out,
                "small",
                (left + self.size.0 / 2, top + LINE / 2),
                label,
            );
            top += LINE;
        }
        for (node, (x, y)) in self.nodes.iter().zip(&self.layout.places) {
            node.write(out, (left + x, top + y), states);
        }
        let routes = self.layout.routes.iter();
        let routes = routes.map(|route| route.iter().map(|(x, y)| (left + x, top + y)));
        let routes: Vec<Vec<_>> = routes.map(Iterator::collect).collect();
        for route in &routes {
            curve(out, route);
        }
        // Over all lines.
        for (edge, route) in self.scope.edges.iter().zip(&routes) {
            if let ([from, to, ..], false) = (route.as_slice(), edge.label.is_empty()) {
                // Nearer to where it leads: there lines are apart.
                let middle = (
                    from.0 + (to.0 - from.0) * 4 / 5,
                    from.1 + (to.1 - from.1) * 3 / 5,
                );
                text(out, "label", middle, &edge.label);
            }
        }
    }
}

impl<'a> Sized<'a> {
    fn new(node: &'a Node) -> Self {
        let scopes: Vec<Placed<'_>> = node.scopes.iter().map(Placed::new).collect();
        let widest = node.lines.iter().map(|line| width(line)).max();
        let lines = i32::try_from(node.lines.len()).unwrap_or(0);
        let (mut wide, mut high) = (widest.unwrap_or(0), lines * LINE);
        if !scopes.is_empty() {
            let gaps = SCOPE_GAP * i32::try_from(scopes.len() - 1).unwrap_or(0);
            let inner: i32 = scopes.iter().map(|scope| scope.size.0).sum();
            wide = wide.max(inner + gaps);
            let highest = scopes.iter().map(|scope| scope.size.1).max();
            high += PADDING + highest.unwrap_or(0);
        }
        Self {
            node,
            scopes,
            size: (wide + 2 * PADDING, high + PADDING),
        }
    }

    fn write(&self, out: &mut String, (left, top): (i32, i32), states: States<'_>) {
        let (width, height) = self.size;
        let (class, radius) = match self.node.shape {
            Shape::Task if self.scopes.is_empty() => ("box", 4),
            Shape::Task => ("group", 4),
            Shape::Choice => ("choice", 12),
            Shape::Start | Shape::Exit | Shape::End => ("mark", 14),
        };
        let state = self.node.reference.as_deref().and_then(states);
        let state = state.map_or(String::new(), |state| format!(" {state}"));
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "<rect class=\"{class}{state}\" x=\"{left}\" y=\"{top}\" width=\"{width}\" \
             height=\"{height}\" rx=\"{radius}\"/>"
        );
        let middle = left + width / 2;
        let mut y = top + PADDING / 2 + LINE / 2;
        for (place, line) in self.node.lines.iter().enumerate() {
            text(
                out,
                if place == 0 { "name" } else { "small" },
                (middle, y),
                line,
            );
            y += LINE;
        }
        y += PADDING - LINE / 2;
        let inner: i32 = self.scopes.iter().map(|scope| scope.size.0).sum();
        let gaps = SCOPE_GAP * i32::try_from(self.scopes.len()).unwrap_or(0);
        let mut x = middle - (inner + gaps - SCOPE_GAP) / 2;
        for scope in &self.scopes {
            scope.write(out, (x, y), states);
            x += scope.size.0 + SCOPE_GAP;
        }
    }
}

/// A line through the points, that leaves and arrives vertically; to itself: round its side.
fn curve(out: &mut String, route: &[(i32, i32)]) {
    let Some((first, rest)) = route.split_first() else {
        return;
    };
    let mut path = format!("M{} {}", first.0, first.1);
    let mut before = *first;
    for (x, y) in rest {
        let middle = (before.1 + y) / 2;
        let _ = write!(path, "C{} {middle} {x} {middle} {x} {y}", before.0);
        before = (*x, *y);
    }
    let _ = writeln!(
        out,
        "<path class=\"edge\" d=\"{path}\" marker-end=\"url(#arrow)\"/>"
    );
}

fn text(out: &mut String, class: &str, (x, y): (i32, i32), text: &str) {
    let text = escaped(text);
    let _ = writeln!(
        out,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" \
         dominant-baseline=\"central\">{text}</text>"
    );
}

fn width(text: &str) -> i32 {
    let chars = text
        .chars()
        .map(|char| if char > '\u{2e80}' { 2 } else { 1 });
    chars.sum::<i32>() * CHAR
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace(char::is_control, " ")
}
