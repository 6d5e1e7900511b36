//! Results for people.

use std::fmt::Write as _;

use weir_insight::lasted;
use weir_rehearsal::Performance;

use super::Suite;
use crate::tree::Paint;

pub(super) fn suite(suite: &Suite, trace: bool) -> String {
    let mut out = format!("{} on {}\n", suite.name, suite.workflow);
    for case in &suite.report.performances {
        write_case(&mut out, suite, case, trace);
    }
    write_coverage(&mut out, suite);
    let all = suite.report.performances.len();
    let failed = suite.report.performances.iter();
    let failed = failed.filter(|case| !case.failures.is_empty()).count();
    let virtual_ms = suite.report.performances.iter();
    let virtual_ms: u64 = virtual_ms.map(|case| case.elapsed_ms).sum();
    let _ = writeln!(
        out,
        "{} passed, {failed} failed; {} of virtual time in {} ms",
        all - failed,
        lasted(virtual_ms),
        suite.took.as_millis()
    );
    out
}

fn write_case(out: &mut String, suite: &Suite, case: &Performance, trace: bool) {
    let (sign, name) = (case.failures.is_empty(), &case.name);
    let sign = if sign {
        Paint::status("completed").wrap("ok    ")
    } else {
        Paint::status("faulted").wrap("FAILED")
    };
    let _ = writeln!(out, "  {sign} {name}  ({})", lasted(case.elapsed_ms));
    for failure in &case.failures {
        let position = failure.position;
        let _ = writeln!(
            out,
            "      {}:{}:{}: {}\n        expected: {}\n        came:     {}",
            suite.name,
            position.line,
            position.column,
            failure.what,
            failure.expected,
            failure.came
        );
    }
    if trace || !case.failures.is_empty() {
        let _ = writeln!(out, "      what happened:");
        for line in &case.trace {
            let _ = writeln!(out, "      {line}");
        }
    }
}

fn write_coverage(out: &mut String, suite: &Suite) {
    let coverage = &suite.report.coverage;
    let [tasks, branches] = coverage.counts();
    let _ = writeln!(
        out,
        "reached {} of {} tasks, {} of {} branches",
        tasks.0, tasks.1, branches.0, branches.1
    );
    for point in coverage.missing() {
        let position = suite.place(&point.pointer());
        let _ = writeln!(
            out,
            "  never: {point}  ({}:{}:{})",
            suite.workflow, position.line, position.column
        );
    }
}
