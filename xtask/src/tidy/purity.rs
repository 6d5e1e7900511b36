//! The core is pure: time, ids, randomness and outcomes enter as messages.
//!
//! Three nets, from coarse to fine: what a pure crate depends on, what its code names, and the
//! methods clippy bans in it (which sees through imports and types).

use super::Violation;
use super::packages::Package;
use super::rust_source::RustSource;
use super::tree::Tree;

const PURE: [&str; 7] = [
    "weir-definition",
    "weir-expression",
    "weir-graph",
    "weir-drawing",
    "weir-engine",
    "weir-insight",
    "weir-rehearsal",
];

/// Crates that bring a clock, randomness, threads or I/O.
const IMPURE_CRATES: [&str; 22] = [
    "async-nats",
    "axum",
    "chrono",
    "clap",
    "config",
    "eventstore",
    "fastrand",
    "getrandom",
    "hyper",
    "mio",
    "opentelemetry",
    "rand",
    "reqwest",
    "rustix",
    "rustls",
    "tempfile",
    "tokio",
    "tokio-util",
    "tonic",
    "tracing",
    "tracing-subscriber",
    "ureq",
];

/// What impure code calls by these names.
const IMPURE_NAMES: [&str; 12] = [
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "Uuid::new_v4",
    "Uuid::now_v7",
    "rand::",
];

/// Modules of `std` that impure code imports in a group: `use std::{env, fmt};`.
const IMPURE_MODULES: [&str; 5] = ["env", "fs", "net", "process", "thread"];

/// The `clippy.toml` of every pure crate.
pub const CLIPPY: &str = include_str!("pure.clippy.toml");

const CLIPPY_PATH: &str = "xtask/src/tidy/pure.clippy.toml";

/// Every pure crate.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in tree
        .packages
        .iter()
        .filter(|package| PURE.contains(&package.name.as_str()))
    {
        violations.extend(impure_dependencies(package));
        violations.extend(clippy_configuration(tree, package));
        for (file, source) in tree.rust_files(&format!("{}src/", package.folder)) {
            for (at, name) in impure_names(source) {
                violations.push(Violation::new(
                    &file.path,
                    source.line(at),
                    format!("`{name}` in `{}`, which is pure", package.name),
                    "let it enter as an argument or a message",
                ));
            }
        }
    }
    violations
}

fn impure_dependencies(package: &Package) -> impl Iterator<Item = Violation> {
    package
        .dependencies
        .iter()
        .filter(|dependency| !dependency.for_tests)
        .filter(|dependency| IMPURE_CRATES.contains(&dependency.name.as_str()))
        .map(|dependency| {
            Violation::new(
                &package.manifest,
                dependency.line,
                format!(
                    "`{}` is pure but depends on `{}`",
                    package.name, dependency.name
                ),
                "move what needs it to a service",
            )
        })
}

fn clippy_configuration(tree: &Tree, package: &Package) -> Option<Violation> {
    let path = format!("{}clippy.toml", package.folder);
    let what = match tree.file(&path) {
        Some(file) if file.text == CLIPPY => return None,
        Some(_) => "the banned methods differ from those of the other pure crates",
        None => "a pure crate does not ban clocks and randomness",
    };
    Some(Violation::new(
        &path,
        1,
        what,
        format!("copy {CLIPPY_PATH} there"),
    ))
}

/// What the code names outside of its tests, with the place.
fn impure_names(source: &RustSource) -> Vec<(usize, &'static str)> {
    let named = IMPURE_NAMES
        .into_iter()
        .flat_map(|name| source.occurrences(name).map(move |at| (at, name)));
    let imported = source.occurrences("use std::{").flat_map(|start| {
        let group = source
            .code()
            .get(start..)
            .and_then(|rest| rest.split(';').next());
        let end = start + group.map_or(0, str::len);
        IMPURE_MODULES.into_iter().flat_map(move |module| {
            let inside = source
                .occurrences(module)
                .filter(move |at| (start..end).contains(at));
            inside.map(move |at| (at, module))
        })
    });
    named
        .chain(imported)
        .filter(|(at, _)| !source.is_test(*at))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, manifest};

    #[test]
    fn an_impure_dependency_is_found() {
        let text = manifest(
            "weir-definition",
            "[dependencies]\ntokio.workspace = true\n",
        );
        Fixture::clean()
            .with("shared/definition/Cargo.toml", &text)
            .finds(
                "shared/definition/Cargo.toml:5: `weir-definition` is pure but depends on `tokio`",
            );
        let text = manifest("weir-definition", "[dev-dependencies]\ntempfile = \"3\"\n");
        Fixture::clean()
            .with("shared/definition/Cargo.toml", &text)
            .finds_nothing();
    }

    #[test]
    fn an_impure_name_is_found() {
        let cases = [
            ("use std::fs;", "std::fs"),
            ("use std::{fmt, env};", "env"),
            (
                "fn f() { let now = std::time::SystemTime::now(); }",
                "SystemTime",
            ),
            ("fn f() { Instant::now(); }", "Instant::now"),
            ("fn f() { Uuid::new_v4(); }", "Uuid::new_v4"),
            ("fn f() { rand::random::<u8>(); }", "rand::"),
        ];
        for (code, name) in cases {
            let text = format!("//! A.\n{code}\n");
            Fixture::clean()
                .with("shared/definition/src/a.rs", &text)
                .finds(&format!(
                    "shared/definition/src/a.rs:2: `{name}` in `weir-definition`, which is pure"
                ));
        }
    }

    #[test]
    fn tests_and_comments_may_name_what_is_impure() {
        let text = "//! A.\n// std::fs\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        Fixture::clean()
            .with("shared/definition/src/a.rs", text)
            .finds_nothing();
    }

    #[test]
    fn a_missing_or_different_clippy_configuration_is_found() {
        let path = "shared/definition/clippy.toml";
        Fixture::clean().without(path).finds(&format!(
            "{path}:1: a pure crate does not ban clocks and randomness; copy"
        ));
        Fixture::clean()
            .with(path, "disallowed-methods = []\n")
            .finds(&format!("{path}:1: the banned methods differ"));
    }
}
