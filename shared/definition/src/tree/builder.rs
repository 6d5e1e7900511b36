//! Builds the tree from events and keeps the limits.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, code};
use crate::pointer;
use crate::source::Span;
use crate::source::node::{Entry, Node, NodeKind};
use crate::tree::{NESTING_MAX, Stopped, TEXT_BYTES_MAX, Tree, VALUES_MAX};

/// The most diagnostics collected about one text.
const DIAGNOSTICS_MAX: usize = 100;

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
    /// How deep the deepest child is, itself counted.
    height: usize,
    /// The values in it, itself counted.
    values: usize,
    text_bytes: usize,
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
    height: usize,
    values: usize,
    text_bytes: usize,
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

    /// Ends the innermost collection; without `end`, it ends where its last child does.
    pub fn end(&mut self, end: Option<usize>) -> Result<(), Stopped> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let Open {
            content,
            start,
            anchor,
            height,
            values,
            text_bytes,
        } = open;
        let (kind, last) = match content {
            Content::List(items) => {
                let last = items.last().map(|item| item.span.end);
                (NodeKind::Sequence(items), last)
            }
            Content::Map { entries, .. } => {
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
        self.place(
            Anchored {
                node,
                height,
                values,
                text_bytes,
            },
            anchor,
        )
    }

    pub fn scalar(&mut self, kind: NodeKind, span: Span, anchor: usize) -> Result<(), Stopped> {
        let node = Node { kind, span };
        let text_bytes = node.as_str().map_or(0, str::len);
        self.charge(1, text_bytes, span)?;
        self.place(
            Anchored {
                node,
                height: 0,
                values: 1,
                text_bytes,
            },
            anchor,
        )
    }

    /// Repeats the value of an anchor. Its places remain those where it is written.
    pub fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stopped> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            let message = "an alias stands inside the value it repeats".to_owned();
            let expected = "an alias can only repeat a value that has ended".to_owned();
            return Err(self.stop(code::SYNTAX, span, message, expected));
        };
        let (values, text_bytes) = (anchored.values, anchored.text_bytes);
        if self.open.len() + anchored.height > NESTING_MAX {
            return Err(self.too_deep(span));
        }
        self.charge(values, text_bytes, span)?;
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
        let Some(Open {
            content: Content::Map {
                seen, key: next, ..
            },
            text_bytes,
            ..
        }) = self.open.last_mut()
        else {
            return Ok(());
        };
        *text_bytes += key.len();
        let Some(first) = seen.get(&key).copied() else {
            seen.insert(key.clone(), span);
            *next = Key::Known(key, span);
            return Ok(());
        };
        *next = Key::Refused;
        let line = crate::source::position(self.text, first.start).line;
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
        if self.diagnostics.len() < DIAGNOSTICS_MAX {
            let pointer = self.pointer();
            let place = (self.text, span);
            self.diagnostics
                .push(Diagnostic::new(code, place, &pointer, message, expected));
        }
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

    fn begin(&mut self, content: Content, start: usize, anchor: usize) -> Result<(), Stopped> {
        let span = Span {
            start,
            end: start + 1,
        };
        if self.open.len() >= NESTING_MAX {
            return Err(self.too_deep(span));
        }
        self.charge(1, 0, span)?;
        self.open.push(Open {
            content,
            start,
            anchor,
            height: 1,
            values: 1,
            text_bytes: 0,
        });
        Ok(())
    }

    /// Puts a finished value where it belongs, and keeps a copy if it has an anchor.
    fn place(&mut self, value: Anchored, anchor: usize) -> Result<(), Stopped> {
        if anchor != 0 {
            self.charge(value.values, value.text_bytes, value.node.span)?;
            self.anchors.insert(anchor, value.clone());
        }
        let Anchored {
            node,
            height,
            values,
            text_bytes,
        } = value;
        let Some(parent) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        parent.height = parent.height.max(height + 1);
        parent.values += values;
        parent.text_bytes += text_bytes;
        match &mut parent.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key, .. } => match std::mem::replace(key, Key::Awaited) {
                Key::Known(key, key_span) => entries.push(Entry {
                    key,
                    key_span,
                    value: node,
                }),
                Key::Refused => {}
                Key::Awaited => {
                    let span = node.span;
                    let message = "a key is a mapping or a list";
                    let expected = "keys are strings; quote text that begins with `{` or `[`";
                    self.refuse_key(code::KEY_NOT_A_STRING, span, message, expected);
                }
            },
        }
        Ok(())
    }

    fn charge(&mut self, values: usize, text_bytes: usize, span: Span) -> Result<(), Stopped> {
        self.values = self.values.saturating_add(values);
        self.text_bytes = self.text_bytes.saturating_add(text_bytes);
        if self.values <= VALUES_MAX && self.text_bytes <= TEXT_BYTES_MAX {
            return Ok(());
        }
        let message = "the document is too large once its aliases are followed".to_owned();
        let expected = format!(
            "at most {VALUES_MAX} values and {TEXT_BYTES_MAX} bytes of text, \
             each use of an alias counted"
        );
        Err(self.stop(code::TOO_MANY_VALUES, span, message, expected))
    }

    fn too_deep(&mut self, span: Span) -> Stopped {
        let message = format!("values are nested more than {NESTING_MAX} deep here");
        let expected = "nest less, for example by splitting the workflow".to_owned();
        self.stop(code::TOO_DEEP, span, message, expected)
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
