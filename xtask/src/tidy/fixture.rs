//! A small repository in a temporary folder, for the tests of the rules.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::tree::Tree;

/// The repository; removed when dropped.
pub struct Fixture {
    folder: TempDir,
}

/// A manifest whose `rest` begins at line 4.
pub fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\n\n{rest}")
}

impl Fixture {
    /// A repository that breaks no rule.
    pub fn clean() -> Self {
        let timer =
            "[dependencies]\nweir-nats.workspace = true\n\n[dev-dependencies]\ntempfile = \"3\"\n";
        let fixture = Self {
            folder: TempDir::new().unwrap(),
        };
        fixture
            .with("Cargo.toml", "[workspace]\nmembers = [\"shared/*\"]\n")
            .with(
                "shared/definition/Cargo.toml",
                &manifest("weir-definition", ""),
            )
            .with("shared/definition/clippy.toml", super::purity::CLIPPY)
            .with(
                "shared/definition/src/lib.rs",
                "//! Definitions: no std::fs here.\n",
            )
            .with("shared/nats/Cargo.toml", &manifest("weir-nats", ""))
            .with(
                "shared/nats/src/lib.rs",
                "//! NATS.\nuse std::time::Instant;\n",
            )
            .with("services/timer/Cargo.toml", &manifest("weir-timer", timer))
            .with("services/timer/src/lib.rs", "//! Timers.\n")
            .with(
                "services/timer/src/main.rs",
                "//! The timer.\nuse weir_nats::Nats;\n",
            )
            .with("cli/Cargo.toml", &manifest("weir", ""))
            .with("cli/src/main.rs", "//! The command line.\n")
            .with("target/debug/junk.rs", "no documentation")
    }

    /// The same with this file.
    pub fn with(self, path: &str, text: &str) -> Self {
        let file = self.root().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self
    }

    /// The same without this file.
    pub fn without(self, path: &str) -> Self {
        fs::remove_file(self.root().join(path)).unwrap();
        self
    }

    /// The root folder.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// What tidy prints.
    pub fn violations(&self) -> Vec<String> {
        let tree = Tree::read(self.root()).unwrap();
        super::check(&tree)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    /// Asserts that tidy prints one line, which begins with `expected`.
    pub fn finds(&self, expected: &str) {
        let violations = self.violations();
        assert!(
            matches!(violations.as_slice(), [one] if one.starts_with(expected)),
            "expected one violation\n  {expected}\nfound {violations:#?}"
        );
    }

    /// Asserts that tidy has nothing to say.
    pub fn finds_nothing(&self) {
        assert_eq!(self.violations(), Vec::<String>::new());
    }
}
