//! The tree of a document's values, each with its place in the text.

use serde_json::{Map, Number, Value};

use crate::source::Span;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub kind: NodeKind,
    pub span: Span,
}

/// The JSON kinds of value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NodeKind {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

/// One entry of a mapping. Keys are unique within it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub key: String,
    pub key_span: Span,
    pub value: Node,
}

impl Node {
    /// The value without its places.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(value) => Value::Bool(*value),
            NodeKind::Number(value) => Value::Number(value.clone()),
            NodeKind::String(value) => Value::String(value.clone()),
            NodeKind::Sequence(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            NodeKind::Mapping(entries) => {
                let pair = |entry: &Entry| (entry.key.clone(), entry.value.to_value());
                Value::Object(entries.iter().map(pair).collect::<Map<_, _>>())
            }
        }
    }

    /// The string that this is, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let NodeKind::String(text) = &self.kind {
            Some(text)
        } else {
            None
        }
    }

    /// The entries of the mapping that this is, if it is one.
    pub fn entries(&self) -> Option<&[Entry]> {
        if let NodeKind::Mapping(entries) = &self.kind {
            Some(entries)
        } else {
            None
        }
    }

    /// The member of a mapping; `None` too if this is none.
    pub fn member(&self, key: &str) -> Option<&Self> {
        self.entries()?
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// What the value is, for messages.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "nothing (null)",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Number(_) => "a number",
            NodeKind::String(_) => "a string",
            NodeKind::Sequence(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
        }
    }
}
