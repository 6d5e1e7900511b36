//! What a source file looks like from outside: its name, its length, its first line.

use super::Violation;
use super::tree::Tree;

/// Beyond this, a file is two things.
const LINES_MAX: usize = 600;

/// Every Rust file.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (file, _) in tree.rust_files("") {
        let path = &file.path;
        if let Some(folder) = path.strip_suffix("/mod.rs") {
            violations.push(Violation::new(
                path,
                1,
                "a module is called mod.rs",
                format!("call it {folder}.rs"),
            ));
        }
        let lines = file.text.lines().count();
        if lines > LINES_MAX {
            violations.push(Violation::new(
                path,
                LINES_MAX + 1,
                format!("the file has {lines} lines, the limit is {LINES_MAX}"),
                "find the two things it is and part them",
            ));
        }
        if !file.text.starts_with("//!") {
            violations.push(Violation::new(
                path,
                1,
                "the file does not say what it is",
                "begin it with a `//!` line",
            ));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::LINES_MAX;

    #[test]
    fn a_mod_rs_is_found() {
        Fixture::clean()
            .with("cli/src/command/mod.rs", "//! A.\n")
            .finds(
                "cli/src/command/mod.rs:1: a module is called mod.rs; call it cli/src/command.rs",
            );
    }

    #[test]
    fn a_long_file_is_found() {
        let longest = format!("//! A.\n{}", "\n".repeat(LINES_MAX - 1));
        Fixture::clean()
            .with("cli/src/lib.rs", &longest)
            .finds_nothing();
        Fixture::clean()
            .with("cli/src/lib.rs", &format!("{longest}\n"))
            .finds("cli/src/lib.rs:601: the file has 601 lines, the limit is 600");
    }

    #[test]
    fn a_file_without_documentation_is_found() {
        Fixture::clean()
            .with("cli/src/lib.rs", "mod a;\n")
            .finds("cli/src/lib.rs:1: the file does not say what it is");
    }
}
