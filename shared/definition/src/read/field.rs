//! Places in the tree, and the properties of mappings.

use crate::diagnostic::code;
use crate::pointer;
use crate::read::Reader;
use crate::source::Span;
use crate::source::node::{Entry, Node, NodeKind};

/// The longest names that are compared with others, to tell which was meant.
const COMPARED_BYTES_MAX: usize = 64;

/// The most names that one is compared with.
const COMPARED_MAX: usize = 200;

/// The most names that a message lists.
const LISTED_MAX: usize = 16;

/// A value and its place.
#[derive(Clone)]
pub(super) struct Spot<'doc> {
    pub node: &'doc Node,
    /// Its key, in a mapping.
    pub key: Option<Span>,
    pub pointer: String,
    /// How messages call it: its key, or which item of what it is.
    pub name: String,
}

impl<'doc> Spot<'doc> {
    pub fn root(node: &'doc Node) -> Self {
        Self {
            node,
            key: None,
            pointer: String::new(),
            name: "the document".to_owned(),
        }
    }

    pub fn entry(&self, entry: &'doc Entry) -> Spot<'doc> {
        Spot {
            node: &entry.value,
            key: Some(entry.key_span),
            pointer: pointer::join(&self.pointer, &entry.key),
            name: format!("`{}`", entry.key),
        }
    }

    pub fn item(&self, index: usize, node: &'doc Node) -> Spot<'doc> {
        Spot {
            node,
            key: None,
            pointer: pointer::join(&self.pointer, &index.to_string()),
            name: format!("item {} of {}", index + 1, self.name),
        }
    }

    /// The value's bytes; the key's, if there is nothing after it.
    pub fn span(&self) -> Span {
        let span = self.node.span;
        let empty = span.start == span.end;
        self.key
            .filter(|_| empty || matches!(self.node.kind, NodeKind::Null))
            .unwrap_or(span)
    }

    pub fn string(&self) -> Option<&'doc str> {
        self.node.as_str()
    }
}

/// The properties of a mapping.
pub(super) struct Fields<'doc> {
    pub spot: Spot<'doc>,
    entries: &'doc [Entry],
}

impl<'doc> Fields<'doc> {
    pub fn get(&self, name: &str) -> Option<Spot<'doc>> {
        self.entries
            .iter()
            .find(|entry| entry.key == name)
            .map(|entry| self.spot.entry(entry))
    }

    pub fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == name)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'doc str, Spot<'doc>)> {
        self.entries
            .iter()
            .map(|entry| (entry.key.as_str(), self.spot.entry(entry)))
    }

    /// The entries whose names pass a test.
    pub fn matching(
        &self,
        test: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&'doc str, Spot<'doc>)> {
        let entries = self.entries.iter().filter(move |entry| test(&entry.key));
        entries.map(|entry| (entry.key.as_str(), self.spot.entry(entry)))
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Reader<'_> {
    /// The entries of a mapping, whatever their names.
    pub(super) fn map<'doc>(&mut self, spot: &Spot<'doc>, what: &str) -> Option<Fields<'doc>> {
        if let NodeKind::Mapping(entries) = &spot.node.kind {
            return Some(Fields {
                spot: spot.clone(),
                entries,
            });
        }
        self.wrong_type(spot, what);
        None
    }

    /// The properties of a mapping that may have only those `known`.
    pub(super) fn object<'doc>(
        &mut self,
        spot: &Spot<'doc>,
        what: &str,
        known: &[&str],
    ) -> Option<Fields<'doc>> {
        let fields = self.map(spot, what)?;
        self.refuse_unknown(&fields, known);
        Some(fields)
    }

    pub(super) fn refuse_unknown(&mut self, fields: &Fields<'_>, known: &[&str]) {
        self.refuse_unknown_but(fields, known, &[]);
    }

    /// The same, with some `silent` names that messages do not propose.
    pub(super) fn refuse_unknown_but(
        &mut self,
        fields: &Fields<'_>,
        known: &[&str],
        silent: &[&str],
    ) {
        let unknown = |name: &str| !known.contains(&name) && !silent.contains(&name);
        for (name, spot) in fields.matching(unknown) {
            if self.is_full() {
                break;
            }
            let among = format!("{} may have {}", fields.spot.name, list(known, "and"));
            let expected = match nearest(name, known) {
                Some(meant) => format!("did you mean `{meant}`? {among}"),
                None => among,
            };
            let message = format!("unknown property `{name}`");
            self.report_key(code::UNKNOWN_PROPERTY, &spot, message, expected);
        }
    }

    /// A property that must be there; `what` it is, for the message.
    pub(super) fn required<'doc>(
        &mut self,
        fields: &Fields<'doc>,
        name: &str,
        what: &str,
    ) -> Option<Spot<'doc>> {
        let found = fields.get(name);
        if found.is_none() {
            let message = format!("{} has no `{name}`", fields.spot.name);
            let expected = format!("add `{name}:` with {what}");
            self.report_key(code::MISSING_PROPERTY, &fields.spot, message, expected);
        }
        found
    }

    /// The one property among `names` that is there; several or none are reported.
    pub(super) fn one_of<'doc, 'name>(
        &mut self,
        fields: &Fields<'doc>,
        names: &[&'name str],
    ) -> Option<(&'name str, Spot<'doc>)> {
        if !self.at_most_one(fields, names) {
            return None;
        }
        let found = names
            .iter()
            .find_map(|name| fields.get(name).map(|spot| (*name, spot)));
        if found.is_none() {
            let message = format!("{} has none of {}", fields.spot.name, list(names, "and"));
            let expected = format!("add exactly one of {}", list(names, "or"));
            self.report_key(code::EXCLUSIVE, &fields.spot, message, expected);
        }
        found
    }

    /// Whether at most one of several properties is there; the second is reported.
    pub(super) fn at_most_one(&mut self, fields: &Fields<'_>, names: &[&str]) -> bool {
        let mut present = fields.matching(|name| names.contains(&name));
        let (Some((first, _)), Some((second, spot))) = (present.next(), present.next()) else {
            return true;
        };
        let message = format!("`{second}` cannot stand beside `{first}`");
        let expected = format!("keep one of {}", list(names, "and"));
        self.report_key(code::EXCLUSIVE, &spot, message, expected);
        false
    }

    /// The items of a list.
    pub(super) fn list<'doc>(&mut self, spot: &Spot<'doc>, what: &str) -> Option<Vec<Spot<'doc>>> {
        if let NodeKind::Sequence(items) = &spot.node.kind {
            return Some(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| spot.item(index, item))
                    .collect(),
            );
        }
        self.wrong_type(spot, what);
        None
    }

    /// The single entry of an item of a list of named things: `- name: …`.
    pub(super) fn named_item<'doc>(
        &mut self,
        spot: &Spot<'doc>,
        what: &str,
    ) -> Option<(&'doc str, Spot<'doc>)> {
        let fields = self.map(
            spot,
            &format!("a mapping with one entry, `- name: …`: {what}"),
        )?;
        let mut entries = fields.iter();
        match (entries.next(), entries.next()) {
            (Some(entry), None) => Some(entry),
            (Some(_), Some((name, second))) => {
                let message = format!("`{name}` stands in the same list item as another entry");
                let expected = format!("one entry per item: begin a new item, `- {name}: …`");
                self.report_key(code::EXCLUSIVE, &second, message, expected);
                None
            }
            (None, _) => {
                let message = format!("{} is empty", spot.name);
                self.report(
                    code::EMPTY,
                    spot,
                    message,
                    format!("write `- name: …`: {what}"),
                );
                None
            }
        }
    }

    pub(super) fn wrong_type(&mut self, spot: &Spot<'_>, what: &str) {
        let found = spot.node.kind_name();
        let unquoted = matches!(spot.node.kind, NodeKind::Bool(_) | NodeKind::Number(_));
        let hint = if unquoted && what.contains("a string") {
            "; put it in quotes"
        } else {
            ""
        };
        let message = format!("{} is {found}", spot.name);
        self.report(
            code::WRONG_TYPE,
            spot,
            message,
            format!("expected {what}{hint}"),
        );
    }
}

/// The name most like `name`, if any is alike enough to be meant.
pub(super) fn nearest<'name>(name: &str, known: &[&'name str]) -> Option<&'name str> {
    let comparable = |name: &str| name.len() <= COMPARED_BYTES_MAX;
    if !comparable(name) {
        return None;
    }
    let limit = (name.chars().count() / 3).max(1);
    let lower = name.to_lowercase();
    let distance = |known: &str| strsim::osa_distance(&lower, &known.to_lowercase());
    let candidates = known.iter().filter(|known| comparable(known));
    let nearest = candidates
        .take(COMPARED_MAX)
        .map(|known| (distance(known), *known))
        .min_by_key(|pair| pair.0);
    nearest
        .filter(|(distance, _)| *distance <= limit)
        .map(|(_, known)| known)
}

/// `` `a`, `b` and `c` ``.
pub(super) fn list(names: &[&str], conjunction: &str) -> String {
    if names.len() > LISTED_MAX {
        return format!("{}, …", list(&names[..LISTED_MAX], "and"));
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            format!("{} {conjunction} {last}", rest.join(", "))
        }
        Some((last, _)) => last.clone(),
        None => "no properties".to_owned(),
    }
}
