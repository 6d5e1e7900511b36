//! Which crate may depend on which.
//!
//! The arrows point inwards: to the pure core, to the protocol, to the ports. Adapters are chosen
//! by programs, so in a service only `main.rs` names one.

use super::Violation;
use super::packages::{Dependency, Package};
use super::tree::Tree;

/// What each crate of `shared/` may use of the others.
const SHARED: &[(&str, &[&str])] = &[
    ("weir-definition", &[]),
    ("weir-expression", &[]),
    ("weir-graph", &["weir-definition", "weir-expression"]),
    ("weir-drawing", &["weir-graph"]),
    (
        "weir-engine",
        &["weir-graph", "weir-expression", "weir-definition"],
    ),
    (
        "weir-protocol",
        &[
            "weir-engine",
            "weir-graph",
            "weir-expression",
            "weir-definition",
        ],
    ),
    (
        "weir-insight",
        &["weir-protocol", "weir-engine", "weir-graph"],
    ),
    (
        "weir-rehearsal",
        &[
            "weir-insight",
            "weir-protocol",
            "weir-engine",
            "weir-graph",
            "weir-expression",
            "weir-definition",
        ],
    ),
    ("weir-journal", &["weir-protocol"]),
    ("weir-bus", &["weir-protocol"]),
    (
        "weir-catalog",
        &["weir-bus", "weir-protocol", "weir-graph", "weir-definition"],
    ),
    (
        "weir-nats",
        &["weir-journal", "weir-bus", "weir-protocol", "weir-runtime"],
    ),
    (
        "weir-eventstore",
        &["weir-journal", "weir-protocol", "weir-runtime"],
    ),
    (DOUBLE, &[]),
    ("weir-runtime", &["weir-protocol"]),
];

const SERVICES: [&str; 4] = [
    "weir-ingress",
    "weir-scheduler",
    "weir-executor",
    "weir-timer",
];

/// Crates that may use all others of the workspace.
const UNBOUND: [&str; 3] = ["weir", "weir-integration-tests", "weir-simulation"];

/// The crates that know a broker's or a database's client, and the client.
const ADAPTERS: [(&str, &str); 2] = [
    ("weir-nats", "async-nats"),
    ("weir-eventstore", "eventstore"),
];

/// Stands in for a server in tests: no program may have it.
const DOUBLE: &str = "weir-eventstore-double";

const TABLE: &str = "xtask/src/tidy/directions.rs";

/// Every dependency against the directions, and every adapter named outside of a `main.rs`.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let ours = |name: &str| tree.packages.iter().any(|package| package.name == name);
    let mut violations = Vec::new();
    for package in &tree.packages {
        let Some(role) = Role::of(&package.name) else {
            violations.push(Violation::new(
                &package.manifest,
                1,
                format!("`{}` has no place among the crates", package.name),
                format!("add it to the directions in {TABLE}"),
            ));
            continue;
        };
        for dependency in &package.dependencies {
            if ours(&dependency.name) {
                violations.extend(wrong_direction(package, role, dependency));
            } else {
                violations.extend(foreign_client(package, dependency));
            }
        }
        if matches!(role, Role::Service) {
            violations.extend(adapters_in_logic(tree, package));
        }
    }
    violations
}

#[derive(Debug, Clone, Copy)]
enum Role {
    /// A crate of `shared/`, with those it may use.
    Shared(&'static [&'static str]),
    Service,
    Unbound,
    Xtask,
}

impl Role {
    fn of(name: &str) -> Option<Self> {
        if let Some((_, allowed)) = SHARED.iter().find(|(shared, _)| *shared == name) {
            Some(Self::Shared(allowed))
        } else if SERVICES.contains(&name) {
            Some(Self::Service)
        } else if UNBOUND.contains(&name) {
            Some(Self::Unbound)
        } else {
            (name == "xtask").then_some(Self::Xtask)
        }
    }

    fn may_use(self, dependency: &Dependency) -> bool {
        let name = dependency.name.as_str();
        let shared = SHARED.iter().any(|(shared, _)| *shared == name);
        if name == DOUBLE && !matches!(self, Self::Unbound) && !dependency.for_tests {
            return false;
        }
        match self {
            // Tests may reach for any other shared crate: an adapter's tests run the port's suite.
            Self::Shared(allowed) => allowed.contains(&name) || (dependency.for_tests && shared),
            Self::Service => shared,
            Self::Unbound => true,
            Self::Xtask => false,
        }
    }
}

fn wrong_direction(package: &Package, role: Role, dependency: &Dependency) -> Option<Violation> {
    let allowed = match role {
        _ if role.may_use(dependency) => return None,
        Role::Shared([]) | Role::Xtask => "no other crate of ours".to_owned(),
        Role::Shared(allowed) => format!("only {}", allowed.join(", ")),
        Role::Service => "only crates of shared/".to_owned(),
        Role::Unbound => return None,
    };
    Some(Violation::new(
        &package.manifest,
        dependency.line,
        format!("`{}` depends on `{}`", package.name, dependency.name),
        format!("it may use {allowed} (the directions are in {TABLE})"),
    ))
}

fn foreign_client(package: &Package, dependency: &Dependency) -> Option<Violation> {
    let (owner, client) = ADAPTERS
        .iter()
        .find(|(_, client)| *client == dependency.name)?;
    (package.name != *owner).then(|| {
        Violation::new(
            &package.manifest,
            dependency.line,
            format!("`{}` depends on `{client}`", package.name),
            format!("only `{owner}` knows this client; use the ports"),
        )
    })
}

fn adapters_in_logic(tree: &Tree, package: &Package) -> Vec<Violation> {
    let sources = format!("{}src/", package.folder);
    let main = format!("{sources}main.rs");
    let mut violations = Vec::new();
    for (file, source) in tree
        .rust_files(&sources)
        .filter(|(file, _)| file.path != main)
    {
        for (adapter, _) in ADAPTERS {
            let name = adapter.replace('-', "_");
            for at in source.occurrences(&name).filter(|&at| !source.is_test(at)) {
                violations.push(Violation::new(
                    &file.path,
                    source.line(at),
                    format!("a service names the adapter `{name}`"),
                    "take the port as an argument and choose the adapter in main.rs",
                ));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, manifest};

    #[test]
    fn a_dependency_against_the_directions_is_found() {
        let text = manifest(
            "weir-definition",
            "[dependencies]\nweir-timer.workspace = true\n",
        );
        Fixture::clean()
            .with("shared/definition/Cargo.toml", &text)
            .finds(
                "shared/definition/Cargo.toml:5: `weir-definition` depends on `weir-timer`; \
             it may use no other crate of ours",
            );
        let text = manifest("weir-timer", "[dependencies]\nweir.workspace = true\n");
        Fixture::clean()
            .with("services/timer/Cargo.toml", &text)
            .finds(
                "services/timer/Cargo.toml:5: `weir-timer` depends on `weir`; \
             it may use only crates of shared/",
            );
    }

    #[test]
    fn tests_may_use_other_shared_crates_but_no_services() {
        let text = manifest(
            "weir-definition",
            "[dev-dependencies]\nweir-nats.workspace = true\n",
        );
        Fixture::clean()
            .with("shared/definition/Cargo.toml", &text)
            .finds_nothing();
        let text = manifest(
            "weir-definition",
            "[dev-dependencies]\nweir-timer.workspace = true\n",
        );
        Fixture::clean()
            .with("shared/definition/Cargo.toml", &text)
            .finds("shared/definition/Cargo.toml:5: `weir-definition` depends on `weir-timer`");
    }

    #[test]
    fn a_double_in_a_program_is_found() {
        let text = |kind: &str| {
            let text = format!("[{kind}]\nweir-eventstore-double.workspace = true\n");
            manifest("weir-timer", &text)
        };
        let double = manifest("weir-eventstore-double", "");
        let fixture = || Fixture::clean().with("shared/eventstore-double/Cargo.toml", &double);
        fixture()
            .with("services/timer/Cargo.toml", &text("dependencies"))
            .finds("services/timer/Cargo.toml:5: `weir-timer` depends on `weir-eventstore-double`");
        fixture()
            .with("services/timer/Cargo.toml", &text("dev-dependencies"))
            .finds_nothing();
    }

    #[test]
    fn a_client_outside_its_adapter_is_found() {
        let text = manifest(
            "weir-timer",
            "[dependencies]\nasync-nats.workspace = true\n",
        );
        Fixture::clean()
            .with("services/timer/Cargo.toml", &text)
            .finds(
                "services/timer/Cargo.toml:5: `weir-timer` depends on `async-nats`; \
             only `weir-nats` knows this client",
            );
    }

    #[test]
    fn an_adapter_in_a_service_outside_main_is_found() {
        Fixture::clean()
            .with(
                "services/timer/src/main.rs",
                "//! A.\nuse weir_nats::Nats;\n",
            )
            .finds_nothing();
        Fixture::clean()
            .with(
                "services/timer/src/lib.rs",
                "//! A.\nuse weir_nats::Nats;\n",
            )
            .finds("services/timer/src/lib.rs:2: a service names the adapter `weir_nats`");
    }

    #[test]
    fn an_unknown_crate_is_found() {
        Fixture::clean()
            .with("shared/new/Cargo.toml", &manifest("weir-new", ""))
            .finds("shared/new/Cargo.toml:1: `weir-new` has no place among the crates");
    }
}
