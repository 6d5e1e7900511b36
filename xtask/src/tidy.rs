//! `cargo xtask tidy`: the rules of this repository that no other tool knows.
//!
//! | rule | module |
//! |---|---|
//! | crates depend on each other in the decided directions only | `directions` |
//! | the core knows no clock, randomness, environment, files or network | `purity` |
//! | files are short, documented and named after their module | `shape` |
//! | tests wait on conditions and are all run | `waiting` |
//! | the repository speaks of the project only | `words` |
//!
//! Each rule is a function over a `Tree` read from a root folder, so that its tests can feed it a
//! violation.

mod directions;
#[cfg(test)]
mod fixture;
mod packages;
mod purity;
mod rust_source;
mod shape;
mod tree;
mod waiting;
mod words;

use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};

use self::tree::Tree;

/// Checks the repository and prints every violation.
///
/// # Errors
/// There is a violation.
pub fn run(root: &Path) -> Result<()> {
    let tree = Tree::read(root)?;
    let violations = check(&tree);
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => {
            println!("tidy: {} files follow the rules", tree.files.len());
            Ok(())
        }
        1 => bail!("tidy: 1 violation"),
        count => bail!("tidy: {count} violations"),
    }
}

/// Every violation of every rule, in the order of files and lines.
fn check(tree: &Tree) -> Vec<Violation> {
    let rules = [
        directions::check,
        purity::check,
        shape::check,
        waiting::check,
        words::check,
    ];
    let mut violations: Vec<Violation> = rules.iter().flat_map(|rule| rule(tree)).collect();
    violations.sort();
    violations
}

/// A place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    /// The file, relative to the root.
    path: String,
    /// The line, counted from 1.
    line: usize,
    /// What is wrong there.
    what: String,
    /// What to do about it.
    remedy: String,
}

impl Violation {
    fn new(path: &str, line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            what,
            remedy,
        } = self;
        write!(formatter, "{path}:{line}: {what}; {remedy}")
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::Fixture;

    #[test]
    fn a_clean_tree_passes() {
        assert_eq!(Fixture::clean().violations(), Vec::<String>::new());
    }
}
