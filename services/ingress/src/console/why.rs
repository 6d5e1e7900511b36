//! What an instance waits for, until when, and what happens then.

use std::collections::BTreeSet;

use maud::{Markup, html};
use weir_engine::Timestamp;
use weir_graph::{AttributeMatch, Kind, Program};
use weir_insight::{Story, Wait, WaitKind, why};

use super::{part::Look, send};

/// Waits shown at most.
const WAITS_MAX: usize = 20;

/// The section, under the heading `title`; hidden if there is nothing to say.
pub(super) fn section(
    title: &str,
    program: Option<&Program>,
    story: &Story,
    now: Timestamp,
) -> Markup {
    let Some(program) = program else {
        return html! { section #now hidden {} };
    };
    let why = why(program, story, now);
    html! {
        section #now aria-labelledby="now-title" {
            h2 #now-title { (title) }
            @if !why.waits.is_empty() {
                ul.now {
                    @for wait in why.waits.iter().take(WAITS_MAX) { (item(wait, program)) }
                    @if why.waits.len() > WAITS_MAX {
                        li.quiet { "… and " (why.waits.len() - WAITS_MAX) " more." }
                    }
                }
            }
            p.quiet { (with_code(&why.summary)) }
        }
    }
}

fn item(wait: &Wait, program: &Program) -> Markup {
    let look = match wait.kind {
        WaitKind::Action => Look::Running,
        WaitKind::Event | WaitKind::Time | WaitKind::Retry => Look::Waiting,
    };
    let types = awaited(wait, program);
    html! {
        li {
            span.dot.(look.word()) aria-hidden="true" {}
            div {
                p { (with_code(&wait.text)) }
                @if let Some(command) = &wait.command {
                    p.command { code { (command) } }
                }
                @if !types.is_empty() {
                    p {
                        @for one in types {
                            a.inline href=(send::path(&one)) { "Send " code { (one) } }
                        }
                    }
                }
            }
        }
    }
}

/// A text in which backquotes stand around names.
fn with_code(text: &str) -> Markup {
    html! {
        @for (place, piece) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (piece) } } @else { (piece) }
        }
    }
}

/// The types of the events that a `listen` is for, as far as they are fixed.
fn awaited(wait: &Wait, program: &Program) -> BTreeSet<String> {
    let task = program.find(&wait.reference);
    let Some(Kind::Listen(listen)) = task.map(|task| &task.kind) else {
        return BTreeSet::new();
    };
    let filters = listen.to.filters.iter();
    let types = filters.filter_map(|filter| match filter.attributes.get("type")? {
        AttributeMatch::Literal(value) => value.as_str().map(str::to_owned),
        AttributeMatch::Pattern { text, .. } => Some(text.clone()),
        AttributeMatch::Expression(_) => None,
    });
    types.collect()
}
