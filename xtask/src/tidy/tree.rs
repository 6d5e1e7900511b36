//! What tidy looks at: the text files under a root folder, and the packages among them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::packages::Package;
use super::rust_source::RustSource;

/// Folders that hold what tools made (`.git` is a file in a second worktree), or others wrote.
const SKIPPED: [&str; 4] = [".git", ".weir", "target", "third-party"];

/// The repository as tidy sees it.
#[derive(Debug)]
pub struct Tree {
    /// Every text file, by path.
    pub files: Vec<TextFile>,
    /// Every Cargo package, by path.
    pub packages: Vec<Package>,
}

/// A file of valid UTF-8.
#[derive(Debug)]
pub struct TextFile {
    /// Relative to the root, with `/` between the parts.
    pub path: String,
    /// All of it.
    pub text: String,
    /// How it reads as Rust, if it is Rust.
    pub rust: Option<RustSource>,
}

impl Tree {
    /// Reads everything under `root`.
    pub fn read(root: &Path) -> Result<Self> {
        let mut paths = Vec::new();
        list(root, "", &mut paths)?;
        paths.sort();

        let mut files = Vec::new();
        for path in paths {
            let bytes =
                fs::read(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
            // What is no text (an image, a profile) has no line to complain about.
            let Ok(text) = String::from_utf8(bytes) else {
                continue;
            };
            let rust = has_extension(&path, "rs").then(|| RustSource::parse(&text));
            files.push(TextFile { path, text, rust });
        }
        mark_test_modules(&mut files);

        let packages = files
            .iter()
            .filter(|file| file.path.rsplit('/').next() == Some("Cargo.toml"))
            .filter_map(|file| Package::parse(&file.path, &file.text).transpose())
            .collect::<Result<_>>()?;
        Ok(Self { files, packages })
    }

    /// The Rust files under `folder` (all, if it is empty), each with how it reads.
    pub fn rust_files(&self, folder: &str) -> impl Iterator<Item = (&TextFile, &RustSource)> {
        self.files
            .iter()
            .filter(move |file| file.path.starts_with(folder))
            .filter_map(|file| file.rust.as_ref().map(|source| (file, source)))
    }

    /// The file at exactly this path.
    pub fn file(&self, path: &str) -> Option<&TextFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

fn list(root: &Path, folder: &str, paths: &mut Vec<String>) -> Result<()> {
    let here = root.join(folder);
    let entries = fs::read_dir(&here).with_context(|| format!("cannot read {}", here.display()))?;
    for entry in entries {
        let entry = entry?;
        // A name that is not UTF-8 cannot be one of ours.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = if folder.is_empty() {
            name.clone()
        } else {
            format!("{folder}/{name}")
        };
        let kind = entry.file_type()?;
        if SKIPPED.contains(&name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            list(root, &path, paths)?;
        } else if kind.is_file() {
            paths.push(path);
        }
    }
    Ok(())
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == extension)
}

/// Marks the files that only tests compile: those in folders of tests, and those a `#[cfg(test)]
/// mod name;` elsewhere stands for.
fn mark_test_modules(files: &mut [TextFile]) {
    let mut modules = BTreeSet::new();
    for file in files.iter() {
        let Some(source) = &file.rust else { continue };
        for name in source.test_modules() {
            modules.insert(format!("{}/{name}", module_folder(&file.path)));
        }
    }
    for file in files {
        let module = file.path.strip_suffix(".rs").unwrap_or(&file.path);
        let within = |test: &String| {
            module
                .strip_prefix(test.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let in_folder = file.path.starts_with("integration-tests/")
            || file
                .path
                .split('/')
                .any(|part| part == "tests" || part == "benches");
        if let Some(source) = &mut file.rust
            && (in_folder || modules.iter().any(within))
        {
            source.mark_as_test();
        }
    }
}

/// Where the modules that the file at `path` declares lie.
fn module_folder(path: &str) -> &str {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder,
        _ => path.strip_suffix(".rs").unwrap_or(path),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::Tree;

    #[test]
    fn a_module_declared_for_tests_is_a_test_with_all_below_it() {
        let fixture = Fixture::clean()
            .with("cli/src/lib.rs", "//! A.\nmod a;\n")
            .with(
                "cli/src/a.rs",
                "//! A.\n#[cfg(test)]\nmod given;\nmod given_not;\n",
            )
            .with("cli/src/a/given.rs", "//! A.\nmod deep;\n")
            .with("cli/src/a/given/deep.rs", "//! A.\n")
            .with("cli/src/a/given_not.rs", "//! A.\n");
        let tree = Tree::read(fixture.root()).unwrap();
        let is_test = |path| tree.file(path).unwrap().rust.as_ref().unwrap().is_test(0);
        assert!(is_test("cli/src/a/given.rs"));
        assert!(is_test("cli/src/a/given/deep.rs"));
        assert!(!is_test("cli/src/a/given_not.rs"));
        assert!(!is_test("cli/src/a.rs"));
    }
}
