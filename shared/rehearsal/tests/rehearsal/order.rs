//! The example: every branch, the timeouts and the compensation.

use weir_rehearsal::Point;

use super::{compiled, failures, run};

const WORKFLOW: &str = include_str!("../../../../examples/order.yaml");
const TESTS: &str = include_str!("../../../../examples/order.test.yaml");

#[test]
fn the_order_does_what_its_tests_say() {
    let report = run(&compiled(WORKFLOW), TESTS);
    let none: [&str; 0] = [];
    assert_eq!(failures(&report), none);
    let missing: Vec<_> = report.coverage.missing().map(Point::to_string).collect();
    assert_eq!(missing, none);
}
