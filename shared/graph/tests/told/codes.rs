//! A document for each code, and all that is said of it: `snapshots/` has a file for each.
//!
//! The documents are the examples of the registry, so that the docs page shows what really has the
//! code; those that would be too long to read are made here.

use std::{collections::BTreeSet, fs, path::Path};

use insta::assert_snapshot;
use weir_definition::{
    SOURCE_BYTES_MAX,
    diagnostic::{Explanation, code, explanations},
};

use crate::{HEAD, check_place, compiled, told};

/// A document that has the code.
fn document(explanation: &Explanation) -> String {
    let example = explanation.example;
    if example.starts_with("document:") {
        return example.to_owned();
    }
    if !example.is_empty() {
        return format!("{HEAD}{example}");
    }
    let rest = match explanation.code {
        code::TOO_LARGE => " ".repeat(SOURCE_BYTES_MAX),
        code::TOO_DEEP => format!("do: {}{}", "[".repeat(100), "]".repeat(100)),
        code::TOO_MANY_VALUES => {
            let lists = "abcdefg".chars().zip("xabcdef".chars());
            let lists = lists.map(|(name, of)| {
                let of = if of == 'x' {
                    "x".to_owned()
                } else {
                    format!("*{of}")
                };
                format!("{name}: &{name} [{}]\n", vec![of; 10].join(", "))
            });
            lists.collect()
        }
        code::UNKNOWN => "do:\n  - first: { call: 'nobody' }\n".to_owned(),
        other => panic!("{other} has no example: make a document for it here"),
    };
    format!("{HEAD}{rest}")
}

/// A code without a snapshot fails here.
#[test]
fn each_code_is_told_as_its_snapshot_says() {
    for explanation in explanations() {
        let text = document(explanation);
        let told = told(&text);
        let mut rendered = String::new();
        for diagnostic in &told {
            check_place(diagnostic, &text);
            rendered.push_str(&diagnostic.render(&text, "order.yaml"));
        }
        let code = explanation.code;
        let has_it = told.iter().any(|diagnostic| diagnostic.code == code);
        assert!(has_it, "{code} is not told:\n{rendered}");
        assert_snapshot!(code, rendered);
    }
}

/// What is pointed at is something to see.
#[test]
fn no_place_is_blank() {
    for explanation in explanations() {
        let text = document(explanation);
        for diagnostic in told(&text) {
            let pointed_at = &text[diagnostic.span.start..diagnostic.span.end];
            // A text that is too large is not looked at; what breaks syntax may be a blank.
            let exempt = [code::TOO_LARGE, code::SYNTAX].contains(&diagnostic.code);
            assert!(exempt || !pointed_at.trim().is_empty(), "{diagnostic}");
        }
    }
}

#[test]
fn warnings_are_of_documents_that_run() {
    for explanation in explanations() {
        let runs = compiled(&document(explanation)).is_ok();
        assert_eq!(
            runs,
            explanation.code.starts_with('W'),
            "{}",
            explanation.code
        );
    }
}

#[test]
fn no_snapshot_is_of_a_code_that_is_gone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/told/snapshots");
    let files = fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let kept: BTreeSet<String> = files
        .filter_map(|name| {
            let name = name.strip_prefix("told__codes__")?;
            Some(name.strip_suffix(".snap")?.to_owned())
        })
        .collect();
    let codes = explanations().map(|explanation| explanation.code.to_owned());
    assert_eq!(kept, codes.collect());
}
