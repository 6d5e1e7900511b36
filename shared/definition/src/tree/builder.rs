//! Builds the tree from events and keeps the limits.

mod extent;

use std::collections::BTreeMap;

use self::extent::Extent;
use crate::diagnostic::{DIAGNOSTICS_MAX, Diagnostic, code};
use crate::pointer;
use crate::source::node::{Entry, Node, NodeKind};
use crate::source::{self, Span};
use crate::tree::{NESTING_MAX, POINTER_BYTES_MAX, Stopped, TEXT_BYTES_MAX, Tree, VALUES_MAX};

/// What an item's index adds to a pointer, at most.
const INDEX_BYTES: usize = 7;

pub(super) struct Builder<'text> {
    text: &'text str,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: BTreeMap<usize, Anchored>,
    values: usize,
    text_bytes: usize,
    diagnostics: Vec<Diagnostic>,
}

/// A collection that has begun and not ended.
struct Open {
    content: Content,
    start: usize,
    anchor: usize,
    /// What it holds so far, itself counted.
    extent: Extent,
    /// The length of its pointer.
    pointer_bytes: usize,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        seen: BTreeMap<String, Span>,
        key: Key,
    },
}

/// What a mapping expects next.
enum Key {
    Awaited,
    Known(String, Span),
    /// The key was refused; its value will be dropped.
    Refused,
}

/// A value that aliases can repeat.
#[derive(Clone)]
struct Anchored {
    node: Node,
    extent: Extent,
}

impl<'text> Builder<'text> {
    pub fn new(text: &'text str) -> Self {
        Self {
            text,
            open: Vec::new(),
            root: None,
            anchors: BTreeMap::new(),
            values: 0,
            text_bytes: 0,
            diagnostics: Vec::new(),
        }
    }

    pub fn finish(self, completed: bool) -> Tree {
        let Self {
            root, diagnostics, ..
        } = self;
        Tree {
            root: root.filter(|_| completed),
            diagnostics,
        }
    }

    pub fn begin_list(&mut self, start: usize, anchor: usize) -> Result<(), Stopped> {
        self.begin(Content::List(Vec::new()), start, anchor)
    }

    pub fn begin_map(&mut self, start: usize, anchor: usize) -> Result<(), Stopped> {
        let seen = BTreeMap::new();
        self.begin(
            Content::Map {
                entries: Vec::new(),
                seen,
                key: Key::Awaited,
            },
            start,
            anchor,
        )
    }

    fn begin(&mut self, content: Content, start: usize, anchor: usize) -> Result<(), Stopped> {
        let span = Span {
            start,
            end: start + 1,
        };
        if self.open.len() >= NESTING_MAX {
            return Err(self.too_deep(span));
        }
        self.charge(1, 0, span)?;
        let pointer_bytes = self.pointer_bytes();
        self.open.push(Open {
            content,
            start,
            anchor,
            extent: Extent::COLLECTION,
            pointer_bytes,
        });
        Ok(())
    }

    /// Ends the innermost collection; without `end`, it ends where its last child does.
    pub fn end(&mut self, end: Option<usize>) -> Result<(), Stopped> {
        let Some(Open {
            content,
            start,
            anchor,
            extent,
            ..
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let (kind, last) = match content {
            Content::List(mut items) => {
                items.shrink_to_fit();
                let last = items.last().map(|item| item.span.end);
                (NodeKind::Sequence(items), last)
            }
            Content::Map { mut entries, .. } => {
                entries.shrink_to_fit();
                let last = entries
                    .last()
                    .map(|entry| entry.value.span.end.max(entry.key_span.end));
                (NodeKind::Mapping(entries), last)
            }
        };
        let end = end.or(last).unwrap_or(start).max(start);
        let node = Node {
            kind,
            span: Span { start, end },
        };
        self.place(Anchored { node, extent }, anchor)
    }

    pub fn scalar(&mut self, kind: NodeKind, span: Span, anchor: usize) -> Result<(), Stopped> {
        let node = Node { kind, span };
        let extent = Extent::scalar(node.as_str().map_or(0, str::len));
        self.charge(extent.values, extent.text_bytes, span)?;
        self.place(Anchored { node, extent }, anchor)
    }

    /// Repeats the value of an anchor. Its places remain those where it is written.
    pub fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stopped> {
        let Some(extent) = self.anchors.get(&anchor).map(|anchored| anchored.extent) else {
            let message = "an alias stands inside the value it repeats".to_owned();
            let expected = "an alias can only repeat a value that has ended".to_owned();
            return Err(self.stop(code::SYNTAX, span, message, expected));
        };
        let deepest = self.open.len() + extent.height;
        if deepest > NESTING_MAX || self.pointer_bytes() + extent.pointer_bytes > POINTER_BYTES_MAX
        {
            return Err(self.too_deep(span));
        }
        self.charge(extent.values, extent.text_bytes, span)?;
        match self.anchors.get(&anchor).cloned() {
            Some(copy) => self.place(copy, 0),
            None => Ok(()),
        }
    }

    /// Whether a mapping's key comes next.
    pub fn awaits_key(&self) -> bool {
        let content = self.open.last().map(|open| &open.content);
        matches!(
            content,
            Some(Content::Map {
                key: Key::Awaited,
                ..
            })
        )
    }

    pub fn key(&mut self, key: String, span: Span) -> Result<(), Stopped> {
        self.charge(0, key.len(), span)?;
        if self.pointer_bytes() + key.len() > POINTER_BYTES_MAX {
            return Err(self.too_deep(span));
        }
        let Some(Open {
            content: Content::Map {
                seen, key: next, ..
            },
            extent,
            ..
        }) = self.open.last_mut()
        else {
            return Ok(());
        };
        extent.text_bytes += key.len();
        let Some(first) = seen.get(&key).copied() else {
            seen.insert(key.clone(), span);
            *next = Key::Known(key, span);
            return Ok(());
        };
        *next = Key::Refused;
        let line = source::position(self.text, first.start).line;
        let message = format!("the key `{key}` stands twice in this mapping");
        let expected = format!("each key may stand once; the first is in line {line}");
        self.report(code::DUPLICATE_KEY, span, message, expected);
        Ok(())
    }

    /// Drops a key that cannot be one, and the value that will follow.
    pub fn refuse_key(&mut self, code: &'static str, span: Span, message: &str, expected: &str) {
        if let Some(Open {
            content: Content::Map { key, .. },
            ..
        }) = self.open.last_mut()
        {
            *key = Key::Refused;
        }
        self.report(code, span, message.to_owned(), expected.to_owned());
    }

    pub fn report(&mut self, code: &'static str, span: Span, message: String, expected: String) {
        let place = (self.text, span);
        let pointer = self.pointer();
        self.diagnostics
            .push(Diagnostic::new(code, place, &pointer, message, expected));
    }

    /// Reports something after which nothing more can be read.
    pub fn stop(
        &mut self,
        code: &'static str,
        span: Span,
        message: String,
        expected: String,
    ) -> Stopped {
        self.report(code, span, message, expected);
        Stopped
    }

    /// Puts a finished value where it belongs, and keeps a copy if it has an anchor.
    fn place(&mut self, value: Anchored, anchor: usize) -> Result<(), Stopped> {
        if anchor != 0 {
            self.charge(
                value.extent.values,
                value.extent.text_bytes,
                value.node.span,
            )?;
            self.anchors.insert(anchor, value.clone());
        }
        let Anchored { node, extent } = value;
        let Some(parent) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        match &mut parent.content {
            Content::List(items) => {
                items.push(node);
                parent.extent.add(extent, INDEX_BYTES);
            }
            Content::Map { entries, key, .. } => match std::mem::replace(key, Key::Awaited) {
                Key::Known(key, key_span) => {
                    parent.extent.add(extent, key.len() + 1);
                    entries.push(Entry {
                        key,
                        key_span,
                        value: node,
                    });
                }
                Key::Refused => {}
                Key::Awaited => {
                    let message = "a key is a mapping or a list";
                    let expected = "keys are strings; quote text that begins with `{` or `[`";
                    self.refuse_key(code::KEY_NOT_A_STRING, node.span, message, expected);
                }
            },
        }
        Ok(())
    }

    /// Counts what is added to the document; stops, too, once enough has been reported.
    fn charge(&mut self, values: usize, text_bytes: usize, span: Span) -> Result<(), Stopped> {
        if self.diagnostics.len() >= DIAGNOSTICS_MAX {
            return Err(Stopped);
        }
        self.values = self.values.saturating_add(values);
        self.text_bytes = self.text_bytes.saturating_add(text_bytes);
        if self.values <= VALUES_MAX && self.text_bytes <= TEXT_BYTES_MAX {
            return Ok(());
        }
        let message = "the document holds too much: here the limit is passed".to_owned();
        let expected = format!(
            "at most {VALUES_MAX} values and {TEXT_BYTES_MAX} bytes of text, anchors and each \
             use of an alias counted"
        );
        Err(self.stop(code::TOO_MANY_VALUES, span, message, expected))
    }

    pub fn too_deep(&mut self, span: Span) -> Stopped {
        let message = "values are nested too deep here".to_owned();
        let expected = format!(
            "at most {NESTING_MAX} levels, with keys of {POINTER_BYTES_MAX} bytes on the way to a \
             value; nest less, for example by splitting the workflow"
        );
        self.stop(code::TOO_DEEP, span, message, expected)
    }

    /// The length of the pointer to what comes next, but for a key yet to come.
    fn pointer_bytes(&self) -> usize {
        self.open.last().map_or(0, |open| match &open.content {
            Content::List(_) => open.pointer_bytes + INDEX_BYTES,
            Content::Map {
                key: Key::Known(key, _),
                ..
            } => open.pointer_bytes + key.len() + 1,
            Content::Map { .. } => open.pointer_bytes,
        })
    }

    /// The pointer of the place that has been reached.
    fn pointer(&self) -> String {
        self.open
            .iter()
            .fold(String::new(), |parent, open| match &open.content {
                Content::List(items) => pointer::join(&parent, &items.len().to_string()),
                Content::Map {
                    key: Key::Known(key, _),
                    ..
                } => pointer::join(&parent, key),
                Content::Map { .. } => parent,
            })
    }
}
