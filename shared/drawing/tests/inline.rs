//! The picture for pages: no style of its own, states as classes, and texts that stay texts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use weir_drawing::Drawing;
use weir_graph::{Limits, analyze, compile};

const SOURCE: &str = "\
document: { dsl: 1.0.3, namespace: shop, name: order, version: 1.0.0 }
do:
  - '<script>\"&':
      set: { a: 1 }
  - next: { wait: PT1S }
";

#[test]
fn tasks_have_states_and_no_markup() {
    let definition = weir_definition::parse(SOURCE, "order.yaml").unwrap();
    let program = compile(&definition, &Limits::default()).unwrap();
    let drawing = Drawing::new(&program, &analyze(&program));
    let svg = drawing.inline_svg(&|reference| (reference == "/do/1/next").then_some("waiting"));
    assert!(!svg.contains("<script"), "{svg}");
    assert!(!svg.contains("style"), "{svg}");
    assert!(svg.contains("&lt;script>\"&amp;</text>"), "{svg}");
    assert_eq!(svg.matches("class=\"box waiting\"").count(), 1, "{svg}");
}
