//! Reads the model out of the tree. Every reader reports what is wrong and goes on with its
//! siblings, so that one run tells everything; `None` means that something was reported.

mod call;
mod components;
mod data;
mod document;
mod duration;
mod event;
mod fault;
mod field;
mod flow;
mod run;
mod scalar;
pub(crate) mod shape;
mod task;

// What the schema for editors must say in the same words.
pub(crate) use self::components::EXTENDED;
pub(crate) use self::data::SCHEMES;
pub(crate) use self::document::{DSL_VERSIONS, EDITOR_SCHEMA, NAME_CHARS_MAX};
pub(crate) use self::event::ATTRIBUTES;
pub(crate) use self::fault::STATUS_MAX;
pub(crate) use self::task::KINDS;

use std::collections::BTreeSet;

use self::field::Spot;
use crate::diagnostic::{DIAGNOSTICS_MAX, Diagnostic};
use crate::model::Definition;
use crate::source::node::Node;
use crate::source::{Source, Span};

/// Reads a definition; all that is wrong goes to `diagnostics`.
pub(crate) fn definition(
    text: &str,
    name: &str,
    root: Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Definition> {
    let mut reader = Reader {
        text,
        components: ComponentNames::of(&root),
        diagnostics,
    };
    let parts = document::read(&mut reader, &Spot::root(&root))?;
    let value = root.to_value();
    Some(parts.into_definition(value, Source::new(text, name, root)))
}

/// What all readers share.
pub(crate) struct Reader<'text> {
    text: &'text str,
    components: ComponentNames,
    diagnostics: &'text mut Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Reports what is wrong at a place: its value, or its key if it has no value.
    fn report(
        &mut self,
        code: &'static str,
        spot: &Spot<'_>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.report_span(
            code,
            spot.span(),
            &spot.pointer,
            message.into(),
            expected.into(),
        );
    }

    /// Reports what is wrong with the entry as a whole: its key is shown.
    fn report_key(
        &mut self,
        code: &'static str,
        spot: &Spot<'_>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let span = spot.key.unwrap_or(spot.node.span);
        self.report_span(code, span, &spot.pointer, message.into(), expected.into());
    }

    /// Whether enough has been reported to leave the rest unread.
    fn is_full(&self) -> bool {
        self.diagnostics.len() >= DIAGNOSTICS_MAX
    }

    fn report_span(
        &mut self,
        code: &'static str,
        span: Span,
        pointer: &str,
        message: String,
        expected: String,
    ) {
        if !self.is_full() {
            let place = (self.text, span);
            self.diagnostics
                .push(Diagnostic::new(code, place, pointer, message, expected));
        }
    }
}

/// The names defined under `use`, gathered before anything refers to them.
#[derive(Default)]
struct ComponentNames {
    authentications: BTreeSet<String>,
    errors: BTreeSet<String>,
    retries: BTreeSet<String>,
    timeouts: BTreeSet<String>,
}

impl ComponentNames {
    fn of(root: &Node) -> Self {
        let use_ = root.member("use");
        let section = |name: &str| {
            let entries = use_
                .and_then(|use_| use_.member(name)?.entries())
                .unwrap_or_default();
            entries.iter().map(|entry| entry.key.clone()).collect()
        };
        Self {
            authentications: section("authentications"),
            errors: section("errors"),
            retries: section("retries"),
            timeouts: section("timeouts"),
        }
    }
}
