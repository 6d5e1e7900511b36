//! Workflows that run workflows.

use weir_graph::{Limits, Program, callees_first};

fn program(name: &str, runs: &[&str]) -> Program {
    let mut text = format!(
        "document: {{dsl: 1.0.3, namespace: n, name: {name}, version: 1.0.0}}\n\
         do:\n\
         - first: {{set: {{b: 1}}}}\n"
    );
    for callee in runs {
        let of = format!("{{namespace: n, name: {callee}, version: 1.0.0}}");
        text += &["- ", callee, ": {run: {workflow: ", &of, "}}\n"].concat();
    }
    let definition = weir_definition::parse(&text, "test.yaml").unwrap();
    weir_graph::compile(&definition, &Limits::default()).unwrap()
}

#[test]
fn whatever_is_run_comes_first() {
    let programs = [
        program("top", &["left", "right", "elsewhere"]),
        program("left", &["bottom"]),
        program("right", &["bottom"]),
        program("bottom", &[]),
    ];
    let order = callees_first(&programs.iter().collect::<Vec<_>>()).unwrap();
    let names = order.iter().map(|at| programs[*at].workflow.name.as_str());
    let names: Vec<_> = names.collect();
    assert_eq!(names, ["bottom", "left", "right", "top"]);
}

#[test]
fn a_circle_is_told_without_the_way_to_it() {
    let programs = [
        program("start", &["a"]),
        program("a", &["b"]),
        program("b", &["a"]),
    ];
    let circle = callees_first(&programs.iter().collect::<Vec<_>>()).unwrap_err();
    let circle: Vec<_> = circle.iter().map(ToString::to_string).collect();
    assert_eq!(circle, ["n/a:1.0.0", "n/b:1.0.0", "n/a:1.0.0"]);
}
