//! The filters written in jq: parsed once, and only what a program reaches is compiled into it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jaq_core::load::parse;
use jaq_core::load::parse::Def;

use crate::program::{calls, rewrite};

type Signature = (&'static str, usize);

struct Entry {
    definition: Def<&'static str>,
    calls: Vec<Signature>,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let parsed = parse(include_str!("prelude.jq"), |parser| parser.defs());
    debug_assert!(parsed.is_some(), "the prelude is valid jq");
    let entry = |definition: Def<&'static str>| {
        let calls = calls(&definition.body);
        let body = rewrite(definition.body);
        Entry {
            definition: Def { body, ..definition },
            calls,
        }
    };
    parsed.unwrap_or_default().into_iter().map(entry).collect()
});

/// Number of arguments for which there is a filter of this name.
pub(crate) fn arities(name: &str) -> Vec<usize> {
    let entries = ENTRIES
        .iter()
        .map(|entry| (entry.definition.name, entry.definition.args.len()));
    let natives = NATIVES.iter().map(|(name, arguments)| (*name, *arguments));
    let mut found: Vec<usize> = entries
        .chain(natives)
        .filter(|(known, _)| *known == name)
        .map(|(_, n)| n)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

static NATIVES: LazyLock<BTreeSet<Signature>> = LazyLock::new(|| {
    crate::natives::all()
        .map(|(name, arguments, _)| (name, arguments.len()))
        .collect()
});

/// The definitions that these calls need, in order; the calls become all that are needed.
pub(crate) fn reached(needed: &mut BTreeSet<(&str, usize)>) -> Vec<Def<&'static str>> {
    let mut found = Vec::new();
    // A definition can only call itself and earlier ones, so one pass from the end finds all.
    for entry in ENTRIES.iter().rev() {
        if needed.contains(&(entry.definition.name, entry.definition.args.len())) {
            needed.extend(entry.calls.iter().copied());
            found.push(entry.definition.clone());
        }
    }
    found.reverse();
    found
}
