//! Diagnostics of the compilation.

pub(super) use weir_definition::diagnostic::code;
use weir_definition::{Diagnostic, Span};

use super::{Compiler, place};

/// The most diagnostics reported about one document.
const DIAGNOSTICS_MAX: usize = 100;

/// Evidence that something was reported.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reported;

/// What compiled, unless it was reported why not.
pub(super) type Compiled<T> = Result<T, Reported>;

impl Compiler<'_> {
    /// Reports what is wrong with the entry at `pointer`.
    pub(super) fn report(
        &mut self,
        code: &'static str,
        pointer: &str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Reported {
        let span = self.definition.source.key_span(pointer);
        self.report_span(code, pointer, span, message.into(), remedy.into())
    }

    /// Reports what is wrong at byte `offset` of the string at `pointer`.
    pub(super) fn report_within(
        &mut self,
        code: &'static str,
        pointer: &str,
        offset: usize,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Reported {
        let value = self.definition.value.pointer(pointer);
        let text = value.and_then(serde_json::Value::as_str);
        let source = &self.definition.source;
        let span = match text {
            Some(text) => place::within(source, pointer, text, offset),
            None => source.value_span(pointer),
        };
        self.report_span(code, pointer, span, message.into(), remedy.into())
    }

    /// Reports that what is at `pointer` is valid but not executed yet.
    pub(super) fn unsupported(&mut self, pointer: &str, what: &str, remedy: &str) -> Reported {
        let message = format!("{what} is not supported yet");
        self.report(code::UNSUPPORTED, pointer, message, remedy)
    }

    /// The same twice (a policy that is used in two places) is said once, and after so many there
    /// is no more to learn.
    fn report_span(
        &mut self,
        code: &'static str,
        pointer: &str,
        span: Span,
        message: String,
        remedy: String,
    ) -> Reported {
        let diagnostic = Diagnostic {
            code,
            message,
            remedy,
            pointer: pointer.to_owned(),
            position: self.definition.source.position(span.start),
            span,
        };
        if self.diagnostics.len() < DIAGNOSTICS_MAX && !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
        Reported
    }

    /// Everything reported, in the order of the document.
    pub(super) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics
            .sort_by_key(|diagnostic| (diagnostic.position, diagnostic.code));
        self.diagnostics
    }
}

/// The last name of a pointer, for messages: `when` of `/do/0/a/switch/0/b/when`.
pub(super) fn field(pointer: &str) -> String {
    let last = pointer.rsplit('/').next().unwrap_or_default();
    last.replace("~1", "/").replace("~0", "~")
}
