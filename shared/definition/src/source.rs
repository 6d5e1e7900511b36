//! The text of a document and where each of its values stands.

pub(crate) mod node;

use serde_json::Value;

use self::node::{Entry, Node, NodeKind};
use crate::{Diagnostic, pointer, tree};

/// A place in a text: both numbers from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

/// A range of bytes in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// A document's text and the tree of its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    text: String,
    name: String,
    root: Node,
}

impl Source {
    pub(crate) fn new(text: &str, name: &str, root: Node) -> Self {
        Self {
            text: text.to_owned(),
            name: name.to_owned(),
            root,
        }
    }

    /// Reads any document in YAML 1.2 or JSON, within the limits of definitions: what stands
    /// where, and its value.
    ///
    /// # Errors
    /// Everything that is wrong with the text.
    pub fn read(text: &str, name: &str) -> Result<(Self, Value), Vec<Diagnostic>> {
        let tree::Tree { root, diagnostics } = tree::build(text, name);
        match root {
            Some(root) if diagnostics.is_empty() => {
                let value = root.to_value();
                Ok((Self::new(text, name, root), value))
            }
            _ => Err(diagnostics),
        }
    }

    /// The document as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The name of the file, as given to [`crate::parse`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The line and column of a byte of the text.
    pub fn position(&self, byte: usize) -> Position {
        position(&self.text, byte)
    }

    /// The bytes of the key at `pointer`; of the value, where it is an item of a list or the
    /// document. A pointer that leads nowhere yields its nearest existing ancestor.
    pub fn key_span(&self, pointer: &str) -> Span {
        let (node, key) = self.locate(pointer);
        key.unwrap_or(node.span)
    }

    /// The bytes of the value at `pointer`, or of its nearest existing ancestor.
    pub fn value_span(&self, pointer: &str) -> Span {
        self.locate(pointer).0.span
    }

    fn locate(&self, pointer: &str) -> (&Node, Option<Span>) {
        let mut place = (&self.root, None);
        for token in pointer::tokens(pointer) {
            match child(place.0, &token) {
                Some(next) => place = next,
                None => break,
            }
        }
        place
    }
}

fn child<'node>(node: &'node Node, token: &str) -> Option<(&'node Node, Option<Span>)> {
    match &node.kind {
        NodeKind::Mapping(entries) => {
            let named = |entry: &&Entry| entry.key == token;
            entries
                .iter()
                .find(named)
                .map(|entry| (&entry.value, Some(entry.key_span)))
        }
        NodeKind::Sequence(items) => token
            .parse::<usize>()
            .ok()
            .and_then(|index| items.get(index))
            .map(|item| (item, None)),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => None,
    }
}

/// The line and column of a byte of `text`; past the end, of the end.
pub(crate) fn position(text: &str, byte: usize) -> Position {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before[line_start..]
        .chars()
        .filter(|char| *char != '\u{feff}')
        .count()
        + 1;
    Position {
        line: saturate(line),
        column: saturate(column),
    }
}

fn saturate(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
