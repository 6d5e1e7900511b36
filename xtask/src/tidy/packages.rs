//! Cargo packages and what they depend on, read from their manifests.

use anyhow::{Context, Result};
use toml::{Table, Value};

/// A package of the workspace.
#[derive(Debug)]
pub struct Package {
    /// Its name, e.g. `weir-engine`.
    pub name: String,
    /// Its folder relative to the root, ending in `/`.
    pub folder: String,
    /// Its `Cargo.toml` relative to the root.
    pub manifest: String,
    /// Everything it depends on.
    pub dependencies: Vec<Dependency>,
}

/// A line of a manifest that names another package.
#[derive(Debug)]
pub struct Dependency {
    /// The name of the other package.
    pub name: String,
    /// Whether only tests and benchmarks use it.
    pub for_tests: bool,
    /// The line of the manifest, counted from 1.
    pub line: usize,
}

impl Package {
    /// The package a manifest describes, or none if it is a workspace only.
    pub fn parse(manifest: &str, text: &str) -> Result<Option<Self>> {
        let table: Table = text
            .parse()
            .with_context(|| format!("{manifest} is no TOML"))?;
        let Some(name) = table.get("package").and_then(|package| package.get("name")) else {
            return Ok(None);
        };
        let name = name
            .as_str()
            .with_context(|| format!("{manifest}: package.name is no text"))?;

        let mut dependencies = dependencies_of(&table, text);
        if let Some(Value::Table(targets)) = table.get("target") {
            for target in targets.values().filter_map(Value::as_table) {
                dependencies.extend(dependencies_of(target, text));
            }
        }
        Ok(Some(Self {
            name: name.to_owned(),
            folder: manifest
                .strip_suffix("Cargo.toml")
                .unwrap_or_default()
                .to_owned(),
            manifest: manifest.to_owned(),
            dependencies,
        }))
    }
}

fn dependencies_of(table: &Table, text: &str) -> Vec<Dependency> {
    let sections = [
        ("dependencies", false),
        ("build-dependencies", false),
        ("dev-dependencies", true),
    ];
    let mut dependencies = Vec::new();
    for (section, for_tests) in sections {
        let Some(Value::Table(entries)) = table.get(section) else {
            continue;
        };
        for (key, entry) in entries {
            let renamed = entry.get("package").and_then(Value::as_str);
            dependencies.push(Dependency {
                name: renamed.unwrap_or(key).to_owned(),
                for_tests,
                line: line_of(text, section, key),
            });
        }
    }
    dependencies
}

/// The line of `key` in `section`, which the parser does not tell.
fn line_of(text: &str, section: &str, key: &str) -> usize {
    let mut here = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            // `[dependencies]`, `[target.'cfg(unix)'.dependencies]` or `[dependencies.key]`.
            let header = header.trim_end_matches(']');
            here = header == section || header.ends_with(&format!(".{section}"));
            if header.ends_with(&format!("{section}.{key}")) {
                return index + 1;
            }
        } else if here
            && let Some(rest) = line.strip_prefix(key)
            && rest.starts_with([' ', '=', '.'])
        {
            return index + 1;
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::Package;

    #[test]
    fn dependencies_are_found_in_every_form() {
        let manifest = "\
[package]
name = \"weir-example\"

[dependencies]
plain = \"1\"
plain-too.workspace = true
alias = { package = \"real\", version = \"1\" }

[dependencies.long]
version = \"1\"

[target.'cfg(unix)'.dependencies]
unix = \"1\"

[dev-dependencies]
plain = \"1\"
";
        let package = Package::parse("shared/example/Cargo.toml", manifest)
            .unwrap()
            .unwrap();
        assert_eq!(package.folder, "shared/example/");
        let mut found: Vec<_> = package
            .dependencies
            .iter()
            .map(|dependency| {
                (
                    dependency.line,
                    dependency.name.as_str(),
                    dependency.for_tests,
                )
            })
            .collect();
        found.sort_unstable();
        let expected = [
            (5, "plain", false),
            (6, "plain-too", false),
            (7, "real", false),
            (9, "long", false),
            (13, "unix", false),
            (16, "plain", true),
        ];
        assert_eq!(found, expected);
    }
}
