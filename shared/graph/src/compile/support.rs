//! Sections of the document that are valid but not executed yet.

use super::Compiler;

impl Compiler<'_> {
    pub(super) fn unsupported_sections(&mut self) {
        let definition = self.definition;
        let language = &definition.evaluate.language;
        if language.value != "jq" {
            let what = format!("`evaluate.language: {}`", language.value);
            self.unsupported(&language.pointer, &what, "write expressions in jq");
        }
    }
}
