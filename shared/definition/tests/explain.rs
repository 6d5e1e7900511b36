//! Every code is explained once, and the docs page says what the registry says.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use std::{collections::BTreeSet, env, fs, path::Path};

use weir_definition::diagnostic::{explain, explanations, page};

#[test]
fn every_code_is_explained_once_and_in_order() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnostic/code.rs");
    let source = fs::read_to_string(source).unwrap();
    let declared: Vec<&str> = source
        .lines()
        .filter(|line| line.starts_with("pub const"))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    let explained: Vec<&str> = explanations().map(|entry| entry.code).collect();
    assert_eq!(explained, declared);
    let once: BTreeSet<_> = explained.iter().collect();
    assert_eq!(once.len(), explained.len());
    assert!(explained.is_sorted());
}

#[test]
fn a_code_is_found_in_any_case() {
    assert_eq!(explain("e008").unwrap().code, "E008");
    assert_eq!(explain("W000"), None);
}

#[test]
fn the_docs_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics.md");
    if env::var_os("WEIR_UPDATE").is_some() {
        fs::write(&path, page()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page(),
        "docs/diagnostics.md is old: WEIR_UPDATE=1 cargo test -p weir-definition --test explain"
    );
}
