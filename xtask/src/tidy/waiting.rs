//! Tests wait on conditions, never for a time, and none is left out.

use std::collections::BTreeSet;

use super::Violation;
use super::rust_source::RustSource;
use super::tree::{TextFile, Tree};

const SLEEPS: [&str; 2] = ["sleep(", "sleep_until("];

/// A comment beside a sleep that is itself what a test is about.
const EXCUSE: &str = "// sleep:";

/// Every test.
pub fn check(tree: &Tree) -> Vec<Violation> {
    tree.rust_files("")
        .flat_map(|(file, source)| sleeps(file, source).chain(left_out(file, source)))
        .collect()
}

fn sleeps(file: &TextFile, source: &RustSource) -> impl Iterator<Item = Violation> {
    let excuses: BTreeSet<usize> = (1..)
        .zip(file.text.lines())
        .filter(|(_, text)| {
            let reason = text.split_once(EXCUSE).map(|(_, reason)| reason.trim());
            reason.is_some_and(|reason| !reason.is_empty())
        })
        .map(|(line, _)| line)
        .collect();
    SLEEPS
        .iter()
        .flat_map(|sleep| source.occurrences(sleep))
        .filter(|&at| source.is_test(at))
        .map(|at| source.line(at))
        .filter(move |line| !excuses.contains(line) && !excuses.contains(&(line - 1)))
        .map(|line| {
            let remedy =
                format!("wait on the condition, or say why in `{EXCUSE} <reason>` above it");
            Violation::new(&file.path, line, "a test sleeps", remedy)
        })
}

fn left_out(file: &TextFile, source: &RustSource) -> impl Iterator<Item = Violation> {
    attributes(source.code())
        .filter(|(_, attribute)| {
            let mut words = attribute.split(|letter: char| !letter.is_alphanumeric());
            attribute.starts_with("#[ignore")
                || (attribute.starts_with("#[cfg_attr") && words.any(|word| word == "ignore"))
        })
        .map(|(at, _)| {
            let line = source.line(at);
            Violation::new(
                &file.path,
                line,
                "a test is left out",
                "make it pass, or delete it",
            )
        })
}

/// Every outer attribute and where it is.
fn attributes(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.match_indices("#[").filter_map(|(at, _)| {
        let rest = code.get(at..)?;
        let end = rest.find(']')?;
        Some((at, rest.get(..end)?))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;

    const IN_MODULE: &str = "//! A.\nfn f() { sleep(1); }\n#[cfg(test)]\nmod tests {\n    fn f() {\n        thread::sleep(1);\n    }\n}\n";

    #[test]
    fn a_sleep_in_a_test_is_found() {
        Fixture::clean()
            .with("cli/src/lib.rs", IN_MODULE)
            .finds("cli/src/lib.rs:6: a test sleeps; wait on the condition");
        Fixture::clean()
            .with(
                "cli/tests/a.rs",
                "//! A.\nfn f() { sleep_until(1).await; }\n",
            )
            .finds("cli/tests/a.rs:2: a test sleeps");
    }

    #[test]
    fn a_sleep_with_a_reason_passes() {
        let excused = IN_MODULE.replace("thread::", "// sleep: the pause is the test\nthread::");
        Fixture::clean()
            .with("cli/src/lib.rs", &excused)
            .finds_nothing();
        let unreasoned = IN_MODULE.replace("thread::", "// sleep:\nthread::");
        Fixture::clean()
            .with("cli/src/lib.rs", &unreasoned)
            .finds("cli/src/lib.rs:7: a test sleeps");
    }

    #[test]
    fn an_ignored_test_is_found() {
        for attribute in [
            "#[ignore]",
            "#[ignore = \"slow\"]",
            "#[cfg_attr(unix, ignore)]",
        ] {
            Fixture::clean()
                .with(
                    "cli/tests/a.rs",
                    &format!("//! A.\n#[test]\n{attribute}\nfn f() {{}}\n"),
                )
                .finds("cli/tests/a.rs:3: a test is left out");
        }
    }
}
