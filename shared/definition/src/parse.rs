//! The one way in.

use crate::diagnostic::{Diagnostic, code};
use crate::model::Definition;
use crate::source::Span;
use crate::{read, tree};

/// Reads a workflow definition from YAML 1.2 or JSON.
///
/// `name` is the file's name; one that ends in `.json` must hold JSON. The error is everything
/// that is wrong, in the order of the text, at least one diagnostic; after broken syntax there is
/// no more than that.
pub fn parse(source: &str, name: &str) -> Result<Definition, Vec<Diagnostic>> {
    let tree::Tree {
        root,
        mut diagnostics,
    } = tree::build(source, name);
    let definition = root.and_then(|root| read::definition(source, name, root, &mut diagnostics));
    match definition {
        Some(definition) if diagnostics.is_empty() => Ok(definition),
        _ => {
            if diagnostics.is_empty() {
                diagnostics.push(unreadable(source));
            }
            diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.code));
            diagnostics.dedup();
            Err(diagnostics)
        }
    }
}

/// Keeps the promise that an error says something, should a reader ever refuse in silence.
fn unreadable(source: &str) -> Diagnostic {
    let message = "the document cannot be read as a workflow definition".to_owned();
    let expected = "expected a mapping with `document` and `do`".to_owned();
    Diagnostic::new(
        code::SYNTAX,
        (source, Span::default()),
        "",
        message,
        expected,
    )
}
