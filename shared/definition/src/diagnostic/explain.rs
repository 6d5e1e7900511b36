//! What each code means to an author: the one registry that `weir explain` and the docs page read.

mod meaning;
mod names;
mod shape;
mod text;
mod warnings;

use super::Severity;

/// A code, explained for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// The code, one of [`super::code`]'s.
    pub code: &'static str,
    /// A few words.
    pub title: &'static str,
    /// Why it is reported: a paragraph.
    pub reason: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// A document that has it: whole if it begins with `document:`, otherwise what follows that
    /// section. Empty where it would be too long to read.
    pub example: &'static str,
}

/// The explanation of `code`, whatever its case.
pub fn explain(code: &str) -> Option<&'static Explanation> {
    explanations().find(|explanation| explanation.code.eq_ignore_ascii_case(code))
}

/// All explanations, in the order of their codes.
pub fn explanations() -> impl Iterator<Item = &'static Explanation> {
    let groups = [
        text::ENTRIES,
        shape::ENTRIES,
        names::ENTRIES,
        meaning::ENTRIES,
        warnings::ENTRIES,
    ];
    groups.into_iter().flatten()
}

/// The docs page of all codes: `docs/diagnostics.md`.
pub fn page() -> String {
    let mut page = String::from(
        "# Diagnostics\n\n\
         What `weir check` and a deployment say, by code. `E` refuses a document, `W` warns. A code\n\
         keeps its meaning for ever. `weir explain CODE` prints the same.\n\n\
         This page is generated: `WEIR_UPDATE=1 cargo test -p weir-definition --test explain`.\n",
    );
    for explanation in explanations() {
        page.push('\n');
        page.push_str(&explanation.section());
    }
    page
}

impl Explanation {
    /// Whether documents that have it are refused.
    pub fn severity(&self) -> Severity {
        Severity::of(self.code)
    }

    /// Its section of the docs page, in Markdown.
    pub fn section(&self) -> String {
        let Self {
            code,
            title,
            reason,
            remedy,
            example,
        } = self;
        let mut section = format!("## {code}: {title}\n\n{reason}\n\n**Remedy:** {remedy}\n");
        if !example.is_empty() {
            section.push_str("\n```yaml\n");
            section.push_str(example.trim_end());
            section.push_str("\n```\n");
        }
        section
    }
}
