//! Conformance: cases over every property of the language, each on the pure engine and on the whole
//! system.
//!
//! A file of `cases/` is about one part of the language. Each of its cases has a workflow and what
//! is expected of it, in the form of `weir test` (docs/testing.md), or the diagnostics with which
//! the workflow is refused. `docs/conformance.md` lists them; `WEIR_UPDATE=1` writes it.
//!
//! On the system, servers play what the workflows call: the host `stand.example` is a server that
//! answers a request for `/<task>` with the outcomes of that task, and commands and scripts really
//! run. What would last longer than a moment there runs on the engine only.

mod live;
mod page;
mod stand;
mod suite;

use weir_rehearsal::rehearse;

use self::suite::suites;

/// Cases there are at least.
const CASES_MIN: usize = 150;
/// Cases that last longer, in milliseconds of virtual time, run on the engine only.
const LIVE_MS_MAX: u64 = 1_500;

#[test]
fn every_case_holds_on_the_engine() {
    let mut failed = Vec::new();
    let mut count = 0;
    for case in suites().iter().flat_map(|suite| &suite.cases) {
        count += 1;
        if let Err(wrong) = engine(case) {
            failed.push(format!("{}: {}\n{wrong}", case.id, case.name));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert!(count >= CASES_MIN, "{count} cases");
}

/// What is wrong with a case on the engine.
fn engine(case: &suite::Case) -> Result<(), String> {
    let compiled = case.compile();
    if let Some(codes) = &case.refused {
        let found: Vec<&str> = match &compiled {
            Ok(_) => Vec::new(),
            Err(diagnostics) => diagnostics.iter().map(|found| found.code).collect(),
        };
        if found == *codes {
            return Ok(());
        }
        return Err(format!("refused with {found:?} and not {codes:?}"));
    }
    let program = compiled.map_err(|diagnostics| format!("{diagnostics:#?}"))?;
    let script = case.script(&program, &case.test)?;
    let report = rehearse(&program, &script);
    if report.passed() {
        return Ok(());
    }
    let mut lines = Vec::new();
    for performance in &report.performances {
        for failure in &performance.failures {
            let (expected, found) = (&failure.expected, &failure.came);
            lines.push(format!(
                "  {}: expected {expected}, came {found}",
                failure.what
            ));
        }
        lines.extend(performance.trace.iter().cloned());
    }
    Err(lines.join("\n"))
}

#[tokio::test]
async fn every_case_holds_on_the_system() {
    let cases = suites().into_iter().flat_map(|suite| suite.cases);
    live::run(cases.collect()).await;
}

#[test]
fn the_page_lists_the_cases() {
    page::compare(&suites());
}
