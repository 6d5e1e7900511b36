//! `docs/conformance.md`: per property of the language, what runs, and what is refused and why.

use std::{env, fmt::Write as _, fs, path::PathBuf};

use super::suite::{Case, Suite};

const INTRODUCTION: &str = "# Conformance

What of the language runs, property by property. Each line stands for cases in
`integration-tests/cases`, run on the pure engine and on the whole system (NATS and the four
services as processes); those in square brackets on the engine only. What ends with a code in round
brackets is refused by `weir check` and at deployment: [diagnostics.md](diagnostics.md) has the codes
(E104: not supported). What Weir chooses where the specification is silent is in
[language.md](language.md).

This page is generated: `WEIR_UPDATE=1 cargo xtask test the_page_lists_the_cases`.
";

/// The code of what is valid, but not executed.
const UNSUPPORTED: &str = "E104";

/// Writes the page if told to, and checks that it is as it should be.
pub fn compare(suites: &[Suite]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md");
    let page = page(suites);
    if env::var_os("WEIR_UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(
        committed == page,
        "docs/conformance.md is old: run this again with WEIR_UPDATE=1"
    );
}

fn page(suites: &[Suite]) -> String {
    let cases = suites.iter().map(|suite| suite.cases.len()).sum::<usize>();
    let mut page = format!("{INTRODUCTION}\n{cases} cases.\n");
    for suite in suites {
        let about = &suite.about;
        let _ = write!(
            page,
            "\n## {about}\n\n| property | | what is shown |\n|---|---|---|\n"
        );
        let mut rest = &suite.cases[..];
        while let Some(first) = rest.first() {
            let same = |case: &&Case| case.property == first.property;
            let (these, after) = rest.split_at(rest.iter().take_while(same).count());
            let _ = writeln!(page, "{}", line(these));
            rest = after;
        }
    }
    page
}

/// The line of a property.
fn line(cases: &[Case]) -> String {
    let is_left_out = |case: &Case| {
        let mut codes = case.refused.iter().flatten();
        codes.any(|code| code == UNSUPPORTED)
    };
    let outcome = match (cases.iter().any(is_left_out), cases.iter().all(is_left_out)) {
        (_, true) => "refused",
        (true, false) => "runs, in part",
        (false, false) => "runs",
    };
    let shown = cases
        .iter()
        .map(|case| match (&case.refused, &case.engine_only) {
            (Some(codes), _) => format!("{} ({})", case.name, codes.join(", ")),
            (None, Some(why)) => format!("[{}: {why}]", case.name),
            (None, None) => case.name.clone(),
        });
    let shown: Vec<String> = shown.collect();
    let property = &cases[0].property;
    format!("| `{property}` | {outcome} | {} |", shown.join("; "))
}
