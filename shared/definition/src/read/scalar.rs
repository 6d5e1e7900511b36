//! Strings, numbers, booleans, and values that may hold expressions.

use std::ops::RangeInclusive;

use crate::diagnostic::{clip, code};
use crate::model::Reference;
use crate::model::data::{Expression, Template, Text, is_expression};
use crate::read::Reader;
use crate::read::field::{Spot, list, nearest};
use crate::source::node::NodeKind;

impl Reader<'_> {
    pub(super) fn string<'doc>(&mut self, spot: &Spot<'doc>, what: &str) -> Option<&'doc str> {
        if spot.string().is_none() {
            self.wrong_type(spot, what);
        }
        spot.string()
    }

    /// A string that is not blank.
    pub(super) fn filled<'doc>(&mut self, spot: &Spot<'doc>, what: &str) -> Option<&'doc str> {
        let text = self.string(spot, what)?;
        if text.trim().is_empty() {
            let message = format!("{} is empty", spot.name);
            self.report(code::EMPTY, spot, message, format!("expected {what}"));
            return None;
        }
        Some(text)
    }

    pub(super) fn text(&mut self, spot: &Spot<'_>, what: &str) -> Option<Text> {
        let value = self.filled(spot, what)?.to_owned();
        Some(Text {
            value,
            pointer: spot.pointer.clone(),
        })
    }

    pub(super) fn owned(&mut self, spot: &Spot<'_>) -> Option<String> {
        self.string(spot, "a string").map(str::to_owned)
    }

    pub(super) fn boolean(&mut self, spot: &Spot<'_>) -> Option<bool> {
        if let NodeKind::Bool(value) = spot.node.kind {
            return Some(value);
        }
        self.wrong_type(spot, "true or false");
        None
    }

    pub(super) fn integer(&mut self, spot: &Spot<'_>, range: RangeInclusive<u64>) -> Option<u64> {
        let what = match (range.start(), range.end()) {
            (0, &u64::MAX) => "a whole number, 0 or more".to_owned(),
            (low, high) => format!("a whole number from {low} to {high}"),
        };
        let NodeKind::Number(number) = &spot.node.kind else {
            self.wrong_type(spot, &what);
            return None;
        };
        let value = number.as_u64().filter(|value| range.contains(value));
        if value.is_none() {
            let message = format!("{} is {number}", spot.name);
            self.report(code::NOT_ALLOWED, spot, message, format!("expected {what}"));
        }
        value
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, spot: &Spot<'_>, words: &[(&str, T)]) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let what = format!("{}, a string", list(&names, "or"));
        let text = self.string(spot, &what)?;
        let found = words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| *value);
        if found.is_none() {
            let meant = nearest(text, &names)
                .map(|meant| format!("did you mean `{meant}`? "))
                .unwrap_or_default();
            let message = format!("{} is `{}`", spot.name, clip(text));
            let expected = format!("{meant}expected {}", list(&names, "or"));
            self.report(code::NOT_ALLOWED, spot, message, expected);
        }
        found
    }

    /// A field that is typed as an expression.
    pub(super) fn expression(&mut self, spot: &Spot<'_>) -> Option<Expression> {
        let text = self
            .filled(spot, "a runtime expression, a string")?
            .to_owned();
        Some(Expression {
            text,
            pointer: spot.pointer.clone(),
        })
    }

    /// Any value; its `${ }` strings are expressions.
    #[expect(clippy::unused_self, reason = "reads like its siblings")]
    pub(super) fn template(&mut self, spot: &Spot<'_>) -> Template {
        Template {
            value: spot.node.to_value(),
            pointer: spot.pointer.clone(),
        }
    }

    /// A string that may be `${ }`.
    pub(super) fn string_template(&mut self, spot: &Spot<'_>) -> Option<Template> {
        self.string(spot, "a string").map(|_| self.template(spot))
    }

    /// A mapping whose values may be anything.
    pub(super) fn map_template(&mut self, spot: &Spot<'_>) -> Option<Template> {
        self.map(spot, "a mapping").map(|_| self.template(spot))
    }

    /// A mapping of strings, or one `${ }` that yields it.
    pub(super) fn strings_template(&mut self, spot: &Spot<'_>) -> Option<Template> {
        if !spot.string().is_some_and(is_expression) {
            self.string_map(spot, "a mapping of strings, or one expression in `${ }`")?;
        }
        Some(self.template(spot))
    }

    /// Checks a mapping of strings.
    pub(super) fn string_map(&mut self, spot: &Spot<'_>, what: &str) -> Option<()> {
        let fields = self.map(spot, what)?;
        for (_, value) in fields.iter() {
            self.string(&value, "a string");
        }
        Some(())
    }

    /// The strings of a list, each of which may be `${ }`.
    pub(super) fn string_list(&mut self, spot: &Spot<'_>) -> Option<Vec<Template>> {
        let items = self.list(spot, "a list of strings")?;
        let templates = items.iter().map(|item| self.string_template(item));
        Some(
            templates
                .collect::<Vec<_>>()
                .into_iter()
                .flatten()
                .collect(),
        )
    }

    /// A component in place, or the name of one.
    pub(super) fn reference<T>(
        &mut self,
        spot: &Spot<'_>,
        section: &str,
        inline: impl FnOnce(&mut Self, &Spot<'_>) -> Option<T>,
    ) -> Option<Reference<T>> {
        if spot.string().is_none() {
            return inline(self, spot).map(Reference::Inline);
        }
        self.component_name(spot, section).map(Reference::Named)
    }

    /// The name of a component that must exist under `use`.
    pub(super) fn component_name(&mut self, spot: &Spot<'_>, section: &str) -> Option<Text> {
        let name = self.text(
            spot,
            &format!("a name defined in `use.{section}`, a string"),
        )?;
        let names = match section {
            "authentications" => &self.components.authentications,
            "errors" => &self.components.errors,
            "retries" => &self.components.retries,
            _ => &self.components.timeouts,
        };
        if names.contains(&name.value) {
            return Some(name);
        }
        if self.is_full() {
            return None;
        }
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let expected = match nearest(&name.value, &known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.is_empty() => format!("define it in `use.{section}`"),
            None => format!(
                "define it in `use.{section}`, or use {}",
                list(&known, "or")
            ),
        };
        let message = format!("`{}` is not defined in `use.{section}`", clip(&name.value));
        self.report(code::UNKNOWN_COMPONENT, spot, message, expected);
        None
    }
}
