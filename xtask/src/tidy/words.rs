//! The repository speaks of the project only: not of the machine or the tool it was written with.

use super::Violation;
use super::tree::Tree;

/// Folders of somebody's machine. In two parts each, so that this file may hold them.
const FOLDERS: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
];

/// Words about how a text came to be, in lower case.
const WORDS: [&str; 3] = [
    concat!("clau", "de"),
    concat!("anth", "ropic"),
    concat!("agent se", "ssion"),
];

/// Every text file but the lock file, which cargo writes.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.files.iter().filter(|file| file.path != "Cargo.lock") {
        for (index, line) in file.text.lines().enumerate() {
            let mut found = |what: String, remedy| {
                violations.push(Violation::new(&file.path, index + 1, what, remedy));
            };
            for folder in FOLDERS.iter().filter(|folder| names_folder(line, folder)) {
                found(
                    format!("a path of somebody's machine: `{folder}`"),
                    "use a path relative to the repository",
                );
            }
            let lower = line.to_lowercase();
            for word in WORDS.iter().filter(|word| lower.contains(*word)) {
                found(format!("`{word}` is not about the project"), "leave it out");
            }
        }
    }
    violations
}

/// Whether an absolute path begins with `folder` here; a URL or a relative path may hold it.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|letter| letter.is_alphanumeric() || "._-}])$*".contains(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::{FOLDERS, WORDS};

    #[test]
    fn a_path_of_a_machine_is_found() {
        for folder in FOLDERS {
            Fixture::clean()
                .with("README.md", &format!("# Weir\n\nRun `{folder}weir`.\n"))
                .finds(&format!(
                    "README.md:3: a path of somebody's machine: `{folder}`"
                ));
            Fixture::clean()
                .with(
                    "README.md",
                    &format!("https://example.com{folder} and ..{folder}\n"),
                )
                .finds_nothing();
        }
    }

    #[test]
    fn a_word_about_the_making_is_found() {
        for word in WORDS {
            Fixture::clean()
                .with("deploy/a.yaml", &format!("# By {}\n", word.to_uppercase()))
                .finds(&format!(
                    "deploy/a.yaml:1: `{word}` is not about the project"
                ));
        }
    }
}
