//! `weir graph`: the control flow of a workflow, drawn, with its deadlines and bounds.

use serde_json::json;
use weir_drawing::Drawing;
use weir_graph::analyze;

use super::source::{self, Rules};
use crate::{
    args::{Args, Format, Graph},
    output::{Exit, Output},
};

pub(crate) fn graph(args: &Args, graph: &Graph, output: &Output) -> anyhow::Result<Exit> {
    let program = match source::valid(&graph.file, &Rules::of(args)?, output) {
        Ok(program) => program,
        Err(exit) => return Ok(exit),
    };
    let drawing = Drawing::new(&program, &analyze(&program));
    let (name, text) = match graph.format {
        Format::Mermaid => ("mermaid", drawing.mermaid()),
        Format::Dot => ("dot", drawing.dot()),
        Format::Svg => ("svg", drawing.svg()),
    };
    let value = json!({"file": graph.file, "format": name, "graph": text});
    output.print(&value, || text);
    Ok(Exit::Done)
}
