//! What is drawn, whatever the format: scopes of nodes and edges, one in another.
//!
//! Flow directives stay within a list, so no edge crosses the border of a scope.

use std::sync::Arc;

use weir_graph::{
    Analysis, Deadline, Flow, Interval, Kind, ListIndex, Measure, Node as Analysed, Program, Task,
    Via, span, ways,
};

use crate::{dot, mermaid, svg};

/// A workflow, to be drawn.
pub struct Drawing {
    pub(crate) title: String,
    pub(crate) main: Scope,
}

/// A list of tasks.
pub(crate) struct Scope {
    /// What it is to its task, where that is not clear: `try`, `catch`.
    pub label: Option<String>,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

/// A task, or where a list begins or ends.
pub(crate) struct Node {
    /// Unlike all others of the drawing: letters and digits.
    pub id: String,
    /// JSON pointer to the task, if it is one.
    pub reference: Option<Arc<str>>,
    pub shape: Shape,
    /// The first is its name.
    pub lines: Vec<String>,
    /// What is in it.
    pub scopes: Vec<Scope>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Task,
    Choice,
    Start,
    /// The list is left.
    Exit,
    /// The workflow ends.
    End,
}

/// From one node of a scope to another, by their places.
pub(crate) struct Edge {
    pub from: usize,
    pub to: usize,
    pub label: String,
}

impl Drawing {
    /// The control flow of `program`, with what `analysis` says of each task.
    pub fn new(program: &Program, analysis: &Analysis) -> Self {
        let builder = Builder { program, analysis };
        let mut main = builder.scope(program.root, &analysis.tasks, None);
        // The place of every node moves by one.
        for edge in &mut main.edges {
            edge.from += 1;
            edge.to += 1;
        }
        let start = if program.trigger.is_some() {
            "an event"
        } else {
            "start"
        };
        main.nodes
            .insert(0, marker("start".to_owned(), Shape::Start, start));
        main.edges.insert(
            0,
            Edge {
                from: 0,
                to: 1,
                label: String::new(),
            },
        );
        let deadline = match &program.deadline {
            Deadline::Own(Interval::Literal(ms)) => format!(", timeout {}", span(*ms)),
            Deadline::Own(Interval::Computed(_)) => ", timeout computed".to_owned(),
            Deadline::Default(ms) => format!(", default timeout {}", span(*ms)),
            Deadline::Inherited => String::new(),
        };
        let [steps, time] = [Measure::Steps, Measure::Duration].map(|one| analysis.formula(one));
        Self {
            title: format!("{}: ≤ {steps} steps, ≤ {time}{deadline}", program.workflow),
            main,
        }
    }

    /// As a Mermaid flowchart.
    pub fn mermaid(&self) -> String {
        mermaid::render(self)
    }

    /// In the language of Graphviz.
    pub fn dot(&self) -> String {
        dot::render(self)
    }

    /// As an SVG file.
    pub fn svg(&self) -> String {
        svg::render(self)
    }

    /// As an `svg` element for a page of HTML, which brings the style: `states` gives a task, by
    /// its reference, a class of its own (no markup). Texts are escaped.
    pub fn inline_svg(&self, states: &dyn Fn(&str) -> Option<&'static str>) -> String {
        svg::inline(self, states)
    }
}

struct Builder<'a> {
    program: &'a Program,
    analysis: &'a Analysis,
}

impl Builder<'_> {
    fn scope(&self, list: ListIndex, tasks: &[Analysed], label: Option<String>) -> Scope {
        let mut scope = Scope {
            label,
            nodes: tasks.iter().map(|task| self.node(task)).collect(),
            edges: Vec::new(),
        };
        let is_main = list == self.program.root;
        for (from, analysed) in tasks.iter().enumerate() {
            let task = self.program.task(analysed.task);
            for (target, label) in targets(task) {
                let shape = match target {
                    Flow::To(index) => {
                        let to = tasks.iter().position(|other| other.task == index);
                        scope.edges.extend(to.map(|to| Edge { from, to, label }));
                        continue;
                    }
                    Flow::Exit if is_main => Shape::End,
                    // The last task leaves its list, as everybody expects.
                    Flow::Exit | Flow::Out(_) if label.is_empty() && from + 1 == tasks.len() => {
                        continue;
                    }
                    Flow::Exit | Flow::Out(_) => Shape::Exit,
                    Flow::End => Shape::End,
                };
                let to = scope.terminal(shape, list);
                scope.edges.push(Edge { from, to, label });
            }
        }
        scope
    }

    fn node(&self, analysed: &Analysed) -> Node {
        let task = self.program.task(analysed.task);
        let guard = task.guard.iter().map(|_| "if");
        let kind = [analysed.kind].into_iter().chain(guard);
        let kind = kind.collect::<Vec<_>>().join(", ");
        let mut lines = vec![analysed.name.to_string(), kind];
        lines.extend(analysed.why.iter().cloned());
        let [steps, time] = [Measure::Steps, Measure::Duration]
            .map(|measure| self.analysis.formula_of(analysed, measure));
        if steps != "1" {
            lines.push(format!("≤ {steps} steps, ≤ {time}"));
        } else if analysed.bound.duration_ms > 0 {
            lines.push(format!("≤ {time}"));
        }
        let is_choice = matches!(task.kind, Kind::Switch(_));
        let lists = weir_graph::parts(&task.kind);
        let is_try = matches!(task.kind, Kind::Try(_));
        let scopes = lists.iter().zip(&analysed.parts).map(|(list, part)| {
            let label = is_try.then(|| part.label.clone());
            self.scope(*list, &part.tasks, label)
        });
        Node {
            id: format!("t{}", analysed.task.0),
            reference: Some(task.reference.clone()),
            shape: if is_choice {
                Shape::Choice
            } else {
                Shape::Task
            },
            lines,
            scopes: scopes.collect(),
        }
    }
}

impl Scope {
    /// The node that stands for leaving the list, or for the end.
    fn terminal(&mut self, shape: Shape, list: ListIndex) -> usize {
        let known = self.nodes.iter().position(|node| node.shape == shape);
        known.unwrap_or_else(|| {
            let (letter, name) = if shape == Shape::End {
                ('e', "end")
            } else {
                ('x', "exit")
            };
            let id = format!("{letter}{}", list.0);
            self.nodes.push(marker(id, shape, name));
            self.nodes.len() - 1
        })
    }
}

fn marker(id: String, shape: Shape, text: &str) -> Node {
    Node {
        id,
        reference: None,
        shape,
        lines: vec![text.to_owned()],
        scopes: Vec::new(),
    }
}

/// Where the ways out of a task lead, each target once, with what makes it go there.
fn targets(task: &Task) -> Vec<(Flow, String)> {
    let mut targets: Vec<(Flow, Vec<Via>)> = Vec::new();
    for way in ways(task) {
        match targets.iter_mut().find(|(to, _)| *to == way.to) {
            Some((_, vias)) => vias.push(way.via),
            None => targets.push((way.to, vec![way.via])),
        }
    }
    let labelled = targets.into_iter().map(|(to, vias)| {
        let names = vias.iter().map(|via| match (via, &task.kind) {
            (Via::Case(place), Kind::Switch(cases)) => cases[*place].name.as_str(),
            (Via::Then, Kind::Switch(_)) => "no case",
            (Via::Skipped, _) if vias.len() == 1 => "if not",
            (Via::Caught, _) if vias.len() == 1 => "caught",
            // Where it goes anyway.
            (Via::Case(_) | Via::Then | Via::Skipped | Via::Caught, _) => "",
        });
        let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
        (to, names.join(", "))
    });
    labelled.collect()
}
