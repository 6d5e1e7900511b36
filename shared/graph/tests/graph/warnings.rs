//! What compiles, but is warned of; and the examples of the explanations.

use insta::assert_snapshot;
use weir_definition::diagnostic::{Severity, explanations};
use weir_graph::Limits;

use crate::{HEAD, warned};

#[test]
fn each_example_has_its_code() {
    for explanation in explanations().filter(|each| !each.example.is_empty()) {
        let (code, example) = (explanation.code, explanation.example);
        let text = if example.starts_with("document:") {
            example.to_owned()
        } else {
            format!("{HEAD}{example}")
        };
        let limits = Limits {
            steps_max: 1_000_000,
            ..Limits::default()
        };
        let definition = weir_definition::parse(&text, "example.yaml");
        let compiled = definition.and_then(|parsed| weir_graph::compile(&parsed, &limits));
        let found = match (&compiled, explanation.severity()) {
            (Err(errors), Severity::Error) => errors,
            (Ok(program), Severity::Warning) => &program.warnings,
            (other, severity) => panic!("{code} is an {severity:?}: {other:?}"),
        };
        let codes: Vec<_> = found.iter().map(|diagnostic| diagnostic.code).collect();
        assert!(codes.contains(&code), "{code}: {codes:?}\n{text}");
    }
}

#[test]
fn what_no_way_leads_to() {
    let warned = warned(
        "
        do:
          - a: {set: {x: 1}, then: c}
          - b: {do: [inner: {set: {x: 2}}]}
          - c: {switch: [one: {when: .x, then: end}, two: {then: exit}]}
          - d: {raise: {error: {type: 'https://x', status: 500}}}
        ",
    );
    assert_snapshot!(warned, @r"
    3:5 W001 `b` is never run: no way leads to it
    5:5 W001 `d` is never run: no way leads to it
    ");
}
