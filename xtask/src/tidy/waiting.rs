//! Tests wait on conditions, never for a time, and none is left out.

use super::Violation;
use super::tree::Tree;

const SLEEPS: [&str; 2] = ["sleep(", "sleep_until("];

/// A comment beside a sleep that is itself what a test is about.
const EXCUSE: &str = "// sleep:";

/// Every test.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (file, source) in tree.rust_files("") {
        let lines: Vec<&str> = file.text.lines().collect();
        let excused = |line: usize| {
            let above = line.checked_sub(2).and_then(|index| lines.get(index));
            let same = line.checked_sub(1).and_then(|index| lines.get(index));
            above.into_iter().chain(same).any(|text| {
                text.split_once(EXCUSE)
                    .is_some_and(|(_, reason)| !reason.trim().is_empty())
            })
        };
        for at in SLEEPS.iter().flat_map(|sleep| source.occurrences(sleep)) {
            let line = source.line(at);
            if source.is_test(at) && !excused(line) {
                violations.push(Violation::new(
                    &file.path,
                    line,
                    "a test sleeps",
                    format!("wait on the condition, or say why in `{EXCUSE} <reason>` above it"),
                ));
            }
        }
        for (at, attribute) in attributes(source.code()) {
            let ignores = attribute.starts_with("#[ignore")
                || (attribute.starts_with("#[cfg_attr")
                    && attribute
                        .split(|letter: char| !letter.is_alphanumeric())
                        .any(|word| word == "ignore"));
            if ignores {
                violations.push(Violation::new(
                    &file.path,
                    source.line(at),
                    "a test is left out",
                    "make it pass, or delete it",
                ));
            }
        }
    }
    violations
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
