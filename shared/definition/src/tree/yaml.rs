//! Reads YAML 1.2.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as CharSpan, Tag};
use serde_json::Number;

use crate::diagnostic::{clip, code};
use crate::source::Span;
use crate::source::node::NodeKind;
use crate::tree::Stopped;
use crate::tree::builder::Builder;
use crate::tree::scalar::{self, Unrepresentable};

/// How the parser says that flow collections are nested deeper than it can read ahead.
const PARSER_TOO_DEEP: &str = "recursion limit exceeded";

const CORE_SCHEMA: &str = "tag:yaml.org,2002:";

pub(super) fn read(text: &str, builder: &mut Builder<'_>) -> Result<(), Stopped> {
    let offsets = Offsets::new(text);
    let mut parser = Parser::new_from_str(offsets.content(text));
    let mut documents = 0;
    while let Some(event) = parser.next_event() {
        let (event, place) = event.map_err(|error| syntax(&error, &offsets, builder))?;
        let span = offsets.span(text, place);
        match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    let message = "a second document begins here".to_owned();
                    return Err(not_one(builder, span, message));
                }
            }
            Event::Scalar(value, style, anchor, tag) => {
                let tag = tag.as_deref();
                if builder.awaits_key() {
                    key(&value, style, tag, span, builder)?;
                } else {
                    let kind = resolve(&value, style, tag, span, builder);
                    builder.scalar(kind, span, anchor)?;
                }
            }
            Event::SequenceStart(anchor, tag) => {
                check_collection_tag(tag.as_deref(), "seq", span, builder);
                builder.begin_list(span.start, anchor)?;
            }
            Event::MappingStart(anchor, tag) => {
                check_collection_tag(tag.as_deref(), "map", span, builder);
                builder.begin_map(span.start, anchor)?;
            }
            // Only flow collections have a token that ends them.
            Event::SequenceEnd | Event::MappingEnd => {
                builder.end((!place.is_empty()).then_some(span.end))?;
            }
            Event::Alias(anchor) => alias(anchor, span, builder)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }
    if documents == 0 {
        return Err(not_one(
            builder,
            Span::default(),
            "the document is empty".to_owned(),
        ));
    }
    Ok(())
}

fn not_one(builder: &mut Builder<'_>, span: Span, message: String) -> Stopped {
    let expected = "a file holds exactly one workflow definition".to_owned();
    builder.stop(code::NOT_ONE_DOCUMENT, span, message, expected)
}

fn syntax(error: &ScanError, offsets: &Offsets, builder: &mut Builder<'_>) -> Stopped {
    let start = offsets.byte(error.marker().index());
    let span = Span { start, end: start };
    if error.info() == PARSER_TOO_DEEP {
        return builder.too_deep(span);
    }
    let message = format!("this is not valid YAML: {}", error.info());
    builder.stop(code::SYNTAX, span, message, remedy(error.info()).to_owned())
}

/// What to do about the parser's commonest complaints.
fn remedy(complaint: &str) -> &'static str {
    let remedies = [
        (
            "mapping values are not allowed",
            "quote text that has `: ` in it, such as jq objects",
        ),
        (
            "flow mapping, did not find expected",
            "inside `{ }` quote expressions ('${ … }') and other text with braces, and close it",
        ),
        (
            "flow sequence, expected",
            "inside `[ ]` quote expressions ('${ … }') and other text with braces, and close it",
        ),
        ("tabs", "indent with spaces"),
        (
            "unknown escape",
            "keep backslashes by single quotes, or double them",
        ),
        ("quoted scalar, found unexpected end", "close the quote"),
        (
            "cannot start any token",
            "quote text that begins with `@`, `` ` `` or `%`",
        ),
    ];
    let known = remedies.iter().find(|(part, _)| complaint.contains(part));
    known.map_or(
        "look for wrong indentation, a missing `:`, quote or bracket, or text that needs quotes, \
         here or just before",
        |(_, remedy)| remedy,
    )
}

fn alias(anchor: usize, span: Span, builder: &mut Builder<'_>) -> Result<(), Stopped> {
    if builder.awaits_key() {
        let (message, expected) = ("a key is an alias", "write the key out");
        builder.refuse_key(code::KEY_NOT_A_STRING, span, message, expected);
        return Ok(());
    }
    builder.alias(anchor, span)
}

fn key(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    span: Span,
    builder: &mut Builder<'_>,
) -> Result<(), Stopped> {
    if text == "<<" && style == ScalarStyle::Plain {
        let message = "merge keys (`<<`) are not part of YAML 1.2";
        let expected = "write the entries out, or repeat a whole value by an alias (`key: *name`)";
        builder.refuse_key(code::MERGE_KEY, span, message, expected);
        return Ok(());
    }
    if let Some(tag) = tag.filter(|tag| !(tag.handle == CORE_SCHEMA && tag.suffix == "str")) {
        refuse_tag(tag, span, builder);
    }
    let plain = style == ScalarStyle::Plain && tag.is_none();
    if plain && !matches!(scalar::resolve(text), Ok(NodeKind::String(_))) {
        let message = format!("the key `{}` is not a string", clip(text));
        let expected = format!("keys are strings: write it in quotes, \"{}\"", clip(text));
        builder.refuse_key(code::KEY_NOT_A_STRING, span, &message, &expected);
        return Ok(());
    }
    builder.key(text.to_owned(), span)
}

fn resolve(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    span: Span,
    builder: &mut Builder<'_>,
) -> NodeKind {
    let string = || NodeKind::String(text.to_owned());
    let resolved = match tag {
        None if style == ScalarStyle::Plain => scalar::resolve(text),
        None => Ok(string()),
        Some(tag) => tagged(text, tag).unwrap_or_else(|| {
            refuse_tag(tag, span, builder);
            Ok(string())
        }),
    };
    resolved.unwrap_or_else(|Unrepresentable| {
        let message = format!("the number {} cannot be kept", clip(text));
        let expected = "numbers are finite, and integers have at most 64 bits; \
                        write it in quotes if it is a text"
            .to_owned();
        builder.report(code::NUMBER, span, message, expected);
        NodeKind::Number(Number::from(0))
    })
}

/// A scalar with an explicit tag; `None` if the tag is unknown or does not fit.
fn tagged(text: &str, tag: &Tag) -> Option<Result<NodeKind, Unrepresentable>> {
    if tag.handle.is_empty() && tag.suffix == "!" {
        return Some(Ok(NodeKind::String(text.to_owned())));
    }
    if tag.handle != CORE_SCHEMA {
        return None;
    }
    let resolved = scalar::resolve(text);
    match tag.suffix.as_str() {
        "str" => Some(Ok(NodeKind::String(text.to_owned()))),
        "null" => matches!(resolved, Ok(NodeKind::Null)).then_some(resolved),
        "bool" => matches!(resolved, Ok(NodeKind::Bool(_))).then_some(resolved),
        "int" | "float" => match resolved {
            Ok(NodeKind::Number(_)) | Err(_) => Some(resolved),
            Ok(_) => None,
        },
        _ => None,
    }
}

fn check_collection_tag(tag: Option<&Tag>, suffix: &str, span: Span, builder: &mut Builder<'_>) {
    let known = |tag: &&Tag| tag.handle == CORE_SCHEMA && tag.suffix == suffix;
    if let Some(tag) = tag.filter(|tag| !known(tag)) {
        refuse_tag(tag, span, builder);
    }
}

fn refuse_tag(tag: &Tag, span: Span, builder: &mut Builder<'_>) {
    let message = format!("the tag `{tag}` means nothing here, or does not fit its value");
    let expected = "leave the tag out".to_owned();
    builder.report(code::TAG, span, message, expected);
}

/// From the parser's places, counted in characters, to bytes of the text.
struct Offsets {
    /// The byte of each character; empty for a text of ASCII only.
    bytes: Vec<u32>,
    /// The bytes of a byte order mark, which the parser does not see.
    skipped: usize,
    length: usize,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let content = text.strip_prefix('\u{feff}').unwrap_or(text);
        let indices = content.char_indices().map(|(byte, _)| u32::try_from(byte));
        let bytes = if content.is_ascii() {
            Vec::new()
        } else {
            indices.flatten().collect()
        };
        Self {
            bytes,
            skipped: text.len() - content.len(),
            length: text.len(),
        }
    }

    fn content<'text>(&self, text: &'text str) -> &'text str {
        text.get(self.skipped..).unwrap_or_default()
    }

    fn byte(&self, char: usize) -> usize {
        let byte = match self.bytes.get(char) {
            Some(byte) => *byte as usize,
            None if self.bytes.is_empty() => char,
            None => self.length,
        };
        (byte + self.skipped).min(self.length)
    }

    /// The span without the white space that the parser counts to block scalars.
    fn span(&self, text: &str, span: CharSpan) -> Span {
        let (start, end) = (self.byte(span.start.index()), self.byte(span.end.index()));
        let spanned = text.get(start..end).unwrap_or_default();
        Span {
            start,
            end: start + spanned.trim_end().len(),
        }
    }
}
