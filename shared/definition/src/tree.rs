//! From text to a tree of values with their places, within limits.
//!
//! YAML and JSON have a reader each; both feed one builder, which counts. The tree is built from
//! events, without recursion, so that no document can exhaust the stack or the memory.

mod builder;
mod json;
mod scalar;
mod yaml;

use crate::diagnostic::{Diagnostic, code};
use crate::source::Span;
use crate::source::node::Node;

/// The largest source, in bytes. A definition travels in one message, whose usual limit is twice
/// this; and the YAML parser, which reads ahead to the end of a flow collection in one line, may
/// need 200 bytes of memory for each byte of hostile text.
pub const SOURCE_BYTES_MAX: usize = 512 * 1024;

/// The deepest nesting of mappings and lists.
pub const NESTING_MAX: usize = 64;

/// The longest JSON pointer to a value, in bytes. Names are short; and since the model carries
/// pointers, long ones would multiply.
pub const POINTER_BYTES_MAX: usize = 1024;

/// The most values in a document, each use of an alias counted in full, and what has an anchor
/// twice.
pub const VALUES_MAX: usize = 100_000;

/// The most bytes of keys and strings in a document, each use of an alias counted in full.
pub const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A document's tree, and what is wrong with its text. No tree: nothing more can be said.
pub(crate) struct Tree {
    pub root: Option<Node>,
    pub diagnostics: Vec<Diagnostic>,
}

/// The reader gave up; the builder holds the reason.
pub(crate) struct Stopped;

pub(crate) fn build(text: &str, name: &str) -> Tree {
    if text.len() > SOURCE_BYTES_MAX {
        return Tree {
            root: None,
            diagnostics: vec![too_large(text)],
        };
    }
    if let Some(at) = text.bytes().position(is_unprintable) {
        return Tree {
            root: None,
            diagnostics: vec![unprintable(text, at)],
        };
    }
    let mut builder = builder::Builder::new(text);
    let result = if json::is_json(text, name) {
        json::read(text, &mut builder)
    } else {
        yaml::read(text, &mut builder)
    };
    builder.finish(result.is_ok())
}

/// What neither YAML nor JSON allow. (A YAML parser may take a zero for the end of the text.)
fn is_unprintable(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r')
}

fn unprintable(text: &str, at: usize) -> Diagnostic {
    let byte = text.as_bytes().get(at).copied().unwrap_or_default();
    Diagnostic::new(
        code::SYNTAX,
        (
            text,
            Span {
                start: at,
                end: at + 1,
            },
        ),
        "",
        format!("a control character, {byte:#04x}, stands in the text"),
        format!("remove it, or write it as \"\\x{byte:02x}\" in double quotes"),
    )
}

fn too_large(text: &str) -> Diagnostic {
    Diagnostic::new(
        code::TOO_LARGE,
        (text, Span::default()),
        "",
        format!("the document has {} bytes", text.len()),
        format!("a definition may have at most {SOURCE_BYTES_MAX} bytes; split the workflow"),
    )
}
