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

/// The largest source, in bytes.
pub const SOURCE_BYTES_MAX: usize = 1024 * 1024;

/// The deepest nesting of mappings and lists.
pub const NESTING_MAX: usize = 64;

/// The most values in a document, each use of an alias counted in full.
pub const VALUES_MAX: usize = 200_000;

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
    let mut builder = builder::Builder::new(text);
    let result = if json::is_json(text, name) {
        json::read(text, &mut builder)
    } else {
        yaml::read(text, &mut builder)
    };
    builder.finish(result.is_ok())
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
