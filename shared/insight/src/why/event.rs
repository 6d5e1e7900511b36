//! Events that are listened for.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Map, Value, json};
use weir_engine::{Consumed, Subscription};
use weir_graph::{AttributeMatch, EventFilter, Listen, Mode, Until};

use crate::words;

/// Attributes of events for which `weir send` has options of their own.
const OPTIONS: [&str; 2] = ["source", "subject"];

/// An open `listen`, and what it has heard.
pub(super) struct Heard<'a> {
    pub listen: &'a Listen,
    pub subscription: &'a Subscription,
    pub received: &'a [Consumed],
    pub keys: &'a BTreeMap<String, Value>,
}

impl Heard<'_> {
    /// Which events, with the values that correlate.
    pub fn text(&self) -> String {
        let (own, until) = self.listen.to.filters.split_at(self.listen.until_from());
        let own = own.iter().enumerate();
        let wanted: Vec<String> = match self.listen.to.mode {
            Mode::All => own
                .filter(|(place, _)| !self.has(*place))
                .map(|(place, filter)| self.described(place, filter))
                .collect(),
            Mode::One | Mode::Any => own
                .map(|(place, filter)| self.described(place, filter))
                .collect(),
        };
        let mut text = match (self.listen.to.mode, &wanted[..]) {
            (_, []) => "waits for an event, of whatever type.".to_owned(),
            (Mode::All, [_, _, ..]) => {
                format!(
                    "waits for {} more events: {}.",
                    wanted.len(),
                    words::listed(&wanted, "and")
                )
            }
            (Mode::All | Mode::One | Mode::Any, _) => {
                format!("waits for {}.", words::listed(&wanted, "or"))
            }
        };
        let came = self.received.len();
        if came > 0 {
            let _ = write!(
                text,
                " So far it has taken {}.",
                words::counted(came, "event")
            );
        }
        // Writing to a string does not fail.
        let _ = match &self.listen.until {
            Some(Until::Condition(condition)) => write!(
                text,
                " It goes on until `{}` is true of what came, or {} events have come.",
                condition.source().trim(),
                self.listen.events_max
            ),
            Some(Until::Events { from, .. }) => {
                let ends = until.iter().enumerate();
                let ends = ends.map(|(place, filter)| self.described(from + place, filter));
                let ends: Vec<String> = ends.collect();
                write!(text, " It ends with {}.", words::listed(&ends, "or"))
            }
            None => Ok(()),
        };
        text
    }

    fn has(&self, filter: usize) -> bool {
        self.received.iter().any(|one| one.filter == filter)
    }

    /// The value that a correlation key must have, if it is known.
    fn expected(&self, filter: usize, name: &str) -> Option<&Value> {
        let expected = self.subscription.expected.get(filter);
        let expected = expected.and_then(|expected| expected.get(name));
        expected.or_else(|| self.keys.get(name))
    }

    fn described(&self, place: usize, filter: &EventFilter) -> String {
        let mut text = match filter.attributes.get("type") {
            Some(AttributeMatch::Literal(kind)) => {
                format!("an event of the type `{}`", plain(kind))
            }
            Some(AttributeMatch::Pattern { text, .. }) => {
                format!("an event whose type matches `{text}`")
            }
            Some(AttributeMatch::Expression(expression)) => {
                format!(
                    "an event whose type satisfies `{}`",
                    expression.source().trim()
                )
            }
            None => "an event".to_owned(),
        };
        let others = filter.attributes.iter().filter(|(name, _)| *name != "type");
        let mut conditions: Vec<String> = others
            .map(|(name, wanted)| match wanted {
                AttributeMatch::Literal(value) => format!("`{name}` is {}", words::value(value)),
                AttributeMatch::Pattern { text, .. } => format!("`{name}` matches `{text}`"),
                AttributeMatch::Expression(expression) => {
                    format!("`{name}` satisfies `{}`", expression.source().trim())
                }
            })
            .collect();
        for key in &filter.correlate {
            let from = key.from.source().trim();
            conditions.push(match self.expected(place, &key.name) {
                Some(value) => format!("`{from}` is {} (`{}`)", words::value(value), key.name),
                None => format!("`{from}` has a value (`{}`, the same for all)", key.name),
            });
        }
        if !conditions.is_empty() {
            text.push_str(", where ");
            text.push_str(&words::listed(&conditions, "and"));
        }
        text
    }

    /// A command that publishes the next event, with all that can be told from the filter. What a
    /// condition asks of the data, the author must add.
    pub fn command(&self) -> Option<String> {
        let own = &self.listen.to.filters[..self.listen.until_from()];
        let mut open = own
            .iter()
            .enumerate()
            .filter(|(place, _)| match self.listen.to.mode {
                Mode::All => !self.has(*place),
                Mode::One | Mode::Any => true,
            });
        let Some((place, filter)) = open.next() else {
            return own.is_empty().then(|| "weir send TYPE".to_owned());
        };
        let kind = match filter.attributes.get("type") {
            Some(AttributeMatch::Literal(kind)) => plain(kind),
            Some(AttributeMatch::Pattern { .. } | AttributeMatch::Expression(_)) | None => {
                "TYPE".to_owned()
            }
        };
        let mut draft = Draft::default();
        for (name, wanted) in &filter.attributes {
            if let AttributeMatch::Literal(value) = wanted {
                draft.set(name, value);
            }
        }
        for key in &filter.correlate {
            if let Some(value) = self.expected(place, &key.name) {
                draft.put(key.from.source().trim(), value);
            }
        }
        Some(format!("weir send {}{}", quoted(&kind), draft.options()))
    }
}

/// An event to be: what is known of it.
#[derive(Default)]
struct Draft {
    attributes: BTreeMap<String, String>,
    data: Option<Value>,
}

impl Draft {
    fn set(&mut self, name: &str, value: &Value) {
        match name {
            "type" => {}
            "data" => self.data = Some(value.clone()),
            _ => _ = self.attributes.insert(name.to_owned(), plain(value)),
        }
    }

    /// Puts a value where a simple path, such as `.data.order.id`, leads; others say nothing.
    fn put(&mut self, path: &str, value: &Value) {
        let steps: Vec<&str> = path.split('.').skip(1).collect();
        let is_name = |step: &&str| {
            !step.is_empty()
                && step
                    .chars()
                    .all(|char| char.is_ascii_alphanumeric() || char == '_')
        };
        if !path.starts_with('.') || !steps.iter().all(is_name) {
            return;
        }
        match steps[..] {
            ["data", ref inner @ ..] if !inner.is_empty() => {
                let mut current = self.data.get_or_insert_with(|| json!({}));
                for step in inner {
                    if !current.is_object() {
                        *current = Value::Object(Map::new());
                    }
                    current = &mut current[*step];
                }
                *current = value.clone();
            }
            [name] => self.set(name, value),
            _ => {}
        }
    }

    fn options(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.attributes {
            let _ = if OPTIONS.contains(&name.as_str()) {
                write!(text, " --{name} {}", quoted(value))
            } else {
                let attribute = quoted(&format!("{name}={value}"));
                write!(text, " --attribute {attribute}")
            };
        }
        if let Some(data) = &self.data {
            let _ = write!(text, " --data {}", quoted(&data.to_string()));
        }
        text
    }
}

/// A value as an attribute has it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "._-/:=@%+,".contains(char);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
